//! An import whose rows are staged: looked at, then saved, all of it or nothing.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{CustomerImportId, PhoneNumber};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{Acquire as _, PgConnection, Postgres, Row as _, Transaction, types::Json};
use uuid::Uuid;

use super::{CustomerImport, MOST_ROWS_NAMED, OnConflict};
use crate::DatabaseError;

/// Another writer may insert one of our phones between looking and inserting, or lock rows in another
/// order. After so many attempts the table is locked against writers instead.
const OPTIMISTIC_ATTEMPTS: u8 = 3;
/// Why a row is rejected whose phone is another account's.
const UNAVAILABLE: &str = "phone_unavailable";
/// Rows that a preview shows.
const PREVIEWED: i64 = 10;

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

/// A customer as it would be stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviewRow {
    /// The row that it comes from.
    pub row: i32,
    /// `insert`, `update`, `unchanged`, or `unavailable` where the phone is another account's.
    pub action: String,
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
    /// Rows whose phone is another account's, ascending, at most [`MOST_ROWS_NAMED`].
    pub unavailable_rows: Vec<i32>,
    /// Replaced rows, ascending, at most [`MOST_ROWS_NAMED`].
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

/// Staged rows in their transaction.
#[derive(Debug)]
pub struct StagedImport {
    transaction: Transaction<'static, Postgres>,
    import: CustomerImport,
    backend: i32,
}

impl StagedImport {
    pub(super) async fn new(
        mut transaction: Transaction<'static, Postgres>,
        import: CustomerImport,
    ) -> Result<Self, DatabaseError> {
        let backend = sqlx::query_scalar("select pg_backend_pid()")
            .fetch_one(&mut *transaction)
            .await?;
        Ok(Self {
            transaction,
            import,
            backend,
        })
    }

    /// Postgres's process that saves it, for [`crate::Database::cancel_statement`].
    #[must_use]
    pub const fn backend(&self) -> i32 {
        self.backend
    }

    /// Phones that would be new customers, each once.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn new_phones(&mut self) -> Result<Vec<PhoneNumber>, DatabaseError> {
        let phones: Vec<String> = sqlx::query_scalar(
            "select distinct s.phone from pg_temp.staged_customers s \
             where s.phone is not null and not exists (select from public.customers c where c.phone = s.phone)",
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        Ok(phones
            .iter()
            .filter_map(|phone| PhoneNumber::parse(phone).ok())
            .collect())
    }

    /// Turns every staged row with one of these phones into a reject; returns the rows, ascending, with
    /// the index of their phone in `rejected`.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn reject_phones(
        &mut self,
        rejected: &[RejectedPhone],
        completion: &Completion,
    ) -> Result<Vec<(i32, usize)>, DatabaseError> {
        let phones: Vec<&str> = rejected.iter().map(|one| one.phone.as_str()).collect();
        let codes: Vec<&str> = rejected.iter().map(|one| one.code).collect();
        let details: Vec<&str> = rejected.iter().map(|one| one.detail).collect();
        let rows: Vec<(i32, i64)> = sqlx::query_as(include_str!("reject_phones.sql"))
            .bind(phones)
            .bind(codes)
            .bind(details)
            .bind(&completion.fields)
            .bind(&completion.phone_column)
            .fetch_all(&mut *self.transaction)
            .await?;
        let mut rows: Vec<_> = rows
            .into_iter()
            .map(|(row, index)| (row, usize::try_from(index - 1).unwrap_or_default()))
            .collect();
        rows.sort_unstable();
        Ok(rows)
    }

    /// The first customers of the file as they would be stored.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn preview(&mut self) -> Result<Vec<PreviewRow>, DatabaseError> {
        let rows: Vec<Json<PreviewRow>> = sqlx::query_scalar(include_str!("preview.sql"))
            .bind(self.import.owner.0)
            .bind(self.import.on_conflict == OnConflict::Skip)
            .bind(PREVIEWED)
            .fetch_all(&mut *self.transaction)
            .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Brings the staged rows into `customers`, keeps the rejects, and says so in the record: all of
    /// it or nothing. A dry run writes the rejects and the record only. `None` where the record does not run any more:
    /// somebody asked to cancel it, or took this process for dead. Nothing was changed then.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; nothing was changed.
    pub async fn save(
        mut self,
        completion: &Completion,
    ) -> Result<Option<SavedImport>, DatabaseError> {
        let import = self.import;
        let connection = &mut *self.transaction;
        // One tenant's imports are applied one after another: two that update the same customers
        // in different order would deadlock.
        sqlx::query(
            "select pg_advisory_xact_lock(hashtextextended('customer_import:' || $1::text, 0))",
        )
        .bind(import.owner.0)
        .execute(&mut *connection)
        .await?;
        let (counts, unavailable_rows) = apply(connection, import, completion).await?;
        let duplicate_rows = if counts.duplicates == 0 {
            Vec::new()
        } else {
            duplicate_rows(connection).await?
        };
        let Some(same_file_as) = complete(connection, import, completion, &counts).await? else {
            self.transaction.rollback().await?;
            return Ok(None);
        };
        self.transaction.commit().await?;
        Ok(Some(SavedImport {
            counts,
            unavailable_rows,
            duplicate_rows,
            same_file_as,
        }))
    }
}

