//! An import whose rows are staged: inspected, then saved, all or nothing.

use domain::{CustomerImportId, PhoneNumber};
use sqlx::{PgConnection, Postgres, Transaction, types::Json};

use super::{
    apply::apply,
    consents::{Unwanted, mark_unwanted, note_consents, suppress_declined},
    plan::{CustomerImport, MOST_ROWS_NAMED, OnConflict, Rest},
    saved::{
        Completion, DuplicateRow, ImportCounts, Overfull, PreviewRow, RejectedPhone, SameFile,
        SavedImport,
    },
    turn::take_turn,
};
use crate::{DatabaseError, database_error::known};

/// Rows in a preview.
const PREVIEWED: i64 = 10;

/// Staged rows in their transaction.
#[derive(Debug)]
pub struct StagedImport {
    transaction: Transaction<'static, Postgres>,
    import: CustomerImport,
    backend: i32,
    unwanted: Option<Unwanted>,
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
            unwanted: None,
        })
    }

    /// The Postgres process that saves it, for [`super::Imports::cancel_statement`].
    #[must_use]
    pub const fn backend(&self) -> i32 {
        self.backend
    }

    /// Phones of new customers, each once. To a dry run another account's numbers are new.
    pub async fn new_phones(&mut self) -> Result<Vec<PhoneNumber>, DatabaseError> {
        let phones: Vec<String> = sqlx::query_scalar(
            "select distinct s.phone from pg_temp.staged_customers s \
             where s.phone is not null and not exists ( \
               select from public.customers c where c.phone = s.phone and (c.user_id = $1 or not $2) \
             )",
        )
        .bind(self.import.owner.0)
        .bind(self.import.dry_run)
        .fetch_all(&mut *self.transaction)
        .await?;
        phones
            .iter()
            .map(|phone| known("staged_customers", "phone", phone))
            .collect()
    }

    /// Rejects every staged row with one of these phones; returns the rows, ascending, with
    /// the index of their phone in `rejected`.
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

    /// Rejects every staged row after which a known customer would have more than 50 tags or attributes; returns the rows,
    /// ascending, with what is too much.
    pub async fn reject_overfull(
        &mut self,
        completion: &Completion,
    ) -> Result<Vec<(i32, Overfull)>, DatabaseError> {
        // A state that is none of ours becomes an attribute.
        let fills_up = |field: &String| {
            matches!(field.as_str(), "tags" | "state") || field.starts_with("attributes.")
        };
        if self.import.on_conflict == OnConflict::Skip || !completion.fields.iter().any(fills_up) {
            return Ok(Vec::new());
        }
        let tags_column = completion.columns["tags"].as_str().unwrap_or_default();
        let (tags, attributes) = (Overfull::Tags, Overfull::Attributes);
        let rows: Vec<(i32, bool)> = sqlx::query_as(include_str!("reject_overfull.sql"))
            .bind(self.import.owner.0)
            .bind(&completion.fields)
            .bind(tags_column)
            .bind(tags.code())
            .bind(attributes.code())
            .bind(tags.detail())
            .bind(attributes.detail())
            .fetch_all(&mut *self.transaction)
            .await?;
        let mut rows: Vec<_> = rows
            .into_iter()
            .map(|(row, of_tags)| (row, if of_tags { tags } else { attributes }))
            .collect();
        rows.sort_unstable_by_key(|(row, _)| *row);
        Ok(rows)
    }

    /// Makes the rows inactive whose numbers must not be texted, once.
    async fn mark_unwanted(&mut self, completion: &Completion) -> Result<Unwanted, DatabaseError> {
        if let Some(known) = self.unwanted {
            return Ok(known);
        }
        let found = mark_unwanted(&mut self.transaction, self.import, &completion.consents).await?;
        self.unwanted = Some(found);
        Ok(found)
    }

    /// The first customers of the file as they would be stored.
    pub async fn preview(
        &mut self,
        completion: &Completion,
    ) -> Result<Vec<PreviewRow>, DatabaseError> {
        self.mark_unwanted(completion).await?;
        let rows: Vec<Json<PreviewRow>> = sqlx::query_scalar(include_str!("preview.sql"))
            .bind(self.import.owner.0)
            .bind(self.import.on_conflict == OnConflict::Skip)
            .bind(PREVIEWED)
            .fetch_all(&mut *self.transaction)
            .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Writes the staged rows to `customers`, the rejects, and the record: all or
    /// nothing. A dry run writes only the rejects and the record. `None` if the record has ended:
    /// it was cancelled, or this process was presumed dead; or if other writers came first again and again.
    /// Nothing was changed then. Where many customers are updated, it rests between parts of them as `rest` says.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; nothing was changed.
    pub async fn save(
        mut self,
        completion: &Completion,
        rest: Rest<'_>,
    ) -> Result<Option<SavedImport>, DatabaseError> {
        let import = self.import;
        let unwanted = self.mark_unwanted(completion).await?;
        let connection = &mut *self.transaction;
        if !import.dry_run {
            // One tenant's imports are applied one at a time: two that update the same customers
            // in different order could deadlock.
            take_turn(connection, &format!("customer_import:{}", import.owner.0)).await?;
        }
        let consents = &completion.consents;
        if consents.any_no && !import.dry_run {
            suppress_declined(connection, import).await?;
        }
        let Some((mut counts, unavailable_rows)) =
            apply(connection, import, completion, rest).await?
        else {
            self.transaction.rollback().await?;
            return Ok(None);
        };
        counts.unwanted = unwanted;
        if consents.any_no || consents.any_yes || consents.stated.is_some() {
            let unavailable = !unavailable_rows.is_empty();
            counts.consented = note_consents(connection, import, consents, unavailable).await?;
        }
        let duplicate_rows = if counts.duplicates == 0 {
            Vec::new()
        } else {
            duplicate_rows(connection).await?
        };
        let rejected: u64 = counts.rejected_by_code.values().sum();
        let Some(same_file_as) = complete(connection, import, completion, &counts).await? else {
            self.transaction.rollback().await?;
            return Ok(None);
        };
        if rejected > 0 {
            note_kept_rejects(connection, import.id).await?;
        }
        self.transaction.commit().await?;
        Ok(Some(SavedImport {
            counts,
            unavailable_rows,
            duplicate_rows,
            same_file_as,
        }))
    }
}

/// Says in the record how many of its rejects can be downloaded.
async fn note_kept_rejects(
    connection: &mut PgConnection,
    import: CustomerImportId,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "update public.customer_imports i set rejects_kept = (\
           select count(*) from public.customer_import_rejects r where r.import_id = i.id\
         ) where i.id = $1",
    )
    .bind(import.0)
    .execute(connection)
    .await?;
    Ok(())
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

/// Writes the record. `None` if it has ended; otherwise the same file's last import, if any.
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
          consented = $13, declined = $14, suppressed = $15,
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
        integer(counts.consented),
        integer(counts.unwanted.declined),
        integer(counts.unwanted.suppressed),
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
