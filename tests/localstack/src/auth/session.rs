//! Sessions: opened, lifted by a second factor, and ended.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    access_token::{Method, Tokens, issue},
    device::Device,
    error::{AuthError, Saying},
    refresh_token,
    state::Auth,
    user::User,
};

/// Opens a session for `user` and issues its first tokens, in the caller's transaction.
pub(crate) async fn open(
    auth: &Auth,
    db: &mut PgConnection,
    user: &User,
    method: Method,
    device: &Device,
) -> Result<Tokens, AuthError> {
    let session = Uuid::new_v4();
    sqlx::query(
        "insert into auth.sessions (id, user_id, created_at, updated_at, aal, user_agent, ip) \
         values ($1, $2, now(), now(), 'aal1', $3, $4::text::inet)",
    )
    .bind(session)
    .bind(user.id)
    .bind(device.user_agent.as_deref())
    .bind(device.ip.as_deref())
    .execute(&mut *db)
    .await
    .saying("Database error granting user")?;
    let token = refresh_token::add(db, user.id, session, None).await?;
    sqlx::query("update auth.users set last_sign_in_at = now(), updated_at = now() where id = $1")
        .bind(user.id)
        .execute(&mut *db)
        .await
        .saying("Database error granting user")?;
    sqlx::query(
        "insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method) \
         values (gen_random_uuid(), $1, now(), now(), $2)",
    )
    .bind(session)
    .bind(method.name())
    .execute(&mut *db)
    .await
    .saying("Database error granting user")?;
    let user = user.reload(db).await?;
    issue(auth, db, user, session, token, method, device).await
}

/// Whether a session has proven a second factor.
pub(crate) async fn has_second_factor(
    db: &mut PgConnection,
    session: Option<Uuid>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select exists (select from auth.sessions where id = $1 and aal in ('aal2', 'aal3'))",
    )
    .bind(session)
    .fetch_one(db)
    .await
}

/// Lifts a session to `aal2` and issues its next tokens. The user's sessions below it end.
pub(crate) async fn lift(
    auth: &Auth,
    db: &mut PgConnection,
    user: &User,
    session: Uuid,
    factor: Uuid,
    device: &Device,
) -> Result<Tokens, AuthError> {
    sqlx::query(
        "update auth.sessions set aal = 'aal2', factor_id = $2, updated_at = now() where id = $1",
    )
    .bind(session)
    .bind(factor)
    .execute(&mut *db)
    .await?;
    sqlx::query(
        "insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method) \
         values (gen_random_uuid(), $1, now(), now(), $2) \
         on conflict (session_id, authentication_method) do update set updated_at = now()",
    )
    .bind(session)
    .bind(Method::SecondFactor.name())
    .execute(&mut *db)
    .await?;
    sqlx::query("delete from auth.sessions where user_id = $1 and aal < 'aal2'")
        .bind(user.id)
        .execute(&mut *db)
        .await?;
    let parent = sqlx::query_scalar::<_, String>(
        "update auth.refresh_tokens set revoked = true, updated_at = now() \
         where session_id = $1 and revoked = false returning token",
    )
    .bind(session)
    .fetch_optional(&mut *db)
    .await?;
    let token = refresh_token::add(db, user.id, session, parent.as_deref()).await?;
    let user = user.reload(db).await?;
    let method = Method::SecondFactor;
    issue(auth, db, user, session, token, method, device).await
}

/// Takes back what a factor, now gone, has proven.
async fn lower(db: &mut PgConnection, factor: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query(
        "delete from auth.mfa_amr_claims a using auth.sessions s \
         where s.id = a.session_id and s.factor_id = $1 and a.authentication_method = $2",
    )
    .bind(factor)
    .bind(Method::SecondFactor.name())
    .execute(&mut *db)
    .await?;
    sqlx::query("update auth.sessions set aal = 'aal1', factor_id = null where factor_id = $1")
        .bind(factor)
        .execute(db)
        .await?;
    Ok(())
}

/// Deletes a factor. Side effect: the sessions that it lifted are lowered again.
pub(crate) async fn delete_factor(db: &mut PgConnection, factor: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("delete from auth.mfa_factors where id = $1")
        .bind(factor)
        .execute(&mut *db)
        .await?;
    lower(db, factor).await
}

/// Which sessions a log-out ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Global,
    Local,
    Others,
}

/// Ends sessions of `user`; `current` is the one that asks.
pub(crate) async fn end(
    db: &mut PgConnection,
    user: Uuid,
    current: Option<Uuid>,
    scope: Scope,
) -> Result<(), AuthError> {
    sqlx::query(
        "delete from auth.sessions where user_id = $1 and \
         case $3 when 'local' then id = $2 when 'others' then id <> $2 else true end",
    )
    .bind(user)
    .bind(current)
    .bind(match (scope, current) {
        (Scope::Local, Some(_)) => "local",
        (Scope::Others, Some(_)) => "others",
        // A token without a session ends them all.
        _ => "global",
    })
    .execute(db)
    .await
    .saying("Error logging out user")?;
    Ok(())
}
