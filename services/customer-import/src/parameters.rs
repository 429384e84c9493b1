//! What a caller may ask of an import in the query.

use chrono::{DateTime, Utc};
use domain::CustomerImportId;
use rows_as_service::imports::{OnConflict, StatedConsent};
use web::{ApiError, FieldErrors};

use crate::{
    columns::{Field, Mapping, Target},
    text::Encoding,
    when,
    words::Words,
};

/// The parameters of an import.
#[derive(Debug, Clone, Default)]
pub struct ImportParameters {
    /// Columns named by `mapping[phone]=Header` or `map=phone:Header`, and `unmapped=attributes`.
    pub(crate) mapping: Mapping,
    /// `on_conflict=update|skip`.
    pub(crate) on_conflict: OnConflict,
    /// `dry_run=true`: counts everything and changes nothing.
    pub(crate) dry_run: bool,
    /// `encoding=utf-8|utf-16le|utf-16be|windows-1252`; otherwise by the byte order mark, or UTF-8 with cells
    /// that are none taken for Windows-1252.
    pub(crate) encoding: Option<Encoding>,
    /// `delimiter=comma|semicolon|tab|pipe`; otherwise by the header.
    pub(crate) delimiter: Option<u8>,
    /// `header=true|false`; otherwise by what the first row holds.
    pub(crate) header: Option<bool>,
    /// `consent_values[…]=`, `status_values[…]=`: what the file's words mean.
    pub(crate) words: Words,
    /// `consent=given` with `consent_source=` and perhaps `consent_at=`: holds for every row that says nothing else.
    pub(crate) stated_consent: Option<StatedConsent>,
    /// `verify=twilio`: new phones are looked up.
    pub(crate) verify: bool,
    /// `id=`: the id of the record, so that its sender can watch it from the start.
    pub(crate) id: Option<CustomerImportId>,
    /// `file_name=`; otherwise the form's.
    pub(crate) file_name: Option<String>,
}

/// What is said about the consent of a whole file, as it comes in.
#[derive(Default)]
struct Consent {
    given: bool,
    source: Option<String>,
    at: Option<DateTime<Utc>>,
}

impl Consent {
    /// Characters of a source that are kept.
    const MOST_SOURCE: usize = 500;

    /// False where this is another parameter, or none that can be understood.
    fn set(&mut self, name: &str, value: &str) -> bool {
        match name {
            "consent" => {
                self.given = value == "given";
                self.given
            }
            "consent_source" => {
                let source = value.chars().filter(|c| !c.is_control());
                let source: String = source.take(Self::MOST_SOURCE).collect();
                self.source = Some(source.trim().to_owned()).filter(|source| !source.is_empty());
                self.source.is_some()
            }
            "consent_at" => {
                self.at = when::parse(value);
                self.at.is_some()
            }
            _ => false,
        }
    }
}

