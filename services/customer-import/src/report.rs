//! What an import answers.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use domain::CustomerImportId;
use rows_as_service::imports::{
    Completion, CustomerImport, DuplicateRow, MOST_ROWS_NAMED, PreviewRow, SameFile,
};
use serde::Serialize;

use crate::{columns::Field, file::Findings, import::Outcome};

/// A row that was not imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// Number of the record in the file, the header being row 1.
    pub row: i32,
    /// The column's header as the file spells it; empty where the row as a whole is wrong.
    pub column: String,
    /// Stable name of the reason.
    pub code: &'static str,
    /// The reason in words.
    pub detail: String,
    /// What stood in the cell, cut to 120 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// What looking up new phones came to.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    /// Phones that can be texted.
    pub textable: u64,
    /// Phones that were rejected: not assigned, or landlines.
    pub rejected: u64,
    /// Phones that were imported without being looked up: today's lookups are spent.
    pub limit_reached: u64,
    /// Phones that were imported without an answer: Twilio gave none.
    pub unanswered: u64,
}

/// What an import did: `total_rows = inserted + updated + unchanged + duplicates + rejected`.
#[derive(Debug, Clone, Serialize)]
pub struct ImportReport {
    /// The record in `customer_imports`.
    pub id: CustomerImportId,
    /// Whether this only shows what would happen.
    pub dry_run: bool,
    /// Rows with anything in them, the header left out.
    pub total_rows: u64,
    /// New customers.
    pub inserted: u64,
    /// Customers that existed and now differ.
    pub updated: u64,
    /// Customers that existed and stayed as they were.
    pub unchanged: u64,
    /// Rows that a later row with the same phone replaced.
    pub duplicates: u64,
    /// The first of those, at most 1,000.
    pub duplicate_rows: Vec<DuplicateRow>,
    /// Rows that were not imported; all of them can be downloaded by the record's id.
    pub rejected: u64,
    /// How many rows were rejected for which reason.
    pub rejected_by_code: BTreeMap<String, u64>,
    /// The first of them, by row; at most 1,000.
    pub rejects: Vec<Reject>,
    /// Whether there are more than `rejects` lists.
    pub rejects_truncated: bool,
    /// The file's header of each field that was found.
    pub columns: BTreeMap<String, String>,
    /// Columns that nothing was taken from.
    pub ignored_columns: Vec<String>,
    /// Whether the first record named the columns.
    pub has_header: bool,
    /// What the file is encoded in.
    pub encoding: &'static str,
    /// What stands between its cells.
    pub delimiter: char,
    /// SHA-256 of the file, hexadecimal.
    pub file_hash: String,
    /// The last import of the same file, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_file_as: Option<SameFile>,
    /// Of a dry run: the first customers as they would be stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<Vec<PreviewRow>>,
    /// Where new phones were looked up: what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// Time from the request to the commit.
    pub elapsed_ms: u64,
}

/// Rejects on their way into a report: all are counted, the first are kept.
#[derive(Debug, Default)]
pub(crate) struct Rejects {
    pub(crate) count: u64,
    kept: Vec<Reject>,
}

impl Rejects {
    /// Takes one in, which is made only where it is kept. The rows come in ascending order.
    pub(crate) fn add(&mut self, reject: impl FnOnce() -> Reject) {
        self.count += 1;
        if self.kept.len() < MOST_ROWS_NAMED {
            self.kept.push(reject());
        }
    }

    /// Takes in another checker's.
    pub(crate) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.show(other.kept);
    }

    /// Takes in rejects that are counted elsewhere.
    fn show(&mut self, others: impl IntoIterator<Item = Reject>) {
        self.kept.extend(others);
        self.kept.sort_by_key(|reject| reject.row);
        self.kept.truncate(MOST_ROWS_NAMED);
    }
}

/// What looking up new phones came to, and the rows that were rejected for it: row, code, reason.
pub(crate) struct Verified {
    pub(crate) rejects: Vec<(i32, &'static str, &'static str)>,
    pub(crate) counts: Verification,
}

/// What the record keeps of the file.
pub(crate) fn completion(findings: &Findings) -> Completion {
    Completion {
        file_hash: hexadecimal(&findings.file_hash),
        total_rows: findings.checked.total_rows,
        rejected: findings.checked.rejects.count,
        header: findings.columns.header.clone(),
        fields: findings.columns.fields(),
        phone_column: findings.columns.header_of(Field::Phone),
        columns: findings
            .columns
            .by_target()
            .into_iter()
            .map(|(target, header)| (target, header.into()))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        bytes: findings.bytes,
    }
}

pub(crate) fn of(import: CustomerImport, outcome: Outcome, elapsed: Duration) -> ImportReport {
    let Outcome {
        findings,
        saved,
        preview,
        verified,
    } = outcome;
    let columns = findings.columns;
    let of_phone = |row: i32, code: &'static str, detail: &str| Reject {
        row,
        column: columns.header_of(Field::Phone),
        code,
        detail: detail.to_owned(),
        value: None,
    };
    let mut rejects = findings.checked.rejects;
    rejects.show(saved.unavailable_rows.iter().map(|&row| {
        let detail = "this phone number is not available to this account";
        of_phone(row, "phone_unavailable", detail)
    }));
    let verification = verified.map(|verified| {
        let rows = verified.rejects.iter();
        rejects.show(rows.map(|&(row, code, detail)| of_phone(row, code, detail)));
        verified.counts
    });
    let rejects = rejects.kept;
    let counts = saved.counts;
    let rejected: u64 = counts.rejected_by_code.values().sum();
    ImportReport {
        id: import.id,
        dry_run: import.dry_run,
        total_rows: findings.checked.total_rows,
        inserted: counts.inserted,
        updated: counts.updated,
        unchanged: counts.unchanged,
        duplicates: counts.duplicates,
        duplicate_rows: saved.duplicate_rows,
        rejected,
        rejected_by_code: counts.rejected_by_code,
        rejects_truncated: rejected > rejects.len() as u64,
        rejects,
        columns: columns.by_target(),
        ignored_columns: columns.ignored,
        has_header: findings.has_header,
        encoding: findings.encoding,
        delimiter: char::from(findings.delimiter),
        file_hash: hexadecimal(&findings.file_hash),
        same_file_as: saved.same_file_as,
        preview,
        verification,
        elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
