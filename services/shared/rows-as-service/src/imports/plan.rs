//! The options of an import, and why one changed nothing.

use std::time::Duration;

use domain::{CustomerImportId, ProfileId};

use crate::DatabaseError;

/// Maximum rows that an answer lists per reason.
pub const MOST_ROWS_NAMED: usize = 1000;

/// Maximum rows of one import that are kept to be mended; all are counted.
pub const MOST_REJECTS_KEPT: usize = 50_000;

/// What to do with a customer whose phone is in the file and in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// The file's values replace the stored ones.
    #[default]
    Update,
    /// The stored customer stays as it is.
    Skip,
}

/// The options of an import.
#[derive(Debug, Clone, Copy)]
pub struct CustomerImport {
    /// Its record.
    pub id: CustomerImportId,
    /// The customers' owner.
    pub owner: ProfileId,
    /// What to do with known phones.
    pub on_conflict: OnConflict,
    /// Counts everything and changes nothing.
    pub dry_run: bool,
}

/// How long to rest after having worked for so long.
pub type Rest<'a> = &'a (dyn Fn(Duration) -> Duration + Sync);

/// Why an import changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum ImportError<E> {
    /// The stream of rows broke off, for this reason.
    #[error("the rows broke off")]
    Rows(E),
    /// The database failed.
    #[error(transparent)]
    Postgres(#[from] DatabaseError),
}

impl<E> From<sqlx::Error> for ImportError<E> {
    fn from(error: sqlx::Error) -> Self {
        Self::Postgres(error.into())
    }
}
