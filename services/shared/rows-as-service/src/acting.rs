//! For whom a service connection acts: the triggers of the audit log read it.

use std::sync::Arc;

use domain::ActingAdmin;
use sqlx::{PgPool, Postgres, Transaction, postgres::PgPoolOptions};

use crate::DatabaseError;

/// Each connection is told which operator acts by it. Also where that is nobody: a pooler may hand on what the command of
/// one has left.
pub(crate) fn named(options: PgPoolOptions, operator: &str) -> PgPoolOptions {
    let operator: Arc<str> = operator.into();
    options.after_connect(move |connection, _| {
        let operator = Arc::clone(&operator);
        Box::pin(async move {
            sqlx::query("select set_config('dnwerks.operator', $1, false)")
                .bind(&*operator)
                .execute(connection)
                .await
                .map(drop)
        })
    })
}

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
