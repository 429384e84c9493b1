//! One row: its cells as texts, and what they say of its customer.

use std::{borrow::Cow, collections::BTreeMap};

use domain::{
    AttributeText, CustomerStatus, EmailAddress, MAX_ATTRIBUTES, PersonName, PhoneNumber,
    StateCode, Tags,
};
use rows_as_service::imports::StagedCustomer;

use crate::{
    columns::{Columns, FIELDS, Field, shorten},
    consent::Says,
    phone_cell,
    questions::{Subject, Unknown},
    rejects::{Reject, Rejects},
    said::says_nothing,
    words::{StatusWord, Words},
};

/// Why a row is rejected.
pub(crate) struct Reason {
    /// The column's header as the file spells it, cut for an answer.
    pub(crate) column: String,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    pub(crate) value: String,
}

impl Reason {
    pub(crate) fn of_row(self, row: i32) -> Reject {
        Reject {
            row,
            column: self.column,
            code: self.code,
            detail: self.detail,
            value: (!self.value.is_empty()).then_some(self.value),
        }
    }
}

/// What is wrong with a cell: a code, and the reason in words.
type Wrong = (&'static str, String);

/// A row's cells as texts, without what is invisible or only protects them.
pub(crate) struct Row<'a> {
    pub(crate) number: i32,
    pub(crate) fields: [Cow<'a, str>; FIELDS],
    /// Further phones, with their columns' indexes.
    pub(crate) other_phones: Vec<(usize, Cow<'a, str>)>,
    pub(crate) consents: Vec<(Says, &'a str, Cow<'a, str>)>,
    /// Attributes by name, with their columns' indexes.
    pub(crate) attributes: Vec<(&'a str, usize, Cow<'a, str>)>,
}

impl Row<'_> {
    pub(crate) fn cell(&self, field: Field) -> &str {
        &self.fields[field as usize]
    }

    /// What a cell holds, if anything.
    pub(crate) fn given(&self, field: Field) -> Option<&str> {
        let text = self.cell(field).trim();
        (!text.is_empty()).then_some(text)
    }

    /// The first phone that can be used; otherwise what is wrong with the first that is given.
    pub(crate) fn phone(&self, columns: &Columns) -> Result<PhoneNumber, Reason> {
        let first = match phone_cell::parse(self.cell(Field::Phone)) {
            Ok(phone) => return Ok(phone),
            Err(why) => self.wrong(columns, Field::Phone, (why.as_str(), why.to_string())),
        };
        let mut reason = Err(first);
        for (index, cell) in &self.other_phones {
            match phone_cell::parse(cell) {
                Ok(phone) => return Ok(phone),
                Err(why) => {
                    if reason.as_ref().is_err_and(|known| known.value.is_empty())
                        && !cell.trim().is_empty()
                    {
                        reason = Err(Reason {
                            column: columns.header_at(*index),
                            code: why.as_str(),
                            detail: why.to_string(),
                            value: shorten(cell.trim()),
                        });
                    }
                }
            }
        }
        reason
    }

    fn wrong(&self, columns: &Columns, field: Field, (code, detail): Wrong) -> Reason {
        Reason {
            column: columns.header_of(field),
            code,
            detail,
            value: shorten(self.cell(field).trim()),
        }
    }

    /// What the row's status is, and whether it says "no" to texts.
    pub(crate) fn status(
        &self,
        columns: &Columns,
        words: &Words,
        unknown: &mut Unknown,
    ) -> Result<(Option<CustomerStatus>, bool), Reason> {
        let Some(text) = self.given(Field::Status) else {
            return Ok((None, false));
        };
        match words.status(text) {
            Some(StatusWord::Is(status)) => return Ok((Some(status), false)),
            Some(StatusWord::Unsubscribed) => return Ok((Some(CustomerStatus::Inactive), true)),
            Some(StatusWord::Nothing) => return Ok((None, false)),
            Some(StatusWord::Rejected) => {}
            None => unknown.add(Subject::Status, &columns.header_of(Field::Status), text),
        }
        let why =
            "the status must be active or inactive, or be explained: status_values[word]=active";
        Err(self.wrong(columns, Field::Status, ("status_unknown", why.to_owned())))
    }

    /// Everything but the phone, the status and the consent.
    pub(crate) fn stage(
        &self,
        columns: &Columns,
        customer: StagedCustomer<'_>,
        warnings: &mut Rejects,
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let wrong = |field: Field, wrong: Wrong| self.wrong(columns, field, wrong);
        let email = self
            .given(Field::Email)
            .map(EmailAddress::parse)
            .transpose()
            .map_err(|why| wrong(Field::Email, (why.as_str(), why.to_string())))?;
        let name = |field: Field| {
            PersonName::parse(self.given(field).unwrap_or_default())
                .map_err(|why| wrong(field, (why.code(), why.to_string())))
        };
        let tags = self
            .given(Field::Tags)
            .map(Tags::split)
            .transpose()
            .map_err(|why| wrong(Field::Tags, (why.code(), why.to_string())))?
            .unwrap_or_default();
        let tags: Vec<_> = tags.iter().collect();
        let attributes = attributes_of(&self.attributes, columns)?;
        let mut attributes: BTreeMap<_, _> = attributes
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        let first_name = name(Field::FirstName)?;
        let last_name = name(Field::LastName)?;
        // From here on, the row is imported.
        let (state, region) = self.state(columns, warnings);
        if let Some(region) = &region
            && attributes.len() < MAX_ATTRIBUTES
        {
            attributes.entry(REGION).or_insert(region.as_str());
        }
        StagedCustomer {
            first_name: first_name.as_ref().map(PersonName::as_str),
            last_name: last_name.as_ref().map(PersonName::as_str),
            email: email.as_ref(),
            state,
            tags: &tags,
            attributes: &attributes,
            ..customer
        }
        .encode(out);
        Ok(())
    }

    /// The state; or what stands in its place, which costs nobody their customer: it is kept as an attribute, and told.
    fn state(
        &self,
        columns: &Columns,
        warnings: &mut Rejects,
    ) -> (Option<StateCode>, Option<AttributeText<'_>>) {
        let Some(text) = self.given(Field::State) else {
            return (None, None);
        };
        match StateCode::parse(text) {
            Ok(state) => (Some(state), None),
            Err(_) if says_nothing(text) => (None, None),
            Err(why) => {
                let reason = self.wrong(columns, Field::State, (why.code(), why.to_string()));
                warnings.add(reason.code, || reason.of_row(self.number));
                (None, AttributeText::parse(text).ok())
            }
        }
    }
}

/// The attribute that keeps a state or region that is none of ours.
const REGION: &str = "region";

type AttributeCells<'a> = [(&'a str, usize, Cow<'a, str>)];

fn attributes_of<'a>(
    cells: &'a AttributeCells<'a>,
    columns: &Columns,
) -> Result<Vec<(&'a str, AttributeText<'a>)>, Reason> {
    let mut attributes = Vec::new();
    for (name, index, text) in cells {
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        let value = AttributeText::parse(text).map_err(|why| Reason {
            column: shorten(&columns.header[*index]),
            code: why.code(),
            detail: why.to_string(),
            value: shorten(text),
        })?;
        attributes.push((*name, value));
    }
    Ok(attributes)
}
