//! Refresh tokens: each works once, and leads to the next.

use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::{
    access_token::{Method, Tokens, issue},
    device::Device,
    error::{AuthError, Saying},
    password::alphanumeric,
    state::Auth,
    user::User,
};

#[derive(FromRow)]
struct KnownToken {
    id: i64,
    user_id: Uuid,
    session_id: Option<Uuid>,
}

#[derive(FromRow)]
struct LockedToken {
    revoked: bool,
    reusable: bool,
    /// The session's unrevoked token, when it descends from this one.
    successor: Option<String>,
}

/// The result of a refresh; a refusal for reuse is committed with the revocations it causes.
pub(crate) enum Refreshed {
    Tokens(Box<Tokens>),
    Reused,
}

/// Swaps a refresh token for a new one.
///
/// A used token is accepted again if its successor is the active one (the
/// client lost the answer) or within the reuse interval; otherwise every token of the session is
/// revoked, since one of two holders is a thief.
pub(crate) async fn refresh(
    auth: &Auth,
    db: &mut PgConnection,
    token: &str,
    device: &Device,
) -> Result<Refreshed, AuthError> {
    let known = sqlx::query_as::<_, KnownToken>(
        "select id, user_id::uuid as user_id, session_id from auth.refresh_tokens where token = $1",
    )
    .bind(token)
    .fetch_optional(&mut *db)
    .await?
    .ok_or_else(not_found)?;
    let user = User::by_id(db, known.user_id)
        .await?
        .ok_or_else(not_found)?;
    if user.is_banned {
        return Err(AuthError::bad_request(
            "user_banned",
            "Invalid Refresh Token: User Banned",
        ));
    }
    let session = known.session_id.ok_or_else(|| {
        AuthError::bad_request(
            "session_not_found",
            "Invalid Refresh Token: No Valid Session Found",
        )
    })?;
    // One refresh per session at a time: the others wait here and then see its outcome.
    sqlx::query("select id from auth.sessions where id = $1 for update")
        .bind(session)
        .fetch_optional(&mut *db)
        .await?
        .ok_or_else(not_found)?;
    let locked = sqlx::query_as::<_, LockedToken>(
        "select coalesce(t.revoked, false) as revoked, \
         clock_timestamp() <= t.updated_at + make_interval(secs => $2::double precision) as reusable, \
         (select a.token from auth.refresh_tokens a where a.session_id = t.session_id and a.revoked = false \
          and a.parent = t.token order by a.id desc limit 1) as successor \
         from auth.refresh_tokens t where t.id = $1",
    )
    .bind(known.id)
    .bind(auth.options.refresh_token_reuse_seconds)
    .fetch_one(&mut *db)
    .await?;
    let refresh_token = match locked {
        LockedToken {
            revoked: true,
            successor: Some(successor),
            ..
        } => successor,
        LockedToken {
            revoked: true,
            reusable: false,
            ..
        } => {
            sqlx::query(
                "update auth.refresh_tokens set revoked = true, updated_at = now() \
                 where session_id = $1 and revoked = false",
            )
            .bind(session)
            .execute(db)
            .await?;
            return Ok(Refreshed::Reused);
        }
        _ => {
            sqlx::query(
                "update auth.refresh_tokens set revoked = true, updated_at = now() where id = $1",
            )
            .bind(known.id)
            .execute(&mut *db)
            .await?;
            add(db, user.id, session, Some(token)).await?
        }
    };
    sqlx::query(
        "update auth.sessions set refreshed_at = now() at time zone 'utc', updated_at = now(), user_agent = $2, \
         ip = $3::text::inet where id = $1",
    )
    .bind(session)
    .bind(device.user_agent.as_deref())
    .bind(device.ip.as_deref())
    .execute(&mut *db)
    .await?;
    let tokens = issue(
        auth,
        db,
        user,
        session,
        refresh_token,
        Method::Refresh,
        device,
    )
    .await?;
    Ok(Refreshed::Tokens(Box::new(tokens)))
}

fn not_found() -> AuthError {
    AuthError::bad_request(
        "refresh_token_not_found",
        "Invalid Refresh Token: Refresh Token Not Found",
    )
}

/// Adds a token to a session, which descends from `parent`.
pub(crate) async fn add(
    db: &mut PgConnection,
    user: Uuid,
    session: Uuid,
    parent: Option<&str>,
) -> Result<String, AuthError> {
    let token = alphanumeric(12);
    sqlx::query(
        "insert into auth.refresh_tokens (instance_id, token, user_id, revoked, created_at, updated_at, parent, \
         session_id) values ('00000000-0000-0000-0000-000000000000', $1, $2::uuid::text, false, now(), now(), $3, $4)",
    )
    .bind(&token)
    .bind(user)
    .bind(parent)
    .bind(session)
    .execute(db)
    .await
    .saying("Database error granting user")?;
    Ok(token)
}
