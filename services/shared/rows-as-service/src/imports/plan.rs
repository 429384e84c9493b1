//! How an import is carried out, and why one changed nothing.

use domain::{CustomerImportId, ProfileId};

use crate::DatabaseError;

/// Most rows that an answer names per reason.
pub const MOST_ROWS_NAMED: usize = 1000;

/// What happens to a customer whose phone is in the file and in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// The file's values replace the stored ones.
    #[default]
    Update,
    /// The stored customer stays as it is.
    Skip,
}

/// How an import is carried out.
#[derive(Debug, Clone, Copy)]
pub struct CustomerImport {
    /// Its record.
    pub id: CustomerImportId,
    /// Who will own the customers.
    pub owner: ProfileId,
    /// What happens to known phones.
    pub on_conflict: OnConflict,
    /// Counts everything and changes nothing.
    pub dry_run: bool,
}

/// Why an import changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum ImportError<E> {
    /// The rows broke off; this is the reason that came with them.
    #[error("the rows broke off")]
    Rows(E),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl<E> From<sqlx::Error> for ImportError<E> {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}
