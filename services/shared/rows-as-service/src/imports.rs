//! Customers that arrive in bulk: COPY into a staging table, then set-based statements; and the
//! record that says what came of it.

mod apply;
mod record;
mod staged_import;
mod staged_row;

use domain::{CustomerImportId, ProfileId};
use futures::{Stream, StreamExt as _};

use crate::{Database, DatabaseError};

pub use record::{ImportEnd, ImportPhase, ImportProgress, ImportSign, NewImport};
pub use staged_import::{
    Completion, DuplicateRow, ImportCounts, PreviewRow, RejectedPhone, SameFile, SavedImport,
    StagedImport,
};
pub use staged_row::{StagedCustomer, StagedReject};

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

impl Database {
    /// Stages the rows that `chunks` carries, as [`StagedCustomer::encode`] and
    /// [`StagedReject::encode`] wrote them, in a transaction of their own. A row number may
    /// occur only once. Nothing is changed before [`StagedImport::save`]; dropped, all of it is gone.
    ///
    /// # Errors
    /// [`ImportError::Rows`] with the first error of `chunks`, or [`ImportError::Database`].
    pub async fn stage_customers<E>(
        &self,
        import: CustomerImport,
        mut chunks: impl Stream<Item = Result<Vec<u8>, E>> + Unpin,
    ) -> Result<StagedImport, ImportError<E>> {
        // The connection is not taken before there is something to copy: a slow upload that
        // never gets going holds none.
        let mut next = match chunks.next().await {
            Some(Err(error)) => return Err(ImportError::Rows(error)),
            first => first,
        };
        let mut transaction = self.pool().begin().await?;
        sqlx::raw_sql(
            "set local work_mem = '96MB'; set local statement_timeout = '30min'; \
             set local lock_timeout = '60s'; set local idle_in_transaction_session_timeout = 0",
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query(include_str!("imports/create_staging.sql"))
            .execute(&mut *transaction)
            .await?;

        let mut copy = transaction
            .copy_in_raw(include_str!("imports/copy_into_staging.sql"))
            .await?;
        while let Some(chunk) = next {
            match chunk {
                Ok(chunk) => copy.send(chunk).await?,
                Err(error) => {
                    copy.abort("the upload broke off").await?;
                    transaction.rollback().await?;
                    return Err(ImportError::Rows(error));
                }
            };
            next = chunks.next().await;
        }
        copy.finish().await?;
        sqlx::query("analyze pg_temp.staged_customers (row, phone)")
            .execute(&mut *transaction)
            .await?;
        Ok(StagedImport::new(transaction, import).await?)
    }
}
