//! From a record's cells to a customer, or to the reason why not.

use std::borrow::Cow;

use domain::{AttributeText, CustomerStatus, EmailAddress, PersonName, Tags, UsState, spreadsheet};
use rows_as_service::imports::{StagedCustomer, StagedReject};

use crate::{
    batch::{Batch, Cells},
    columns::{Columns, FIELDS, Field, shorten},
    failure::ImportFailure,
    phone_cell,
    rejects::{Reject, Rejects},
    text::CellEncoding,
};

/// Why a row is rejected.
struct Reason {
    /// The column's header as the file spells it, cut for an answer.
    column: String,
    code: &'static str,
    detail: String,
    value: String,
}

/// What is wrong with a cell: a code, and the reason in words.
type Wrong = (&'static str, String);

/// Checks batch after batch and adds up what it found.
#[derive(Debug)]
pub(crate) struct Checker<'a> {
    columns: &'a Columns,
    encoding: CellEncoding,
    /// Whether a cell was no UTF-8.
    pub(crate) found_windows_1252: bool,
    pub(crate) rejects: Rejects,
    pub(crate) total_rows: u64,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(columns: &'a Columns, encoding: CellEncoding) -> Self {
        Self {
            columns,
            encoding,
            found_windows_1252: false,
            rejects: Rejects::default(),
            total_rows: 0,
        }
    }

    /// Encodes the batch's rows for COPY, the rejected ones too. Rows without anything in them don't count.
    ///
    /// # Errors
    /// [`ImportFailure::InvalidEncoding`].
    pub(crate) fn check(&mut self, batch: &Batch) -> Result<Vec<u8>, ImportFailure> {
        let columns = self.columns;
        let mut out = Vec::with_capacity(batch.len() * 3 / 2 + 64);
        for (row, cells) in batch.records() {
            let mut fields: [Cow<'_, str>; FIELDS] = Default::default();
            for (field, index) in fields.iter_mut().zip(columns.indexes) {
                if let Some(index) = index {
                    *field = self.text(row, cells.get(index))?;
                }
            }
            let mut attributes = Vec::new();
            for (name, index) in &columns.attributes {
                attributes.push((name.as_str(), *index, self.text(row, cells.get(*index))?));
            }
            let has_nothing = fields.iter().all(|text| text.trim().is_empty());
            if has_nothing && cells.are_blank() {
                continue;
            }
            self.total_rows += 1;
            let staged = check_width(&cells, columns)
                .and_then(|()| stage(row, &fields, &attributes, columns, &mut out));
            if let Err(reason) = staged {
                self.reject(row, reason, &cells, &mut out);
            }
        }
        Ok(out)
    }

    fn reject(&mut self, row: i32, reason: Reason, cells: &Cells<'_>, out: &mut Vec<u8>) {
        StagedReject {
            row,
            column: &reason.column,
            code: reason.code,
            detail: &reason.detail,
            cells: cells
                .iter()
                .map(|cell| self.encoding.text_to_keep(cell))
                .collect(),
        }
        .encode(out);
        self.rejects.add(|| Reject {
            row,
            column: reason.column,
            code: reason.code,
            detail: reason.detail,
            value: (!reason.value.is_empty()).then_some(reason.value),
        });
    }

    fn text<'c>(&mut self, row: i32, cell: &'c [u8]) -> Result<Cow<'c, str>, ImportFailure> {
        let text = self.encoding.text(row, cell)?;
        // Only what was no UTF-8 is made anew.
        self.found_windows_1252 |= matches!(text, Cow::Owned(_));
        Ok(text)
    }
}

/// A delimiter inside an unquoted cell moves all that follow it one column on: such a row can't be believed.
fn check_width(cells: &Cells<'_>, columns: &Columns) -> Result<(), Reason> {
    let expected = columns.header.len();
    let surplus = cells
        .iter()
        .skip(expected)
        .find(|cell| !cell.trim_ascii().is_empty());
    surplus.map_or(Ok(()), |cell| {
        Err(Reason {
            column: String::new(),
            code: "too_many_cells",
            detail: format!(
                "the row has {} cells and the header {expected}; a cell that holds the delimiter must stand in quotes",
                cells.len()
            ),
            value: shorten(&String::from_utf8_lossy(cell)),
        })
    })
}

type AttributeCells<'a> = [(&'a str, usize, Cow<'a, str>)];

fn stage(
    row: i32,
    fields: &[Cow<'_, str>; FIELDS],
    attributes: &AttributeCells<'_>,
    columns: &Columns,
    out: &mut Vec<u8>,
) -> Result<(), Reason> {
    let cell = |field: Field| &*fields[field as usize];
    let given = |field: Field| {
        Some(spreadsheet::unescape(cell(field).trim()).trim()).filter(|text| !text.is_empty())
    };
    let wrong = |field: Field, (code, detail): Wrong| Reason {
        column: columns.header_of(field),
        code,
        detail,
        value: shorten(cell(field).trim()),
    };
    let phone = phone_cell::parse(cell(Field::Phone))
        .map_err(|why| wrong(Field::Phone, (why.as_str(), why.to_string())))?;
    let email = given(Field::Email)
        .map(EmailAddress::parse)
        .transpose()
        .map_err(|why| wrong(Field::Email, (why.as_str(), why.to_string())))?;
    let state = given(Field::State)
        .map(UsState::parse)
        .transpose()
        .map_err(|why| wrong(Field::State, (why.code(), why.to_string())))?;
    let name = |field: Field| {
        PersonName::parse(given(field).unwrap_or_default())
            .map_err(|why| wrong(field, (why.code(), why.to_string())))
    };
    let status = given(Field::Status)
        .map(status)
        .transpose()
        .map_err(|why| wrong(Field::Status, why))?;
    let tags = given(Field::Tags)
        .map(Tags::split)
        .transpose()
        .map_err(|why| wrong(Field::Tags, (why.code(), why.to_string())))?
        .unwrap_or_default();
    let tags: Vec<_> = tags.iter().collect();
    let attributes = attributes_of(attributes, columns)?;
    let attributes = attributes
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let first_name = name(Field::FirstName)?;
    let last_name = name(Field::LastName)?;
    StagedCustomer {
        first_name: first_name.as_ref().map(PersonName::as_str),
        last_name: last_name.as_ref().map(PersonName::as_str),
        email: email.as_ref(),
        state,
        status,
        tags: &tags,
        attributes: &attributes,
        ..StagedCustomer::new(row, &phone)
    }
    .encode(out);
    Ok(())
}

fn attributes_of<'a>(
    cells: &'a AttributeCells<'a>,
    columns: &Columns,
) -> Result<Vec<(&'a str, AttributeText<'a>)>, Reason> {
    let mut attributes = Vec::new();
    for (name, index, text) in cells {
        let text = spreadsheet::unescape(text.trim()).trim();
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

fn status(text: &str) -> Result<CustomerStatus, Wrong> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["active", "subscribed", "opted in", "opted-in", "yes"]) {
        Ok(CustomerStatus::Active)
    } else if is(&[
        "inactive",
        "unsubscribed",
        "opted out",
        "opted-out",
        "no",
        "stop",
    ]) {
        Ok(CustomerStatus::Inactive)
    } else {
        Err((
            "status_unknown",
            "the status must be active or inactive".to_owned(),
        ))
    }
}
