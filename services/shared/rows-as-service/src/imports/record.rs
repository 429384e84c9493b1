//! The record of an import while it runs, and if it ends without changes.

use domain::{CustomerImportId, ImportReject, ProfileId};

use super::handle::Imports;
use crate::DatabaseError;

/// A new import.
#[derive(Debug, Clone)]
pub struct NewImport {
    /// Its id, chosen by the client.
    pub id: CustomerImportId,
    /// The importing user.
    pub owner: ProfileId,
    /// Whether it is a dry run.
    pub dry_run: bool,
    /// The file's name, from the client.
    pub file_name: Option<String>,
    /// The file's length, if announced.
    pub file_bytes: Option<u64>,
}

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportPhase {
    /// The file is received and checked.
    Reading,
    /// Phones are looked up.
    Verifying,
    /// Customers are written.
    Saving,
}

impl ImportPhase {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Verifying => "verifying",
            Self::Saving => "saving",
        }
    }
}

/// The progress of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportProgress {
    /// What it is doing.
    pub phase: ImportPhase,
    /// Bytes of the file read so far.
    pub bytes_read: u64,
    /// Records read so far.
    pub rows_read: u64,
}

/// The record's answer to a progress report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportSign {
    /// Continue.
    Running,
    /// Cancellation was requested.
    CancelRequested,
    /// The record has ended: this process was presumed dead.
    Ended,
}

/// The end of an import that changed nothing.
#[derive(Debug, Clone)]
pub struct ImportEnd<'a> {
    /// Whether it was cancelled; otherwise it failed.
    pub canceled: bool,
    /// Stable code of the reason.
    pub code: &'a str,
    /// The reason in words.
    pub detail: &'a str,
}

impl Imports {
    /// Creates the record; false if one with this id exists.
    pub async fn begin(&self, import: NewImport) -> Result<bool, DatabaseError> {
        let begun = sqlx::query!(
            "insert into public.customer_imports (id, user_id, dry_run, file_name, file_bytes)
             values ($1, $2, $3, $4, $5) on conflict (id) do nothing",
            import.id.0,
            import.owner.0,
            import.dry_run,
            import.file_name,
            import
                .file_bytes
                .map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
        )
        .execute(self.pool())
        .await?;
        Ok(begun.rows_affected() == 1)
    }

    /// Reports progress, also as a heartbeat; returns whether to continue.
    pub async fn report_progress(
        &self,
        id: CustomerImportId,
        progress: ImportProgress,
    ) -> Result<ImportSign, DatabaseError> {
        let cancel_requested = sqlx::query_scalar!(
            r#"update public.customer_imports
               set phase = $2, bytes_read = $3, rows_read = $4, updated_at = now()
               where id = $1 and status = 'running'
               returning cancel_requested_at is not null as "cancel_requested!""#,
            id.0,
            progress.phase.as_str(),
            i64::try_from(progress.bytes_read).unwrap_or(i64::MAX),
            i64::try_from(progress.rows_read).unwrap_or(i64::MAX),
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(match cancel_requested {
            Some(false) => ImportSign::Running,
            Some(true) => ImportSign::CancelRequested,
            None => ImportSign::Ended,
        })
    }

    /// Ends the record of an import that changed nothing, unless it has ended already.
    pub async fn end(
        &self,
        id: CustomerImportId,
        end: &ImportEnd<'_>,
    ) -> Result<(), DatabaseError> {
        sqlx::query!(
            "update public.customer_imports
             set status = $2, phase = 'done', failure_code = $3, failure_detail = $4,
               finished_at = now(), updated_at = now()
             where id = $1 and status = 'running'",
            id.0,
            if end.canceled { "canceled" } else { "failed" },
            end.code,
            // It may quote the file, or what was asked for.
            end.detail.replace('\0', "\u{fffd}"),
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Requests cancellation of a running import.
    pub async fn request_cancel(&self, id: CustomerImportId) -> Result<(), DatabaseError> {
        sqlx::query!(
            "update public.customer_imports set cancel_requested_at = now() where id = $1 and status = 'running'",
            id.0
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// The file's headers.
    pub async fn header(&self, id: CustomerImportId) -> Result<Vec<String>, DatabaseError> {
        let header = sqlx::query_scalar!(
            "select header from public.customer_imports where id = $1",
            id.0
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(header.flatten().unwrap_or_default())
    }

    /// Rejects after row `after`, ascending, at most `at_most`.
    pub async fn rejects(
        &self,
        id: CustomerImportId,
        after: i32,
        at_most: i64,
    ) -> Result<Vec<ImportReject>, DatabaseError> {
        let rejects = sqlx::query_as!(
            ImportReject,
            "select row, column_name, detail, cells from public.customer_import_rejects
             where import_id = $1 and row > $2 order by row limit $3",
            id.0,
            after,
            at_most,
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rejects)
    }

    /// Ends imports without progress for 15 seconds as failed; returns how many.
    pub async fn fail_interrupted(&self) -> Result<u64, DatabaseError> {
        let failed = sqlx::query_scalar!(r#"select private.fail_interrupted_imports() as "n!""#)
            .fetch_one(self.pool())
            .await?;
        Ok(u64::try_from(failed).unwrap_or_default())
    }

    /// Deletes some of what has been in the bin of deleted customers for 30 days; returns whether there was any.
    pub async fn empty_bin(&self) -> Result<bool, DatabaseError> {
        let deleted: i32 = sqlx::query_scalar("select private.expire_deleted_customers()")
            .fetch_one(self.pool())
            .await?;
        Ok(deleted > 0)
    }

    /// Writes down how often accounts were refused numbers of others.
    pub async fn keep_phone_refusals(&self) -> Result<(), DatabaseError> {
        sqlx::query("select private.keep_phone_refusals()")
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// How many transactions the database has committed, as its statistics count them: about a second late.
    pub async fn commits(&self) -> Result<i64, DatabaseError> {
        let commits = sqlx::query_scalar(
            "select pg_stat_get_db_xact_commit(oid) from pg_database where datname = current_database()",
        )
        .fetch_one(self.pool())
        .await?;
        Ok(commits)
    }

    /// Cancels the current statement of one of our Postgres processes.
    pub async fn cancel_statement(&self, backend: i32) -> Result<(), DatabaseError> {
        sqlx::query_scalar!("select pg_cancel_backend($1)", backend)
            .fetch_one(self.pool())
            .await?;
        Ok(())
    }
}