/// Brings the staged rows into `customers`, and starts over when another writer was faster.
async fn apply(
    connection: &mut PgConnection,
    import: CustomerImport,
    completion: &Completion,
) -> Result<(ImportCounts, Vec<i32>), DatabaseError> {
    for _ in 0..OPTIMISTIC_ATTEMPTS {
        let mut attempt = connection.begin().await?;
        match apply_once(&mut attempt, import, completion).await {
            Ok(Some(applied)) => {
                attempt.commit().await?;
                return Ok(applied);
            }
            Ok(None) => attempt.rollback().await?,
            Err(error) if is_lost_race(&error) => attempt.rollback().await?,
            Err(error) => return Err(error.into()),
        }
    }
    sqlx::query("lock table public.customers in share row exclusive mode")
        .execute(&mut *connection)
        .await?;
    Ok(apply_once(connection, import, completion)
        .await?
        .unwrap_or_default())
}

/// A unique violation or a deadlock.
fn is_lost_race(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| matches!(&*code, "23505" | "40P01"))
}

/// The counts, and the rows whose phone is another account's. `None` where somebody else inserted one
/// of the phones between two of its statements.
async fn apply_once(
    connection: &mut PgConnection,
    import: CustomerImport,
    completion: &Completion,
) -> Result<Option<(ImportCounts, Vec<i32>)>, sqlx::Error> {
    let known = sqlx::query(include_str!("classify_known.sql"))
        .bind(import.owner.0)
        .fetch_one(&mut *connection)
        .await?;
    let count = |name: &str| -> Result<u64, sqlx::Error> {
        Ok(u64::try_from(known.try_get::<i64, _>(name)?).unwrap_or_default())
    };
    let (phones_known, mine, differing) = (count("known")?, count("mine")?, count("differing")?);
    let staged: i64 = sqlx::query_scalar(
        "select count(*) from pg_temp.staged_customers s where s.phone is not null",
    )
    .fetch_one(&mut *connection)
    .await?;
    let staged = u64::try_from(staged).unwrap_or_default();

    let updated = if differing == 0 || import.on_conflict == OnConflict::Skip {
        0
    } else if import.dry_run {
        differing
    } else {
        sqlx::query(include_str!("update_known.sql"))
            .bind(import.owner.0)
            .bind(import.id.0)
            .execute(&mut *connection)
            .await?
            .rows_affected()
    };
    let inserted = if phones_known == staged {
        0
    } else if import.dry_run {
        phones(connection).await?.saturating_sub(phones_known)
    } else {
        insert_new(connection, import).await?
    };
    let duplicates = staged.saturating_sub(phones_known + inserted);
    if duplicates > 0 && !import.dry_run && phones(connection).await? != phones_known + inserted {
        return Ok(None);
    }
    let rejected_by_code = keep_rejects(connection, import, completion).await?;
    let unavailable = rejected_by_code
        .get(UNAVAILABLE)
        .copied()
        .unwrap_or_default();
    if unavailable != phones_known.saturating_sub(mine) {
        return Ok(None);
    }
    let counts = ImportCounts {
        inserted,
        updated,
        unchanged: mine.saturating_sub(updated),
        duplicates,
        rejected_by_code,
    };
    let rows = if unavailable == 0 {
        Vec::new()
    } else {
        unavailable_rows(connection, import).await?
    };
    Ok(Some((counts, rows)))
}

/// Keeps the rows that are not imported; returns how many there are of each reason.
async fn keep_rejects(
    connection: &mut PgConnection,
    import: CustomerImport,
    completion: &Completion,
) -> Result<BTreeMap<String, u64>, sqlx::Error> {
    let kept = sqlx::query(include_str!("keep_rejects.sql"))
        .bind(import.id.0)
        .bind(import.owner.0)
        .bind(&completion.fields)
        .bind(&completion.phone_column)
        .execute(&mut *connection)
        .await?
        .rows_affected();
    if kept == 0 {
        return Ok(BTreeMap::new());
    }
    let counts: Vec<(String, i64)> = sqlx::query_as(
        "select r.code, count(*) from public.customer_import_rejects r where r.import_id = $1 group by r.code",
    )
    .bind(import.id.0)
    .fetch_all(connection)
    .await?;
    Ok(counts
        .into_iter()
        .map(|(code, count)| (code, u64::try_from(count).unwrap_or_default()))
        .collect())
}

