//! From a record's cells to a customer, or to the reason why not.

use domain::{CustomerStatus, EmailAddress, UsState};
use rows_as_service::imports::StagedCustomer;

use crate::{
    columns::{Columns, FIELDS, Field, shorten},
    failure::ImportFailure,
    phone_cell,
    reader::Record,
    report::{Reject, Rejects},
};

/// Longest name that is taken, in bytes.
const LONGEST_NAME: usize = 200;

/// What a record counts for at least.
const LEAST_BYTES: usize = 16;

/// Records with the cells that matter, in one piece of memory.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    records: Vec<(i32, [usize; FIELDS])>,
}

impl Batch {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes + bytes / 8),
            records: Vec::with_capacity(bytes / 40),
        }
    }

    /// Bytes of all cells; a record counts for some even when its cells are empty, so that a file
    /// of empty rows makes batches too.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len().max(self.records.len() * LEAST_BYTES)
    }

    /// Copies the cells that `columns` names.
    pub(crate) fn push(&mut self, record: &Record<'_>, columns: &Columns) {
        let mut ends = [0; FIELDS];
        for (end, index) in ends.iter_mut().zip(columns.indexes) {
            if let Some(index) = index {
                self.bytes.extend_from_slice(record.cell(index));
            }
            *end = self.bytes.len();
        }
        self.records.push((record.row, ends));
    }
}

/// Why a row is rejected.
struct Reason {
    field: Field,
    code: &'static str,
    detail: String,
}

/// Checks batch after batch and adds up what it found.
#[derive(Debug)]
pub(crate) struct Checker<'a> {
    columns: &'a Columns,
    encoding: &'static str,
    pub(crate) rejects: Rejects,
    pub(crate) total_rows: u64,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(columns: &'a Columns, encoding: &'static str) -> Self {
        Self {
            columns,
            encoding,
            rejects: Rejects::default(),
            total_rows: 0,
        }
    }

    /// Encodes the batch's good rows for COPY. Rows without anything in them don't count.
    ///
    /// # Errors
    /// [`ImportFailure::InvalidEncoding`].
    pub(crate) fn check(&mut self, batch: &Batch) -> Result<Vec<u8>, ImportFailure> {
        let mut out = Vec::with_capacity(batch.len() * 3 / 2 + 64);
        let mut start = 0;
        for &(row, ends) in &batch.records {
            let mut cells = [""; FIELDS];
            for (cell, end) in cells.iter_mut().zip(ends) {
                *cell = std::str::from_utf8(&batch.bytes[start..end])
                    .map_err(|_| ImportFailure::InvalidEncoding(row, self.encoding))?
                    .trim();
                start = end;
            }
            if cells.iter().all(|cell| cell.is_empty()) {
                continue;
            }
            self.total_rows += 1;
            if let Err(reason) = stage(row, &cells, &mut out) {
                let columns = self.columns;
                let index = reason.field as usize;
                self.rejects.add(reason.code, || Reject {
                    row,
                    column: columns.headers[index].clone(),
                    code: reason.code,
                    detail: reason.detail,
                    value: (!cells[index].is_empty()).then(|| shorten(cells[index])),
                });
            }
        }
        Ok(out)
    }
}

fn stage(row: i32, cells: &[&str; FIELDS], out: &mut Vec<u8>) -> Result<(), Reason> {
    let given = |field: Field| Some(cells[field as usize]).filter(|cell| !cell.is_empty());
    let phone = phone_cell::parse(cells[Field::Phone as usize]).map_err(|rejection| Reason {
        field: Field::Phone,
        code: rejection.as_str(),
        detail: rejection.to_string(),
    })?;
    let email = given(Field::Email)
        .map(EmailAddress::parse)
        .transpose()
        .map_err(|rejection| Reason {
            field: Field::Email,
            code: rejection.as_str(),
            detail: rejection.to_string(),
        })?;
    let state = given(Field::State)
        .map(UsState::parse)
        .transpose()
        .map_err(|rejection| Reason {
            field: Field::State,
            code: "state_unknown",
            detail: rejection.to_string(),
        })?;
    StagedCustomer {
        first_name: name(Field::FirstName, given(Field::FirstName))?,
        last_name: name(Field::LastName, given(Field::LastName))?,
        email: email.as_ref(),
        state,
        status: given(Field::Status).map(status).transpose()?,
        ..StagedCustomer::new(row, &phone)
    }
    .encode(out);
    Ok(())
}

fn name(field: Field, text: Option<&str>) -> Result<Option<&str>, Reason> {
    let Some(text) = text else { return Ok(None) };
    if text.len() > LONGEST_NAME {
        return Err(Reason {
            field,
            code: "name_too_long",
            detail: format!("a name may have {LONGEST_NAME} bytes"),
        });
    }
    // Postgres stores no NUL, and the others are no part of anybody's name.
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        return Err(Reason {
            field,
            code: "name_invalid_character",
            detail: "a name holds a control character".to_owned(),
        });
    }
    Ok(Some(text))
}

fn status(text: &str) -> Result<CustomerStatus, Reason> {
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
        Err(Reason {
            field: Field::Status,
            code: "status_unknown",
            detail: "the status must be active or inactive".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_empty_rows_make_batches_too() {
        let batch = Batch {
            bytes: Vec::new(),
            records: vec![(1, [0; FIELDS]); 1_000],
        };
        assert_eq!(batch.len(), 1_000 * LEAST_BYTES);
    }
}
