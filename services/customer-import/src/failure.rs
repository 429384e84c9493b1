//! Why a whole import is refused. Nothing was changed then.

use rows_as_service::DatabaseError;
use web::ApiError;

use axum::http::StatusCode;

/// Why an import changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum ImportFailure {
    /// The connection broke before the file ended.
    #[error("The upload broke off before its end; nothing was imported.")]
    BrokenUpload,
    /// No byte came for too long.
    #[error("No data arrived for {0} seconds; nothing was imported.")]
    StalledUpload(u64),
    /// More bytes than the settings allow.
    #[error("The file is larger than {0} bytes.")]
    TooLarge(u64),
    /// No record at all.
    #[error("The file is empty.")]
    EmptyFile,
    /// The first record holds data.
    #[error("The first row must name the columns; it looks like a customer already.")]
    HeaderMissing,
    /// No column is recognised as the phone's.
    #[error(
        "No column is recognised as the phone number. Name it by mapping[phone]=…; the file has: {0}"
    )]
    PhoneColumnMissing(String),
    /// A mapping names a column that is not in the file.
    #[error("The mapping names a column that the file does not have: {0}")]
    MappedColumnMissing(String),
    /// A record beyond the reader's limits.
    #[error("Row {row} is longer than {limit} bytes; a quote before it may not be closed.")]
    RowTooLong {
        /// The row's number.
        row: i32,
        /// Most bytes that a row may have.
        limit: usize,
    },
    /// A record beyond the reader's limits.
    #[error("Row {row} has more than {limit} columns.")]
    TooManyColumns {
        /// The row's number.
        row: i32,
        /// Most columns that a row may have.
        limit: usize,
    },
    /// The file ends inside a quoted cell.
    #[error("A quote that opens in row {0} is never closed.")]
    UnclosedQuote(i32),
    /// More rows than can be numbered.
    #[error("The file has too many rows.")]
    TooManyRows,
    /// Bytes that the encoding does not know.
    #[error(
        "Row {0} or the one after it is not valid {1}. Save the file as UTF-8, or name its encoding by encoding=windows-1252."
    )]
    InvalidEncoding(i32, &'static str),
    /// The database gave up.
    #[error("the database failed")]
    Database(#[source] DatabaseError),
    /// One of our own tasks died.
    #[error("a task of the import ended early")]
    Interrupted,
}

impl From<ImportFailure> for ApiError {
    fn from(failure: ImportFailure) -> Self {
        let (status, code) = match &failure {
            ImportFailure::BrokenUpload => (StatusCode::BAD_REQUEST, "upload_broken"),
            ImportFailure::StalledUpload(_) => (StatusCode::REQUEST_TIMEOUT, "upload_stalled"),
            ImportFailure::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "file_too_large"),
            ImportFailure::EmptyFile => (StatusCode::UNPROCESSABLE_ENTITY, "empty_file"),
            ImportFailure::HeaderMissing => (StatusCode::UNPROCESSABLE_ENTITY, "header_missing"),
            ImportFailure::PhoneColumnMissing(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "phone_column_missing")
            }
            ImportFailure::MappedColumnMissing(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "mapped_column_missing")
            }
            ImportFailure::RowTooLong { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "row_too_long"),
            ImportFailure::TooManyColumns { .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, "too_many_columns")
            }
            ImportFailure::UnclosedQuote(_) => (StatusCode::UNPROCESSABLE_ENTITY, "quote_unclosed"),
            ImportFailure::TooManyRows => (StatusCode::UNPROCESSABLE_ENTITY, "too_many_rows"),
            ImportFailure::InvalidEncoding(..) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid_encoding")
            }
            ImportFailure::Database(error) if error.is_transient() => {
                return Self::unavailable("database_unavailable", failure);
            }
            ImportFailure::Database(_) | ImportFailure::Interrupted => {
                return Self::internal(failure);
            }
        };
        Self::new(status, code, failure.to_string())
    }
}
