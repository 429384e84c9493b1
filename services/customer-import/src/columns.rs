//! Which column of a file is which field of a customer.

use std::collections::BTreeMap;

use domain::{AttributeName, EmailAddress, ImportReject, MAX_ATTRIBUTES, UsState};

use crate::{failure::ImportFailure, phone_cell};

/// A field of a customer that a file can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Phone,
    FirstName,
    LastName,
    Email,
    State,
    Status,
    Tags,
}

/// How many there are.
pub(crate) const FIELDS: usize = 7;
/// What an attribute's column is called: `attributes.birthday`.
const ATTRIBUTE_PREFIX: &str = "attributes.";

/// What a column fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Field(Field),
    /// The attribute of this name.
    Attribute(String),
}

impl Target {
    /// `phone`, `attributes.birthday`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix(ATTRIBUTE_PREFIX) {
            let name = AttributeName::parse(name).ok()?;
            return Some(Self::Attribute(name.into_string()));
        }
        Field::parse(text).map(Self::Field)
    }
}

impl Field {
    pub(crate) const ALL: [Self; FIELDS] = [
        Self::Phone,
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::State,
        Self::Status,
        Self::Tags,
    ];

    /// The column's name in `customers`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Email => "email",
            Self::State => "state",
            Self::Status => "status",
            Self::Tags => "tags",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == text)
    }

    /// Whether a cell can only be one of these.
    fn is_found_in(self, cell: &str) -> bool {
        match self {
            Self::Phone => phone_cell::parse(cell).is_ok(),
            Self::Email => EmailAddress::parse(cell.trim()).is_ok(),
            Self::State => UsState::parse(cell.trim()).is_ok(),
            _ => false,
        }
    }

    /// Headers as `plain` leaves them. Where a file has several, the one named first here is taken:
    /// a mobile number can be texted more often than just any.
    const fn spellings(self) -> &'static [&'static str] {
        match self {
            Self::Phone => &[
                "mobile",
                "mobilephone",
                "mobilenumber",
                "mobilephonenumber",
                "cell",
                "cellphone",
                "cellnumber",
                "cellphonenumber",
                "phone",
                "phonenumber",
                "phoneno",
                "phone1",
                "primaryphone",
                "smsnumber",
                "sms",
                "tel",
                "telephone",
                "telephonenumber",
                "contactnumber",
                "msisdn",
                "homephone",
                "workphone",
                "phone1value",
            ],
            Self::FirstName => &[
                "firstname",
                "first",
                "fname",
                "givenname",
                "forename",
                "customerfirstname",
            ],
            Self::LastName => &[
                "lastname",
                "last",
                "lname",
                "surname",
                "familyname",
                "customerlastname",
            ],
            Self::Email => &[
                "email",
                "emailaddress",
                "mail",
                "emailid",
                "email1value",
                "primaryemail",
            ],
            Self::State => &[
                "state",
                "statecode",
                "province",
                "region",
                "stateprovince",
                "stateregion",
                "addressstate",
            ],
            Self::Status => &["status", "customerstatus", "subscriptionstatus"],
            Self::Tags => &["tags", "tag", "labels", "groups", "segments"],
        }
    }
}

/// What a caller says about the columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mapping {
    /// What is filled from which header.
    pub(crate) columns: Vec<(Target, String)>,
    /// Whether columns that nothing else claims become attributes.
    pub(crate) unmapped_attributes: bool,
}

/// Where each field stands in a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    /// Every column's header as the file spells it; `column 1`, … where it has none.
    pub(crate) header: Vec<String>,
    /// By [`Field`], the column's index.
    pub(crate) indexes: [Option<usize>; FIELDS],
    /// The attributes with their columns' indexes.
    pub(crate) attributes: Vec<(String, usize)>,
    /// Headers of columns that nothing is taken from.
    pub(crate) ignored: Vec<String>,
}

impl Columns {
    /// Reads a header. A caller's mapping comes before what a header is recognised as.
    ///
    /// # Errors
    /// When the phone's column, or one that a mapping names, is not there.
    pub(crate) fn of_header(header: &[&str], mapping: &Mapping) -> Result<Self, ImportFailure> {
        let plain: Vec<String> = header.iter().map(|name| plain(name)).collect();
        let mut columns = Self::mapped(header.iter().map(|&name| name.to_owned()), mapping)?;
        for field in Field::ALL {
            if columns.indexes[field as usize].is_none() {
                columns.indexes[field as usize] = field.spellings().iter().find_map(|spelling| {
                    plain
                        .iter()
                        .enumerate()
                        .position(|(index, name)| name == spelling && !columns.is_taken(index))
                });
            }
        }
        if columns.indexes[Field::Phone as usize].is_none() {
            return Err(ImportFailure::PhoneColumnMissing(shorten(
                &header.join(", "),
            )));
        }
        columns.name_attributes(mapping.unmapped_attributes)?;
        Ok(columns)
    }

