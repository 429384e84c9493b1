//! What imports cost: how much an account has sent, and for how long rejects are kept.

use domain::ProfileId;

use super::handle::Imports;
use crate::DatabaseError;

/// What an account has sent within 24 hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportsSent {
    /// Bytes of files; of those under way, what they announced.
    pub bytes: u64,
    /// Records in them.
    pub rows: u64,
}

impl Imports {
    /// What `owner` has sent within 24 hours, whatever became of it.
    pub async fn sent_within_a_day(&self, owner: ProfileId) -> Result<ImportsSent, DatabaseError> {
        let (bytes, rows): (i64, i64) = sqlx::query_as(
            "select \
               coalesce(sum(greatest(i.bytes_read, case when i.status = 'running' then i.file_bytes end)), 0)::bigint, \
               coalesce(sum(i.rows_read), 0)::bigint \
             from public.customer_imports i \
             where i.user_id = $1 and i.created_at > now() - interval '24 hours'",
        )
        .bind(owner.0)
        .fetch_one(self.pool())
        .await?;
        Ok(ImportsSent {
            bytes: u64::try_from(bytes).unwrap_or_default(),
            rows: u64::try_from(rows).unwrap_or_default(),
        })
    }

    /// Deletes some of the rejects that are older than `private.retention` says; returns how many.
    pub async fn expire_rejects(&self) -> Result<u64, DatabaseError> {
        let deleted: i32 = sqlx::query_scalar("select private.expire_import_rejects()")
            .fetch_one(self.pool())
            .await?;
        Ok(u64::try_from(deleted).unwrap_or_default())
    }
}
