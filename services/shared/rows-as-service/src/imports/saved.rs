//! The result of an import or a dry run.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{AttributeRejection, CustomerImportId, PhoneNumber, TagRejection};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::consents::{FileConsents, Unwanted};

/// The counts of an import. Invariant:
/// staged rows = inserted + updated + unchanged + duplicates + rejected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportCounts {
    /// New customers.
    pub inserted: u64,
    /// Existing customers that changed.
    pub updated: u64,
    /// Existing customers that did not change.
    pub unchanged: u64,
    /// Rows that a later row with the same phone replaced.
    pub duplicates: u64,
    /// Numbers whose holders agreed to be texted.
    pub consented: u64,
    /// Numbers that must not be texted: the file says so, or it was known before.
    pub unwanted: Unwanted,
    /// Rows that were not imported, by reason.
    pub rejected_by_code: BTreeMap<String, u64>,
}

/// Facts about the file, for the record.
#[derive(Debug, Clone)]
pub struct Completion {
    /// SHA-256 of the file's bytes, hexadecimal.
    pub file_hash: String,
    /// Rows that are not empty, without the header.
    pub total_rows: u64,
    /// What the file says about consent.
    pub consents: FileConsents,
    /// How many rows were rejected for which reason, before anything was saved.
    pub rejected_by_code: BTreeMap<String, u64>,
    /// All headers, as the file spells them.
    pub header: Vec<String>,
    /// For each column of the file, the field it fills, if any.
    pub fields: Vec<String>,
    /// The header of the phone column.
    pub phone_column: String,
    /// The file's header by field.
    pub columns: Value,
    /// Bytes and records read.
    pub bytes: u64,
}

/// What a customer would have too much of after a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overfull {
    /// More tags than a customer may have.
    Tags,
    /// More attributes than a customer may have.
    Attributes,
}

impl Overfull {
    /// Stable name of the reason.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Tags => TagRejection::TooMany.code(),
            Self::Attributes => AttributeRejection::TooMany.code(),
        }
    }

    /// The reason in words.
    #[must_use]
    pub fn detail(self) -> String {
        let limit = match self {
            Self::Tags => TagRejection::TooMany.to_string(),
            Self::Attributes => AttributeRejection::TooMany.to_string(),
        };
        format!("{limit}; with those of this row it would be more")
    }
}

/// A row that a later one with the same phone replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DuplicateRow {
    /// The row.
    pub row: i32,
    /// The row that replaces it.
    pub replaced_by_row: i32,
}

/// What an import would do with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PreviewAction {
    /// A new customer.
    Insert,
    /// A known customer changes.
    Update,
    /// A known customer stays as it is.
    Unchanged,
}

/// A customer as it would be stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PreviewRow {
    /// Its row in the file.
    pub row: i32,
    /// What would be done with it.
    pub action: PreviewAction,
    /// The columns of `customers`.
    #[schema(value_type = Object, example = json!({ "phone": "+14155552671" }))]
    pub customer: Value,
}

/// An earlier import of the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SameFile {
    /// Its record.
    pub id: CustomerImportId,
    /// Its file's name.
    #[schema(example = "customers.csv")]
    pub file_name: Option<String>,
    /// When it was started.
    pub created_at: DateTime<Utc>,
}

/// What was or would be saved.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedImport {
    /// The counts.
    pub counts: ImportCounts,
    /// Rows whose phone belongs to another account, ascending, at most [`super::MOST_ROWS_NAMED`].
    pub unavailable_rows: Vec<i32>,
    /// Replaced rows, ascending, at most [`super::MOST_ROWS_NAMED`].
    pub duplicate_rows: Vec<DuplicateRow>,
    /// The last completed import of the same file.
    pub same_file_as: Option<SameFile>,
}

/// A phone that is rejected after staging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedPhone {
    /// The phone.
    pub phone: PhoneNumber,
    /// Stable code of the reason.
    pub code: &'static str,
    /// The reason in words.
    pub detail: &'static str,
}
