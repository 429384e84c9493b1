//! Sessions, their refresh tokens, and the access tokens issued for them.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{FromRow, PgConnection};
use std::{convert::Infallible, net::IpAddr};
use uuid::Uuid;

use super::{
    error::{AuthError, Saying},
    hook,
    password::alphanumeric,
    state::Auth,
    user::User,
};

/// The authentication method; goes into `amr`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Method {
    Password,
    OneTimeToken,
    Refresh,
    SecondFactor,
    SignUp,
    Invitation,
    Recovery,
    MagicLink,
    EmailChange,
}

impl Method {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::OneTimeToken => "otp",
            Self::Refresh => "token_refresh",
            Self::SecondFactor => "totp",
            Self::SignUp => "email/signup",
            Self::Invitation => "invite",
            Self::Recovery => "recovery",
            Self::MagicLink => "magiclink",
            Self::EmailChange => "email_change",
        }
    }

    /// The method that a flow of PKCE began with.
    pub(crate) fn of_flow(name: &str) -> Self {
        [
            Self::SignUp,
            Self::Invitation,
            Self::Recovery,
            Self::EmailChange,
        ]
        .into_iter()
        .find(|method| method.name() == name)
        .unwrap_or(Self::MagicLink)
    }
}

/// What is stored about a session's device.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    user_agent: Option<String>,
    pub(crate) ip: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Device {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let ip = header("x-forwarded-for")
            .and_then(|hops| hops.split(',').next())
            .and_then(|first| first.trim().parse::<IpAddr>().ok())
            .map(|address| address.to_string());
        Ok(Self {
            user_agent: header("user-agent").map(str::to_owned),
            ip,
        })
    }
}

/// The response of sign-in, sign-up, refresh and verification.
#[derive(Debug, Serialize)]
pub(crate) struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    expires_at: i64,
    refresh_token: String,
    pub(crate) user: User,
    /// Null after a sign-in with a strong password, and absent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) weak_password: Option<Value>,
}

impl Tokens {
    /// The fragment that a mailed link passes to the frontend.
    pub(crate) fn as_fragment(&self, kind: &str) -> String {
        let mut fragment = url::form_urlencoded::Serializer::new(String::new());
        fragment
            .append_pair("access_token", &self.access_token)
            .append_pair("expires_at", &self.expires_at.to_string())
            .append_pair("expires_in", &self.expires_in.to_string())
            .append_pair("refresh_token", &self.refresh_token)
            .append_pair("sb", "")
            .append_pair("token_type", self.token_type)
            .append_pair("type", kind);
        fragment.finish()
    }
}

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
    let refresh_token = add_refresh_token(db, user.id, session, None).await?;
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
    issue(auth, db, user, session, refresh_token, method, device).await
}

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
            add_refresh_token(db, user.id, session, Some(token)).await?
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

async fn add_refresh_token(
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

#[derive(FromRow)]
struct Amr {
    method: String,
    at: DateTime<Utc>,
}

async fn issue(
    auth: &Auth,
    db: &mut PgConnection,
    user: User,
    session: Uuid,
    refresh_token: String,
    method: Method,
    device: &Device,
) -> Result<Tokens, AuthError> {
    let amr = sqlx::query_as::<_, Amr>(
        "select authentication_method as method, updated_at as at from auth.mfa_amr_claims \
         where session_id = $1 order by updated_at desc",
    )
    .bind(session)
    .fetch_all(&mut *db)
    .await?;
    let second = Method::SecondFactor.name();
    let aal = if amr.iter().any(|entry| entry.method == second) {
        "aal2"
    } else {
        "aal1"
    };
    let amr: Vec<Value> = amr
        .iter()
        .map(|entry| json!({ "method": entry.method, "timestamp": entry.at.timestamp() }))
        .collect();
    let now = sqlx::query_scalar::<_, DateTime<Utc>>("select clock_timestamp()")
        .fetch_one(&mut *db)
        .await?;
    let issued_at = now.timestamp();
    let expires_at = issued_at + auth.options.access_token_seconds;
    let mut claims = json!({
        "iss": auth.options.issuer(),
        "sub": user.id,
        "aud": user.aud,
        "exp": expires_at,
        "iat": issued_at,
        "email": user.email,
        "phone": user.phone,
        "app_metadata": user.app_metadata,
        "user_metadata": user.user_metadata,
        "role": user.role,
        "aal": aal,
        "amr": amr,
        "session_id": session,
        "is_anonymous": user.is_anonymous,
    });
    if let Some(function) = &auth.options.custom_access_token {
        let input = json!({
            "metadata": hook::metadata("customize-access-token", now, device.ip.as_deref()),
            "user_id": user.id,
            "claims": claims,
            "authentication_method": method.name(),
        });
        let mut answer = hook::ask(db, function, &input).await?;
        claims = match answer.get_mut("claims").map(Value::take) {
            Some(written) => written,
            None if answer.is_null() => answer,
            None => {
                return Err(AuthError::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "",
                    "output claims field is missing",
                ));
            }
        };
        hook::check_claims(&claims)?;
    }
    let access_token = auth
        .keys
        .sign(&claims)
        .map_err(|_| AuthError::internal("error generating jwt token"))?;
    Ok(Tokens {
        access_token,
        token_type: "bearer",
        expires_in: auth.options.access_token_seconds,
        expires_at,
        refresh_token,
        user,
        weak_password: None,
    })
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
    let refresh_token = add_refresh_token(db, user.id, session, parent.as_deref()).await?;
    let user = user.reload(db).await?;
    let method = Method::SecondFactor;
    issue(auth, db, user, session, refresh_token, method, device).await
}

/// Takes back what a factor, now gone, has proven.
pub(crate) async fn lower(db: &mut PgConnection, factor: Uuid) -> Result<(), sqlx::Error> {
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
