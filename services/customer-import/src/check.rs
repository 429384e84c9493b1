//! From a record's cells to a customer, or to the reason why not.

use std::borrow::Cow;

use domain::{AttributeText, CustomerStatus, EmailAddress, PersonName, Tags, UsState, spreadsheet};
use rows_as_service::imports::{StagedCustomer, StagedReject};

use crate::{
    batch::{Batch, Cells},
    columns::{Columns, FIELDS, Field, shorten},
    consent::Says,
    failure::ImportFailure,
    phone_cell,
    questions::{Subject, Unknown},
    rejects::{Reject, Rejects},
    row_consent::RowConsent,
    text::CellEncoding,
    words::{StatusWord, Words},
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
    /// Whether a cell was no UTF-8.
    pub(crate) found_windows_1252: bool,
    pub(crate) rejects: Rejects,
    pub(crate) unknown: Unknown,
    /// Rows that say whether somebody may be texted: no, yes.
    pub(crate) verdicts: [u64; 2],
    pub(crate) total_rows: u64,
}

/// A row's cells as texts.
struct Row<'a> {
    number: i32,
    fields: [Cow<'a, str>; FIELDS],
    consents: Vec<(Says, &'a str, Cow<'a, str>)>,
    attributes: Vec<(&'a str, usize, Cow<'a, str>)>,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(columns: &'a Columns, words: &'a Words, encoding: CellEncoding) -> Self {
        Self {
            columns,
            words,
            encoding,
            found_windows_1252: false,
            rejects: Rejects::default(),
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
            let staged = check_width(&cells, columns)
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
            consents,
            attributes,
        })
    }

    fn stage(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Rejected> {
        let (columns, words) = (self.columns, self.words);
        let phone = phone_cell::parse(&row.fields[Field::Phone as usize])
            .map_err(|why| row.wrong(columns, Field::Phone, (why.as_str(), why.to_string())))?;
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
            row.stage(columns, customer, out)
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

impl Row<'_> {
    fn cell(&self, field: Field) -> &str {
        &self.fields[field as usize]
    }

    /// What a cell holds, without what protects it in a spreadsheet.
    fn given(&self, field: Field) -> Option<&str> {
        let text = spreadsheet::unescape(self.cell(field).trim()).trim();
        (!text.is_empty()).then_some(text)
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
    fn status(
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
    fn stage(
        &self,
        columns: &Columns,
        customer: StagedCustomer<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let wrong = |field: Field, wrong: Wrong| self.wrong(columns, field, wrong);
        let email = self
            .given(Field::Email)
            .map(EmailAddress::parse)
            .transpose()
            .map_err(|why| wrong(Field::Email, (why.as_str(), why.to_string())))?;
        let state = self
            .given(Field::State)
            .map(UsState::parse)
            .transpose()
            .map_err(|why| wrong(Field::State, (why.code(), why.to_string())))?;
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
            tags: &tags,
            attributes: &attributes,
            ..customer
        }
        .encode(out);
        Ok(())
    }
}

type AttributeCells<'a> = [(&'a str, usize, Cow<'a, str>)];

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
