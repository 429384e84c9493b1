//! Customers that arrive in bulk: COPY into a staging table, then set-based statements.

use domain::ProfileId;
use futures::{Stream, StreamExt as _};
use sqlx::{Connection as _, PgConnection, Row as _};
use uuid::Uuid;

use crate::{Database, DatabaseError};

mod staged_row;

pub use staged_row::StagedCustomer;

/// Another writer may insert one of our phones between looking and inserting. After so many
/// attempts the table is locked against writers instead.
const OPTIMISTIC_ATTEMPTS: u8 = 3;
/// Most rows that the answer names per reason.
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
    /// Who will own the customers.
    pub owner: ProfileId,
    /// What happens to known phones.
    pub on_conflict: OnConflict,
    /// Counts everything and changes nothing.
    pub dry_run: bool,
}

/// What an import did. The sums hold: staged rows = inserted + updated + unchanged + unavailable + duplicates.
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
    /// Phones that belong to another tenant; nothing was done for them.
    pub unavailable: u64,
    /// The rows of those, ascending, at most [`MOST_ROWS_NAMED`].
    pub unavailable_rows: Vec<i32>,
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
    /// Imports the rows that `chunks` carries as [`StagedCustomer::encode`] wrote them, in one
    /// transaction: all of them or, on any error and when this future is dropped, none.
    /// A row number may occur only once.
    ///
    /// # Errors
    /// [`ImportError::Rows`] with the first error of `chunks`, or [`ImportError::Database`].
    pub async fn import_customers<E>(
        &self,
        import: CustomerImport,
        mut chunks: impl Stream<Item = Result<Vec<u8>, E>> + Unpin,
    ) -> Result<ImportCounts, ImportError<E>> {
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
        let staged = copy.finish().await?;
        sqlx::query("analyze pg_temp.staged_customers (row, phone)")
            .execute(&mut *transaction)
            .await?;
        // One tenant's imports are applied one after another: two that update the same customers
        // in different order would deadlock.
        sqlx::query(
            "select pg_advisory_xact_lock(hashtextextended('customer_import:' || $1::text, 0))",
        )
        .bind(import.owner.0)
        .execute(&mut *transaction)
        .await?;

        let counts = apply(&mut transaction, import, staged).await?;
        if import.dry_run {
            transaction.rollback().await?;
        } else {
            transaction.commit().await?;
        }
        Ok(counts)
    }
}

/// Brings the staged rows into `customers`, and starts over when another writer was faster.
async fn apply(
    connection: &mut PgConnection,
    import: CustomerImport,
    staged: u64,
) -> Result<ImportCounts, DatabaseError> {
    for _ in 0..OPTIMISTIC_ATTEMPTS {
        let mut attempt = connection.begin().await?;
        match apply_once(&mut attempt, import, staged).await {
            Ok(counts) => {
                attempt.commit().await?;
                return Ok(counts);
            }
            Err(error)
                if error
                    .as_database_error()
                    .is_some_and(sqlx::error::DatabaseError::is_unique_violation) =>
            {
                attempt.rollback().await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    sqlx::query("lock table public.customers in share row exclusive mode")
        .execute(&mut *connection)
        .await?;
    Ok(apply_once(connection, import, staged).await?)
}

async fn apply_once(
    connection: &mut PgConnection,
    import: CustomerImport,
    staged: u64,
) -> Result<ImportCounts, sqlx::Error> {
    let known = sqlx::query(include_str!("imports/classify_known.sql"))
        .bind(import.owner.0)
        .bind(i64::try_from(MOST_ROWS_NAMED).unwrap_or(i64::MAX))
        .fetch_one(&mut *connection)
        .await?;
    let count = |name: &str| -> Result<u64, sqlx::Error> {
        Ok(u64::try_from(known.try_get::<i64, _>(name)?).unwrap_or_default())
    };
    let (phones_known, mine, differing) = (count("known")?, count("mine")?, count("differing")?);
    let updated = if differing == 0 || import.on_conflict == OnConflict::Skip {
        0
    } else {
        sqlx::query(include_str!("imports/update_known.sql"))
            .bind(import.owner.0)
            .execute(&mut *connection)
            .await?
            .rows_affected()
    };
    let inserted = if phones_known == staged {
        0
    } else {
        sqlx::query(include_str!("imports/insert_new.sql"))
            .bind(import.owner.0)
            .bind(id_prefix())
            .execute(&mut *connection)
            .await?
            .rows_affected()
    };
    Ok(ImportCounts {
        inserted,
        updated,
        unchanged: mine.saturating_sub(updated),
        duplicates: staged.saturating_sub(phones_known + inserted),
        unavailable: phones_known - mine,
        unavailable_rows: known.try_get("unavailable_rows")?,
    })
}

/// The first 24 of the 32 digits of a new `UUIDv7`: time, version, variant and 42 random bits.
fn id_prefix() -> String {
    let mut digits = Uuid::now_v7().simple().to_string();
    digits.truncate(24);
    digits
}
