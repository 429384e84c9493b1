//! The audit log, for operators.

use chrono::{DateTime, Utc};
use domain::ProfileId;

use crate::DatabaseError;

handle! {
    /// The audit log: who changed what is not their own.
    AuditLog
}

/// Which entries are wanted; all where nothing is said.
#[derive(Debug, Default, Clone)]
pub struct AuditFilter {
    /// Who did it.
    pub actor: Option<ProfileId>,
    /// Whose rows it concerns.
    pub account: Option<ProfileId>,
    /// A whole action, such as `user.approved`, or what was changed: `user`.
    pub action: Option<String>,
    /// Not before.
    pub since: Option<DateTime<Utc>>,
}

impl AuditLog {
    /// The newest entries, the newest first, as JSON: see `private.audit_entries`. Changes nothing.
    pub async fn entries(
        &self,
        filter: &AuditFilter,
        at_most: i32,
    ) -> Result<String, DatabaseError> {
        let entries = sqlx::query_scalar!(
            r#"select private.audit_entries($1, $2, $3, null, $4, null, null, $5, 0)::text as "entries!""#,
            filter.actor.map(|id| id.0) as Option<_>,
            filter.account.map(|id| id.0) as Option<_>,
            filter.action.as_deref() as Option<_>,
            filter.since as Option<_>,
            at_most,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(entries)
    }
}