    /// Recognises the columns of a file without header by what its first row holds.
    ///
    /// # Errors
    /// When nothing in it is a phone number, or a mapping names a column that is not there.
    pub(crate) fn of_first_row(cells: &[&str], mapping: &Mapping) -> Result<Self, ImportFailure> {
        let header = (1..=cells.len()).map(|number| format!("column {number}"));
        let mut columns = Self::mapped(header, mapping)?;
        for field in [Field::Phone, Field::Email, Field::State] {
            if columns.indexes[field as usize].is_none() {
                columns.indexes[field as usize] = (0..cells.len())
                    .find(|&index| !columns.is_taken(index) && field.is_found_in(cells[index]));
            }
        }
        if columns.indexes[Field::Phone as usize].is_none() {
            return Err(ImportFailure::PhoneColumnMissing(shorten(
                &cells.join(", "),
            )));
        }
        // Two texts beside these are a first and a last name; more could be anything.
        let names: Vec<usize> = (0..cells.len())
            .filter(|&index| !columns.is_taken(index) && is_name(cells[index]))
            .collect();
        let unknown = columns.indexes[Field::FirstName as usize].is_none()
            && columns.indexes[Field::LastName as usize].is_none();
        if unknown && names.len() <= 2 {
            columns.indexes[Field::FirstName as usize] = names.first().copied();
            columns.indexes[Field::LastName as usize] = names.get(1).copied();
        }
        columns.name_attributes(mapping.unmapped_attributes)?;
        Ok(columns)
    }

    /// The columns that the caller names.
    fn mapped(
        header: impl Iterator<Item = String>,
        mapping: &Mapping,
    ) -> Result<Self, ImportFailure> {
        let mut columns = Self {
            header: header.collect(),
            ..Self::default()
        };
        for (target, column) in &mapping.columns {
            let index = columns
                .index_of(column.trim())
                .ok_or_else(|| ImportFailure::MappedColumnMissing(shorten(column.trim())))?;
            match target {
                Target::Field(field) => columns.indexes[*field as usize] = Some(index),
                Target::Attribute(name) => columns.attributes.push((name.clone(), index)),
            }
        }
        Ok(columns)
    }

    /// The column of this header, or of this number counted from 1 where no header is spelt so.
    fn index_of(&self, wanted: &str) -> Option<usize> {
        let wanted_plain = plain(wanted);
        self.header
            .iter()
            .position(|name| name.trim() == wanted)
            .or_else(|| {
                self.header
                    .iter()
                    .position(|name| plain(name) == wanted_plain)
            })
            .or_else(|| {
                let number: usize = wanted.parse().ok()?;
                number
                    .checked_sub(1)
                    .filter(|&index| index < self.header.len())
            })
    }

    fn is_taken(&self, index: usize) -> bool {
        self.indexes.contains(&Some(index))
            || self.attributes.iter().any(|(_, taken)| *taken == index)
    }

    /// Gives the columns that nothing claims to attributes, where their headers say so or `all` asks for it.
    fn name_attributes(&mut self, all: bool) -> Result<(), ImportFailure> {
        for index in 0..self.header.len() {
            let name = self.header[index].trim().to_owned();
            if name.is_empty() || self.is_taken(index) || is_reject_header(&name) {
                continue;
            }
            let attribute = match name.strip_prefix(ATTRIBUTE_PREFIX) {
                Some(attribute) => attribute.to_owned(),
                None if all => name.to_lowercase().replace(char::is_whitespace, "_"),
                None => {
                    self.ignored.push(shorten(&name));
                    continue;
                }
            };
            let attribute = AttributeName::parse(&attribute)
                .map_err(|_| ImportFailure::AttributeName(shorten(&name)))?
                .into_string();
            if self.attributes.iter().any(|(known, _)| *known == attribute) {
                self.ignored.push(shorten(&name));
            } else {
                self.attributes.push((attribute, index));
            }
        }
        if self.attributes.len() > MAX_ATTRIBUTES {
            return Err(ImportFailure::TooManyAttributes(MAX_ATTRIBUTES));
        }
        self.ignored.truncate(100);
        Ok(())
    }

    /// The header of a field's column, cut for an answer; empty where the file has none.
    pub(crate) fn header_of(&self, field: Field) -> String {
        self.indexes[field as usize]
            .and_then(|index| self.header.get(index))
            .map_or_else(String::new, |name| shorten(name.trim()))
    }

    /// By column, what is filled from it: a field's name, `attributes.<name>`, or nothing.
    pub(crate) fn fields(&self) -> Vec<String> {
        let mut fields = vec![String::new(); self.header.len()];
        for field in Field::ALL {
            if let Some(index) = self.indexes[field as usize] {
                field.as_str().clone_into(&mut fields[index]);
            }
        }
        for (name, index) in &self.attributes {
            fields[*index] = format!("{ATTRIBUTE_PREFIX}{name}");
        }
        fields
    }

    /// The file's header by what is filled from it.
    pub(crate) fn by_target(&self) -> BTreeMap<String, String> {
        self.fields()
            .into_iter()
            .zip(&self.header)
            .filter(|(field, _)| !field.is_empty())
            .map(|(field, header)| (field, shorten(header.trim())))
            .collect()
    }
}

/// Whether a first record holds data: a phone number, and nothing that names a phone's column.
pub(crate) fn is_data(cells: &[&str]) -> bool {
    cells.iter().any(|cell| phone_cell::parse(cell).is_ok())
        && !cells
            .iter()
            .any(|cell| Field::Phone.spellings().contains(&plain(cell).as_str()))
}

fn is_name(cell: &str) -> bool {
    let cell = cell.trim();
    !cell.is_empty()
        && cell
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '.' | '’'))
}

fn is_reject_header(name: &str) -> bool {
    ImportReject::HEADERS
        .iter()
        .any(|header| name.eq_ignore_ascii_case(header))
}

/// Letters and digits in lower case: `E-Mail Address` and `email_address` are the same header.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// A text of the file as an answer may carry it.
pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 120;
    if text.chars().count() <= MOST {
        text.to_owned()
    } else {
        text.chars().take(MOST).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests;
