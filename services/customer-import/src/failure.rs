//! Why a whole import is refused. Nothing was changed then.

use std::time::Duration;

use rows_as_service::DatabaseError;
use web::{ApiError, FieldErrors};

use axum::http::StatusCode;

use crate::questions::{Question, Questions};

/// When an account that has sent too much may send more, at a guess: the day that counts goes with the clock.
const UNTIL_TRIED_AGAIN: Duration = Duration::from_hours(1);

/// Why an import changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum ImportFailure {
    /// The connection broke before the file ended.
    #[error("The upload broke off before its end; nothing was imported.")]
    BrokenUpload,
    /// No byte came for too long.
    #[error("No data arrived for {0} seconds; nothing was imported.")]
    StalledUpload(u64),
    /// Bytes come too slowly.
    #[error("The upload was slower than {0} bytes a second; nothing was imported.")]
    SlowUpload(u64),
    /// The whole upload took too long.
    #[error(
        "The upload took longer than {0} seconds; nothing was imported. Send the file in parts."
    )]
    LongUpload(u64),
    /// A slow upload while others wait.
    #[error(
        "The upload was slow while others waited for its place; nothing was imported. Send the file again later, or from a faster connection."
    )]
    GaveWay,
    /// The account has sent as much as it may within a day.
    #[error(
        "This account has sent as many rows or bytes within 24 hours as it may; nothing was imported. Try again later."
    )]
    DailyLimit,
    /// Somebody asked for it.
    #[error("The import was canceled; nothing was imported.")]
    Canceled,
    /// There is an import with this id.
    #[error("There is an import with this id already. Choose a new id for every upload.")]
    IdTaken,
    /// Phones were to be verified, and can't be.
    #[error("Twilio Lookup is not set up here; import without verify=twilio.")]
    LookupUnavailable,
    /// No text at all.
    #[error(
        "This is a workbook or another kind of file, and no text. Save it as CSV and send that."
    )]
    NotCsv,
    /// An attribute's header can't be its name.
    #[error("A custom attribute's name may have 1 to 64 characters and no control characters: {0}")]
    AttributeName(String),
    /// Too many attributes.
    #[error("A file may fill {0} custom attributes.")]
    TooManyAttributes(usize),
    /// A customer got more while the file was read, and would break the rules of its table.
    #[error(
        "A customer got more tags or attributes meanwhile, and would have more than 50 afterwards; nothing was imported. Send the file again."
    )]
    TooMuchForACustomer,
    /// Too many numbers of other accounts today.
    #[error("{0} Nothing was imported.")]
    TooManyUnavailable(String),
    /// Columns hold words whose meaning only the sender knows.
    #[error("{0}")]
    ValuesUnknown(Questions),
    /// More bytes than the settings allow.
    #[error("The file is larger than {0} bytes.")]
    TooLarge(u64),
    /// No record at all.
    #[error("The file is empty.")]
    EmptyFile,
    /// No column is recognised as the phone's.
    #[error(
        "No column is recognised as the phone number. Name it by mapping[phone]=…, or say header=false where the first row is a customer; the file has: {0}"
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
    /// More rows than can be numbered.
    #[error("The file has too many rows.")]
    TooManyRows,
    /// Bytes that the encoding does not know.
    #[error(
        "Row {0} or the one after it is not valid {1}. Save the file as UTF-8, or name its encoding by encoding=windows-1252."
    )]
    InvalidEncoding(i32, &'static str),
    /// The database gave up.
    #[error("The database failed; nothing was imported.")]
    Postgres(#[source] DatabaseError),
    /// One of our own tasks died, or the record was ended by somebody else.
    #[error("The import was interrupted; nothing was imported. Send the file again.")]
    Interrupted,
}

impl From<DatabaseError> for ImportFailure {
    fn from(error: DatabaseError) -> Self {
        // What a file adds was counted before; this is what others have added since.
        if let Some("customers_tags_check" | "customers_attributes_check") = error.constraint() {
            Self::TooMuchForACustomer
        } else if let ("PT429", Some(why)) = (
            error.sqlstate().unwrap_or_default().as_str(),
            error.refusal(),
        ) {
            Self::TooManyUnavailable(why)
        } else {
            Self::Postgres(error)
        }
    }
}

impl ImportFailure {
    /// Stable name of the reason.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BrokenUpload => "upload_broken",
            Self::StalledUpload(_) => "upload_stalled",
            Self::SlowUpload(_) => "upload_too_slow",
            Self::LongUpload(_) => "upload_too_long",
            Self::GaveWay => "upload_gave_way",
            Self::DailyLimit => "import_daily_limit",
            Self::Canceled => "canceled",
            Self::IdTaken => "import_id_taken",
            Self::LookupUnavailable => "lookup_unavailable",
            Self::NotCsv => "not_csv",
            Self::AttributeName(_) => "attribute_name_invalid",
            Self::TooManyAttributes(_) => "too_many_attributes",
            Self::TooMuchForACustomer => "too_much_for_a_customer",
            Self::TooManyUnavailable(_) => "too_many_unavailable_phones",
            Self::ValuesUnknown(_) => "values_unknown",
            Self::TooLarge(_) => "file_too_large",
            Self::EmptyFile => "empty_file",
            Self::PhoneColumnMissing(_) => "phone_column_missing",
            Self::MappedColumnMissing(_) => "mapped_column_missing",
            Self::RowTooLong { .. } => "row_too_long",
            Self::TooManyColumns { .. } => "too_many_columns",
            Self::TooManyRows => "too_many_rows",
            Self::InvalidEncoding(..) => "invalid_encoding",
            Self::Postgres(_) => "database_failed",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<ImportFailure> for ApiError {
    fn from(failure: ImportFailure) -> Self {
        let status = match &failure {
            ImportFailure::BrokenUpload => StatusCode::BAD_REQUEST,
            ImportFailure::StalledUpload(_)
            | ImportFailure::SlowUpload(_)
            | ImportFailure::LongUpload(_)
            | ImportFailure::GaveWay => StatusCode::REQUEST_TIMEOUT,
            ImportFailure::DailyLimit => {
                return Self::too_many(failure.code(), failure.to_string(), UNTIL_TRIED_AGAIN);
            }
            ImportFailure::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            ImportFailure::Canceled | ImportFailure::IdTaken => StatusCode::CONFLICT,
            ImportFailure::TooManyUnavailable(_) => StatusCode::TOO_MANY_REQUESTS,
            ImportFailure::LookupUnavailable => StatusCode::NOT_IMPLEMENTED,
            ImportFailure::Postgres(error) if error.is_transient() => {
                return Self::unavailable("database_unavailable", failure);
            }
            ImportFailure::Interrupted => return Self::unavailable("interrupted", failure),
            ImportFailure::Postgres(_) => return Self::internal(failure),
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let answer = Self::new(status, failure.code(), failure.to_string());
        match &failure {
            ImportFailure::ValuesUnknown(questions) => {
                let mut errors = FieldErrors::default();
                for (parameter, choices) in questions.0.iter().flat_map(Question::parameters) {
                    errors.add(parameter, "value_unknown", choices);
                }
                answer.with_errors(errors)
            }
            _ => answer,
        }
    }
}
