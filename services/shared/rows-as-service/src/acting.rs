//! Changes that a service makes for somebody: the audit log's triggers read who it is.

use domain::ActingAdmin;
use sqlx::{PgPool, Postgres, Transaction};

use crate::DatabaseError;

/// Begins a transaction whose changes are `admin`'s: see `private.acting`.
pub(crate) async fn begin_as(
    pool: &PgPool,
    admin: &ActingAdmin,
) -> Result<Transaction<'static, Postgres>, DatabaseError> {
    let mut transaction = pool.begin().await?;
    sqlx::query!(
        r#"select set_config('dnwerks.actor', $1, true) as "actor!", set_config('dnwerks.session', $2, true) as "session!",
             set_config('dnwerks.request', $3, true) as "request!""#,
        admin.profile.0.to_string(),
        admin.session_id.map(|session| session.0.to_string()).unwrap_or_default(),
        admin.request_id,
    )
    .fetch_one(&mut *transaction)
    .await?;
    Ok(transaction)
}
