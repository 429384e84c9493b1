//! What a caller may ask of an import in the query.

use domain::CustomerImportId;
use rows_as_service::imports::OnConflict;
use web::{ApiError, FieldErrors};

use crate::{
    columns::{Mapping, Target},
    text::Encoding,
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
    /// `verify=twilio`: new phones are looked up.
    pub(crate) verify: bool,
    /// `id=`: the id of the record, so that its sender can watch it from the start.
    pub(crate) id: Option<CustomerImportId>,
    /// `file_name=`; otherwise the form's.
    pub(crate) file_name: Option<String>,
}

impl ImportParameters {
    /// Reads a query string.
    ///
    /// # Errors
    /// 422 with every parameter that is unknown or has no such value.
    pub fn from_query(query: &str) -> Result<Self, ApiError> {
        let mut parameters = Self::default();
        let mut errors = FieldErrors::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if !parameters.set(&name, &value) {
                errors.add(
                    name.into_owned(),
                    "parameter_invalid",
                    "There is no such parameter, or it takes no such value.",
                );
            }
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
        self.mapping.columns.push((target, column.to_owned()));
        !column.trim().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Field;

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
    fn a_parameter_that_does_not_exist_is_an_error_and_not_a_surprise() {
        for query in [
            "on_conflict=replace",
            "dry_run=maybe",
            "mapping[shoe]=x",
            "map=phone",
            "dryrun=true",
        ] {
            assert_eq!(
                ImportParameters::from_query(query).unwrap_err().status(),
                422,
                "{query}"
            );
        }
    }
}
