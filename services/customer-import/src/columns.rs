//! Which column of a file is which field of a customer.

use std::collections::BTreeMap;

use domain::{AttributeName, ImportReject, MAX_ATTRIBUTES};

pub(crate) use crate::field::{FIELDS, Field, Target};
use crate::{
    consent::{Meaning, Says, spoken_by},
    failure::ImportFailure,
    field::ATTRIBUTE_PREFIX,
    phone_cell,
};

/// What a caller says about the columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mapping {
    /// What is filled from which header.
    pub(crate) columns: Vec<(Target, String)>,
    /// What is not filled, whatever the headers say.
    pub(crate) left_out: Vec<Target>,
    /// Whether columns that nothing else claims become attributes.
    pub(crate) unmapped_attributes: bool,
}

impl Mapping {
    /// Whether it says which column fills `target`.
    fn names(&self, target: &Target) -> bool {
        self.columns.iter().any(|(mapped, _)| mapped == target)
    }
}

/// Where each field stands in a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    /// Every column's header as the file spells it; `column 1`, … where it has none.
    pub(crate) header: Vec<String>,
    /// By [`Field`], the column's index.
    pub(crate) indexes: [Option<usize>; FIELDS],
    /// Where a phone is looked for when the first column of phones has none that can be used.
    pub(crate) other_phones: Vec<usize>,
    /// The columns that say whether somebody may be texted.
    pub(crate) consents: Vec<(Says, usize)>,
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
            if columns.indexes[field as usize].is_none()
                && !mapping.left_out.contains(&Target::Field(field))
            {
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
        if !mapping.names(&Target::Field(Field::Phone)) {
            columns.find_other_phones(&plain);
        }
        columns.find_consents(mapping);
        columns.name_attributes(mapping.unmapped_attributes)?;
        Ok(columns)
    }

    /// Files of several phones in each row: whoever has no mobile number may have left another one.
    fn find_other_phones(&mut self, plain: &[String]) {
        for spelling in Field::Phone.spellings() {
            let found = (0..plain.len()).filter(|&index| {
                plain[index] == *spelling
                    && !self.is_taken(index)
                    && spoken_by(&self.header[index]).is_none()
            });
            let found: Vec<usize> = found.collect();
            self.other_phones.extend(found);
        }
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
                // Mapped or not: a header that speaks of opting out says "no" by "yes".
                Target::Consent(says) => {
                    let meaning = spoken_by(&columns.header[index]).map(|spoken| spoken.meaning);
                    let says = match meaning {
                        Some(Meaning::Verdict(Says::OptOut)) => Says::OptOut,
                        _ => *says,
                    };
                    columns.consents.push((says, index));
                }
                Target::Attribute(name) => columns.attributes.push((name.clone(), index)),
            }
        }
        Ok(columns)
    }

    /// Finds the columns about consent, each by the words of its header. What names texts is believed before
    /// what may be about e-mails, except where it says that somebody opted out.
    fn find_consents(&mut self, mapping: &Mapping) {
        let is_mapped = |says: Says| {
            let target = Target::Consent(says);
            mapping.left_out.contains(&target) || mapping.names(&target)
        };
        let spoken: Vec<_> = (0..self.header.len())
            .filter(|&index| !self.is_taken(index))
            .filter_map(|index| Some((index, spoken_by(&self.header[index])?)))
            .collect();
        let texts_are_named = spoken.iter().any(|(_, spoken)| {
            spoken.names_texts && spoken.meaning == Meaning::Verdict(Says::Consent)
        });
        for (index, spoken) in spoken {
            let field = match spoken.meaning {
                Meaning::Verdict(says) => {
                    let believed = spoken.names_texts || says == Says::OptOut || !texts_are_named;
                    let kind = if says == Says::OptOut {
                        says
                    } else {
                        Says::Consent
                    };
                    if believed && !is_mapped(kind) {
                        self.consents.push((says, index));
                    }
                    continue;
                }
                Meaning::At => Field::ConsentAt,
                Meaning::Source => Field::ConsentSource,
            };
            let known = &mut self.indexes[field as usize];
            if known.is_none() && !mapping.left_out.contains(&Target::Field(field)) {
                *known = Some(index);
            }
        }
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
            || self.other_phones.contains(&index)
            || self.consents.iter().any(|(_, taken)| *taken == index)
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
        self.indexes[field as usize].map_or_else(String::new, |index| self.header_at(index))
    }

    /// A column's header, cut for an answer.
    pub(crate) fn header_at(&self, index: usize) -> String {
        let name = self.header.get(index);
        name.map_or_else(String::new, |name| shorten(name.trim()))
    }

    /// By column, what is filled from it: a field's name, `attributes.<name>`, or nothing. Other phones fill nothing
    /// here: where a row is written anew, its phone stands in the first column of phones.
    pub(crate) fn fields(&self) -> Vec<String> {
        let mut fields = vec![String::new(); self.header.len()];
        for field in Field::ALL {
            if let Some(index) = self.indexes[field as usize] {
                field.as_str().clone_into(&mut fields[index]);
            }
        }
        for (says, index) in &self.consents {
            says.as_str().clone_into(&mut fields[*index]);
        }
        for (name, index) in &self.attributes {
            fields[*index] = format!("{ATTRIBUTE_PREFIX}{name}");
        }
        fields
    }

    /// The file's header by what is filled from it.
    pub(crate) fn by_target(&self) -> BTreeMap<String, String> {
        let mut by_target = BTreeMap::<String, String>::new();
        let mut fields = self.fields();
        for index in &self.other_phones {
            Field::Phone.as_str().clone_into(&mut fields[*index]);
        }
        for (field, header) in fields.into_iter().zip(&self.header) {
            if !field.is_empty() {
                let headers = by_target.entry(field).or_default();
                // Phones and consent may stand in several.
                if !headers.is_empty() {
                    headers.push_str(", ");
                }
                headers.push_str(&shorten(header.trim()));
            }
        }
        by_target
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
