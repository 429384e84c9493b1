//! For whom a service connection acts: the triggers of the audit log read it.

use std::sync::Arc;

use domain::ActingAdmin;
use sqlx::{PgPool, Postgres, Transaction, postgres::PgPoolOptions};

use crate::DatabaseError;

/// Each connection is told its name and which operator acts by it. By a statement: Supabase's session pooler keeps to
/// itself what a connection says at its start. Also where nobody acts: a pooler may hand on what the command of one has
/// left. In one callback: a second one would replace the first.
pub(crate) fn named(
    options: PgPoolOptions,
    application_name: &str,
    operator: &str,
) -> PgPoolOptions {
    let names: Arc<[String; 2]> = Arc::new([application_name, operator].map(str::to_owned));
    options.after_connect(move |connection, _| {
        let names = Arc::clone(&names);
        Box::pin(async move {
            let [application_name, operator] = &*names;
            sqlx::query("select set_config('application_name', $1, false), set_config('dnwerks.operator', $2, false)")
                .bind(application_name)
                .bind(operator)
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
