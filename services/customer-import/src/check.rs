//! From a record's cells to a customer, or to the reason why not.

use std::borrow::Cow;

use domain::{spreadsheet, visible};
use rows_as_service::imports::{StagedCustomer, StagedReject, encode_declined};

use crate::{
    batch::{Batch, Cells},
    columns::{Columns, FIELDS, Field, shorten},
    failure::ImportFailure,
    questions::Unknown,
    rejects::Rejects,
    room::Room,
    row::{Reason, Row},
    row_consent::RowConsent,
    text::CellEncoding,
    words::Words,
};

/// What a cell counts for where it is kept, whatever is in it.
const LEAST_OF_A_CELL: usize = 4;

/// A row that is not imported.
struct Rejected {
    reason: Box<Reason>,
    /// The evidence that its person must not be texted. That holds even where the rest of the row is wrong.
    declined: Option<String>,
}

impl From<Reason> for Rejected {
    fn from(reason: Reason) -> Self {
        Self {
            reason: Box::new(reason),
            declined: None,
        }
    }
}

/// Checks batch after batch and adds up what it found.
#[derive(Debug)]
pub(crate) struct Checker<'a> {
    columns: &'a Columns,
    words: &'a Words,
    encoding: CellEncoding,
    room: &'a Room,
    /// Whether a cell was no UTF-8.
    pub(crate) found_windows_1252: bool,
    pub(crate) rejects: Rejects,
    /// What was left out of rows that are imported.
    pub(crate) warnings: Rejects,
    pub(crate) unknown: Unknown,
    /// Rows that say whether somebody may be texted: no, yes.
    pub(crate) verdicts: [u64; 2],
    pub(crate) total_rows: u64,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(
        columns: &'a Columns,
        words: &'a Words,
        encoding: CellEncoding,
        room: &'a Room,
    ) -> Self {
        Self {
            columns,
            words,
            encoding,
            room,
            found_windows_1252: false,
            rejects: Rejects::default(),
            warnings: Rejects::default(),
            unknown: Unknown::default(),
            verdicts: [0; 2],
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
            let texts = self.texts(row, cells)?;
            let has_nothing = texts.fields.iter().all(|text| text.trim().is_empty());
            if has_nothing && cells.are_blank() {
                continue;
            }
            self.total_rows += 1;
            let staged = check_quotes(batch.has_open_quote(row), &cells)
                .and_then(|()| check_width(&cells, columns))
                .map_err(Rejected::from)
                .and_then(|()| self.stage(&texts, &mut out));
            if let Err(rejected) = staged {
                self.reject(row, rejected, &cells, &mut out);
            }
        }
        Ok(out)
    }

    fn texts<'c>(&mut self, row: i32, cells: Cells<'c>) -> Result<Row<'c>, ImportFailure>
    where
        'a: 'c,
    {
        let columns = self.columns;
        let mut fields: [Cow<'_, str>; FIELDS] = Default::default();
        for (field, index) in fields.iter_mut().zip(columns.indexes) {
            if let Some(index) = index {
                *field = self.text(row, cells.get(index))?;
            }
        }
        let mut other_phones = Vec::new();
        for index in &columns.other_phones {
            other_phones.push((*index, self.text(row, cells.get(*index))?));
        }
        let mut consents = Vec::new();
        for (says, index) in &columns.consents {
            let header = columns.header[*index].trim();
            consents.push((*says, header, self.text(row, cells.get(*index))?));
        }
        let mut attributes = Vec::new();
        for (name, index) in &columns.attributes {
            attributes.push((name.as_str(), *index, self.text(row, cells.get(*index))?));
        }
        Ok(Row {
            number: row,
            fields,
            other_phones,
            consents,
            attributes,
        })
    }

    fn stage(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Rejected> {
        let (columns, words) = (self.columns, self.words);
        let phone = row.phone(columns)?;
        // Both are read, so that a person hears of every unknown word at once.
        let consent = RowConsent::read(&row.consents, words, &mut self.unknown).map_err(|cell| {
            Reason {
                column: shorten(cell.column),
                code: "consent_unknown",
                detail: "it is not clear whether this person may be texted; explain the word: consent_values[word]=no".to_owned(),
                value: shorten(cell.words),
            }
        });
        let status = row.status(columns, words, &mut self.unknown);
        let mut said = consent.as_ref().map(Clone::clone).unwrap_or_default();
        let header = columns.header_of(Field::Status);
        if let Ok((_, true)) = status {
            said = said.or_no(&header, row.cell(Field::Status));
        }
        let circumstance = |field: Field| row.given(field).unwrap_or_default();
        let said = said.with_circumstances(
            circumstance(Field::ConsentAt),
            circumstance(Field::ConsentSource),
        );
        let evidence = said.evidence(None);
        let staged = consent.and(status).and_then(|(status, _)| {
            let customer = StagedCustomer {
                status,
                consent: said.verdict,
                said: evidence.as_deref(),
                ..StagedCustomer::new(row.number, &phone)
            };
            row.stage(columns, customer, &mut self.warnings, out)
        });
        match (staged, said.verdict) {
            (Ok(()), verdict) => {
                if let Some(verdict) = verdict {
                    self.verdicts[usize::from(verdict)] += 1;
                }
                Ok(())
            }
            (Err(reason), Some(false)) => Err(Rejected {
                reason: Box::new(reason),
                declined: said.evidence(Some(&phone)),
            }),
            (Err(reason), _) => Err(reason.into()),
        }
    }

    fn reject(&mut self, row: i32, rejected: Rejected, cells: &Cells<'_>, out: &mut Vec<u8>) {
        let reason = *rejected.reason;
        self.verdicts[0] += u64::from(rejected.declined.is_some());
        if self
            .room
            .take(cells.iter().map(|cell| cell.len() + LEAST_OF_A_CELL).sum())
        {
            StagedReject {
                row,
                column: &reason.column,
                code: reason.code,
                detail: &reason.detail,
                cells: cells
                    .iter()
                    .map(|cell| self.encoding.text_to_keep(cell))
                    .collect(),
                declined: rejected.declined.as_deref(),
            }
            .encode(out);
        } else if let Some(declined) = &rejected.declined {
            encode_declined(row, declined, out);
        }
        self.rejects.add(reason.code, || reason.of_row(row));
    }

    fn text<'c>(&mut self, row: i32, cell: &'c [u8]) -> Result<Cow<'c, str>, ImportFailure> {
        let text = self.encoding.text(row, cell)?;
        // Only what was no UTF-8 is made anew.
        self.found_windows_1252 |= matches!(text, Cow::Owned(_));
        Ok(tidy(text))
    }
}

/// What a cell holds, without what nobody sees and what protects it in a spreadsheet.
fn tidy(cell: Cow<'_, str>) -> Cow<'_, str> {
    fn tidy_text(text: &str) -> Cow<'_, str> {
        match visible(text.trim()) {
            Cow::Borrowed(text) => spreadsheet::unescape(text),
            Cow::Owned(text) => Cow::Owned(spreadsheet::unescape(text.trim()).into_owned()),
        }
    }
    match cell {
        Cow::Borrowed(text) => tidy_text(text),
        Cow::Owned(text) => Cow::Owned(tidy_text(&text).into_owned()),
    }
}

/// A quote that opens and is not closed: what the row's cells are, nobody can tell.
fn check_quotes(has_open_quote: bool, cells: &Cells<'_>) -> Result<(), Reason> {
    if !has_open_quote {
        return Ok(());
    }
    let cell = cells.iter().find(|cell| cell.starts_with(b"\""));
    Err(Reason {
        column: String::new(),
        code: "quote_unclosed",
        detail: "a quote opens in this row and is not closed in it; take it away, or close it"
            .to_owned(),
        value: shorten(&String::from_utf8_lossy(cell.unwrap_or_default())),
    })
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
