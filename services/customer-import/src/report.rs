//! What an import answers.

use std::collections::BTreeMap;

use serde::Serialize;

/// Most rejects that an answer lists.
pub(crate) const MOST_REJECTS: usize = rows_as_service::imports::MOST_ROWS_NAMED;

/// A row that was not imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// Number of the record in the file, the header being row 1.
    pub row: i32,
    /// The column's header as the file spells it.
    pub column: String,
    /// Stable name of the reason.
    pub code: &'static str,
    /// The reason in words.
    pub detail: String,
    /// What stood in the cell, cut to 120 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// What an import did: `total_rows = inserted + updated + unchanged + duplicates + rejected`.
#[derive(Debug, Clone, Serialize)]
pub struct ImportReport {
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
    /// Rows that were not imported.
    pub rejected: u64,
    /// How many rows were rejected for which reason.
    pub rejected_by_code: BTreeMap<&'static str, u64>,
    /// The first of them, by row; at most 1,000.
    pub rejects: Vec<Reject>,
    /// Whether there are more than `rejects` lists.
    pub rejects_truncated: bool,
    /// The file's header of each field that was found.
    pub columns: BTreeMap<&'static str, String>,
    /// Columns that nothing was taken from.
    pub ignored_columns: Vec<String>,
    /// Time from the request to the commit.
    pub elapsed_ms: u64,
}

/// Rejects on their way into a report: all are counted, the first are kept.
#[derive(Debug, Default)]
pub(crate) struct Rejects {
    pub(crate) by_code: BTreeMap<&'static str, u64>,
    pub(crate) kept: Vec<Reject>,
}

impl Rejects {
    /// Counts one; `reject` is made only where it is kept. The rows come in ascending order.
    pub(crate) fn add(&mut self, code: &'static str, reject: impl FnOnce() -> Reject) {
        *self.by_code.entry(code).or_default() += 1;
        if self.kept.len() < MOST_REJECTS {
            self.kept.push(reject());
        }
    }

    /// Takes in another checker's.
    pub(crate) fn merge(&mut self, other: Self) {
        for (code, count) in other.by_code {
            *self.by_code.entry(code).or_default() += count;
        }
        self.kept.extend(other.kept);
        self.kept.sort_by_key(|reject| reject.row);
        self.kept.truncate(MOST_REJECTS);
    }

    pub(crate) fn count(&self) -> u64 {
        self.by_code.values().sum()
    }
}