impl ImportParameters {
    /// Reads a query string.
    ///
    /// # Errors
    /// 422 with every parameter that is unknown or has no such value.
    pub fn from_query(query: &str) -> Result<Self, ApiError> {
        let mut parameters = Self::default();
        let mut errors = FieldErrors::default();
        let mut consent = Consent::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if !consent.set(&name, &value) && !parameters.set(&name, &value) {
                errors.add(
                    name.into_owned(),
                    "parameter_invalid",
                    "There is no such parameter, or it takes no such value.",
                );
            }
        }
        if let Err((name, why)) = parameters.state_consent(consent) {
            errors.add(name, "parameter_invalid", why);
        }
        if errors.is_empty() {
            Ok(parameters)
        } else {
            Err(ApiError::invalid(errors))
        }
    }

    fn set(&mut self, name: &str, value: &str) -> bool {
        let mapped = name
            .strip_prefix("mapping[")
            .and_then(|rest| rest.strip_suffix(']'));
        if let Some(field) = mapped {
            return self.map(field, value);
        }
        if self.words.set(name, value) {
            return true;
        }
        match name {
            "map" => value
                .split_once(':')
                .is_some_and(|(field, column)| self.map(field, column)),
            "on_conflict" => {
                self.on_conflict = if value == "skip" {
                    OnConflict::Skip
                } else {
                    OnConflict::Update
                };
                matches!(value, "skip" | "update")
            }
            "dry_run" => {
                self.dry_run = matches!(value, "true" | "1");
                matches!(value, "true" | "1" | "false" | "0")
            }
            "encoding" => {
                self.encoding = Encoding::named(value);
                self.encoding.is_some()
            }
            "delimiter" => {
                self.delimiter = match value {
                    "," | "comma" => Some(b','),
                    ";" | "semicolon" => Some(b';'),
                    "\t" | "tab" => Some(b'\t'),
                    "|" | "pipe" => Some(b'|'),
                    _ => None,
                };
                self.delimiter.is_some()
            }
            "header" => {
                self.header = match value {
                    "true" | "1" => Some(true),
                    "false" | "0" => Some(false),
                    _ => None,
                };
                self.header.is_some()
            }
            "unmapped" => {
                self.mapping.unmapped_attributes = value == "attributes";
                matches!(value, "attributes" | "ignore")
            }
            "verify" => {
                self.verify = value == "twilio";
                self.verify
            }
            "id" => {
                self.id = value.parse().ok();
                self.id.is_some()
            }
            "file_name" => {
                self.set_file_name(value);
                true
            }
            _ => false,
        }
    }

    pub(crate) fn set_file_name(&mut self, name: &str) {
        self.file_name = Some(name.chars().filter(|c| !c.is_control()).take(255).collect());
    }

    fn map(&mut self, field: &str, column: &str) -> bool {
        let Some(target) = Target::parse(field) else {
            return false;
        };
        self.mapping.columns.retain(|(known, _)| *known != target);
        self.mapping.left_out.retain(|known| *known != target);
        if !column.trim().is_empty() {
            self.mapping.columns.push((target, column.to_owned()));
            return true;
        }
        // Without phones nothing can be imported, and an attribute is only filled where it is named.
        let may_be_left_out = !matches!(target, Target::Field(Field::Phone) | Target::Attribute(_));
        self.mapping.left_out.push(target);
        may_be_left_out
    }

    /// What the parameters about a whole file's consent say together.
    fn state_consent(&mut self, consent: Consent) -> Result<(), (&'static str, &'static str)> {
        match consent {
            Consent {
                given: false,
                source: None,
                at: None,
            } => Ok(()),
            Consent {
                given: false,
                source: Some(_),
                ..
            } => Err((
                "consent_source",
                "This says where consent=given comes from, which is not stated.",
            )),
            Consent { given: false, .. } => Err((
                "consent_at",
                "This says when consent=given was given, which is not stated.",
            )),
            Consent { source: None, .. } => Err((
                "consent_source",
                "A consent that holds for every row needs its evidence: where or how it was given.",
            )),
            Consent {
                source: Some(source),
                at,
                ..
            } => {
                self.stated_consent = Some(StatedConsent { source, at });
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_in_both_spellings_of_a_mapping() {
        let read = ImportParameters::from_query(
            "mapping%5Bphone%5D=Nummer&map=email:E:Mail&on_conflict=skip&dry_run=true&delimiter=pipe",
        )
        .unwrap();
        assert_eq!(
            read.mapping.columns,
            [
                (Target::Field(Field::Phone), "Nummer".to_owned()),
                (Target::Field(Field::Email), "E:Mail".to_owned())
            ]
        );
        assert_eq!(read.on_conflict, OnConflict::Skip);
        assert!(read.dry_run);
        assert_eq!(read.delimiter, Some(b'|'));
    }

    #[test]
    fn a_whole_files_consent_is_stated_with_its_evidence() {
        let query = "consent=given&consent_source=Sign-up+form+2024&consent_at=2024-03-05\
                     &mapping[status]=&mapping[consent]=&status_values[Lead]=active";
        let read = ImportParameters::from_query(query).unwrap();
        let stated = read.stated_consent.unwrap();
        assert_eq!(stated.source, "Sign-up form 2024");
        assert_eq!(stated.at, when::parse("2024-03-05"));
        assert_eq!(
            read.mapping.left_out,
            [
                Target::Field(Field::Status),
                Target::Consent(crate::consent::Says::Consent)
            ]
        );
    }

    #[test]
    fn a_parameter_that_does_not_exist_is_an_error_and_not_a_surprise() {
        for query in [
            "on_conflict=replace",
            "dry_run=maybe",
            "mapping[shoe]=x",
            "map=phone",
            "dryrun=true",
            "mapping[phone]=",
            "mapping[attributes.x]=",
            "consent=given",
            "consent=maybe",
            "consent_source=Web",
            "consent=given&consent_source=Web&consent_at=2999-01-01",
            "consent_values[maybe]=perhaps",
            "status_values[Lead]=customer",
        ] {
            assert_eq!(
                ImportParameters::from_query(query).unwrap_err().status(),
                422,
                "{query}"
            );
        }
    }
}