async fn unavailable_rows(
    connection: &mut PgConnection,
    import: CustomerImport,
) -> Result<Vec<i32>, sqlx::Error> {
    sqlx::query_scalar(
        "select r.row from public.customer_import_rejects r \
         where r.import_id = $1 and r.code = $2 order by r.row limit $3",
    )
    .bind(import.id.0)
    .bind(UNAVAILABLE)
    .bind(i64::try_from(MOST_ROWS_NAMED).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await
}

/// Different phones among the staged rows.
async fn phones(connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let phones: i64 = sqlx::query_scalar(
        r#"select count(*) from (select from pg_temp.staged_customers s where s.phone is not null group by s.phone collate "C") p"#,
    )
    .fetch_one(connection)
    .await?;
    Ok(u64::try_from(phones).unwrap_or_default())
}

async fn insert_new(
    connection: &mut PgConnection,
    import: CustomerImport,
) -> Result<u64, sqlx::Error> {
    let prefix = id_prefix();
    let inserted = sqlx::query(include_str!("insert_new.sql"))
        .bind(import.owner.0)
        .bind(&prefix)
        .execute(&mut *connection)
        .await?
        .rows_affected();
    if inserted > 0 {
        sqlx::query(
            "insert into private.customer_import_ids (import_id, first_id, last_id) \
             values ($1, ($2 || '10000001')::uuid, ($2 || to_hex(268435456 + $3))::uuid)",
        )
        .bind(import.id.0)
        .bind(&prefix)
        .bind(i64::try_from(inserted).unwrap_or(i64::MAX))
        .execute(connection)
        .await?;
    }
    Ok(inserted)
}

/// The first 24 of the 32 digits of a new `UUIDv7`: time, version, variant and 42 random bits.
fn id_prefix() -> String {
    let mut digits = Uuid::now_v7().simple().to_string();
    digits.truncate(24);
    digits
}

async fn duplicate_rows(connection: &mut PgConnection) -> Result<Vec<DuplicateRow>, DatabaseError> {
    let rows: Vec<(i32, i32)> = sqlx::query_as(
        "select d.row, d.last from ( \
           select s.row, max(s.row) over (partition by s.phone) as last \
           from pg_temp.staged_customers s where s.phone is not null \
         ) d where d.row < d.last order by d.row limit $1",
    )
    .bind(i64::try_from(MOST_ROWS_NAMED).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(row, replaced_by_row)| DuplicateRow {
            row,
            replaced_by_row,
        })
        .collect())
}

/// Writes the record. `None` where it does not run any more; otherwise the same file's last import, if any.
async fn complete(
    connection: &mut PgConnection,
    import: CustomerImport,
    completion: &Completion,
    counts: &ImportCounts,
) -> Result<Option<Option<SameFile>>, DatabaseError> {
    let integer = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let rejected: u64 = counts.rejected_by_code.values().sum();
    let record = sqlx::query!(
        r#"
        update public.customer_imports i
        set status = 'completed', phase = 'done', file_hash = $2, total_rows = $3, inserted = $4, updated = $5,
          unchanged = $6, duplicates = $7, rejected = $8, rejected_by_code = $9, header = $10, columns = $11,
          bytes_read = $12, rows_read = greatest(i.rows_read, $3),
          finished_at = clock_timestamp(), updated_at = clock_timestamp(),
          same_file_as = (
            select p.id from public.customer_imports p
            where p.user_id = i.user_id and p.file_hash = $2 and p.status = 'completed' and not p.dry_run and p.id <> i.id
            order by p.created_at desc limit 1
          )
        where i.id = $1 and i.status = 'running' and i.cancel_requested_at is null
        returning same_file_as
        "#,
        import.id.0,
        completion.file_hash,
        integer(completion.total_rows),
        integer(counts.inserted),
        integer(counts.updated),
        integer(counts.unchanged),
        integer(counts.duplicates),
        integer(rejected),
        serde_json::to_value(&counts.rejected_by_code).unwrap_or_default(),
        &completion.header,
        completion.columns,
        integer(completion.bytes),
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(record) = record else {
        return Ok(None);
    };
    let Some(id) = record.same_file_as else {
        return Ok(Some(None));
    };
    let same = sqlx::query!(
        "select id, file_name, created_at from public.customer_imports where id = $1",
        id
    )
    .fetch_one(connection)
    .await?;
    Ok(Some(Some(SameFile {
        id: CustomerImportId(same.id),
        file_name: same.file_name,
        created_at: same.created_at,
    })))
}
