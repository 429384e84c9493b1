//! What an import did or would do.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{CustomerImportId, PhoneNumber};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an import did. The sums hold:
/// staged rows = inserted + updated + unchanged + duplicates + rejected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportCounts {
    /// New customers.
    pub inserted: u64,
    /// Customers that existed and now differ.
    pub updated: u64,
    /// Customers that existed and stayed as they were.
    pub unchanged: u64,
    /// Rows that a later row with the same phone replaced.
    pub duplicates: u64,
    /// Rows that were not imported, by reason.
    pub rejected_by_code: BTreeMap<String, u64>,
}

/// What the file as a whole turned out to be, for the record.
#[derive(Debug, Clone)]
pub struct Completion {
    /// SHA-256 of the file's bytes, hexadecimal.
    pub file_hash: String,
    /// Rows with anything in them, the header left out.
    pub total_rows: u64,
    /// Rows that were staged as rejects.
    pub rejected: u64,
    /// All headers, as the file spells them.
    pub header: Vec<String>,
    /// By column of the file, the field that is filled from it, or nothing.
    pub fields: Vec<String>,
    /// The header of the phone's column.
    pub phone_column: String,
    /// The file's header by field.
    pub columns: Value,
    /// Bytes and records read.
    pub bytes: u64,
}

/// A row that a later one with the same phone replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DuplicateRow {
    /// The row.
    pub row: i32,
    /// The row that counts.
    pub replaced_by_row: i32,
}

/// What an import would do with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PreviewAction {
    /// A new customer.
    Insert,
    /// A known customer changes.
    Update,
    /// A known customer stays as it is.
    Unchanged,
    /// The phone is another account's.
    Unavailable,
}

/// A customer as it would be stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviewRow {
    /// The row that it comes from.
    pub row: i32,
    /// What would happen to it.
    pub action: PreviewAction,
    /// The columns of `customers`.
    pub customer: Value,
}

/// An earlier import of the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SameFile {
    /// Its record.
    pub id: CustomerImportId,
    /// Its file's name.
    pub file_name: Option<String>,
    /// When it was started.
    pub created_at: DateTime<Utc>,
}

/// What was saved, or would have been.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedImport {
    /// The counts.
    pub counts: ImportCounts,
    /// Rows whose phone is another account's, ascending, at most [`super::MOST_ROWS_NAMED`].
    pub unavailable_rows: Vec<i32>,
    /// Replaced rows, ascending, at most [`super::MOST_ROWS_NAMED`].
    pub duplicate_rows: Vec<DuplicateRow>,
    /// The last completed import of the same file.
    pub same_file_as: Option<SameFile>,
}

/// A phone that is not to be imported after all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedPhone {
    /// The phone.
    pub phone: PhoneNumber,
    /// Stable name of the reason.
    pub code: &'static str,
    /// The reason in words.
    pub detail: &'static str,
}
