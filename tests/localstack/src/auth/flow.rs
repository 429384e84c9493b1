//! PKCE: a link brings back a code, which only the browser that asked can exchange for a session.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use sqlx::{FromRow, PgConnection};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{
    access_token::{Method, Tokens},
    caller::or_default,
    device::Device,
    error::{AuthError, Saying},
    session,
    state::Auth,
    user::User,
};

/// What the token of such a link begins with.
pub(crate) const PREFIX: &str = "pkce_";
/// How many minutes a code is valid from when its link was asked for; that of a sign-in link, from when
/// the link was followed.
const MINUTES: i32 = 5;

/// What a browser sends along: the hash of a secret that it keeps.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Challenge {
    #[serde(default, deserialize_with = "or_default")]
    code_challenge: String,
    #[serde(default, deserialize_with = "or_default")]
    code_challenge_method: String,
}

impl Challenge {
    /// The flow that it begins; none without a challenge.
    pub(crate) fn flow(self) -> Result<Option<Flow>, AuthError> {
        match (
            self.code_challenge.is_empty(),
            self.code_challenge_method.is_empty(),
        ) {
            (true, true) => return Ok(None),
            (false, false) => {}
            _ => {
                return Err(AuthError::invalid(
                    "PKCE flow requires code_challenge_method and code_challenge",
                ));
            }
        }
        let method = match self.code_challenge_method.to_lowercase().as_str() {
            "s256" => "s256",
            "plain" => "plain",
            _ => return Err(AuthError::invalid("Invalid code challenge method")),
        };
        if !(43..=128).contains(&self.code_challenge.len()) {
            return Err(AuthError::invalid(
                "code challenge has to be between 43 and 128 characters",
            ));
        }
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if !self.code_challenge.bytes().all(is_allowed) {
            return Err(AuthError::invalid(
                "code challenge can only contain alphanumeric characters, hyphens, periods, underscores and tildes",
            ));
        }
        Ok(Some(Flow {
            challenge: self.code_challenge,
            method,
        }))
    }
}

/// A sign-in that a browser has begun.
#[derive(Debug)]
pub(crate) struct Flow {
    challenge: String,
    method: &'static str,
}

impl Flow {
    /// Keeps it until its code is exchanged. `purpose` is why the link was mailed.
    pub(crate) async fn save(
        &self,
        db: &mut PgConnection,
        user: Uuid,
        purpose: Method,
    ) -> Result<(), AuthError> {
        sqlx::query(
            "insert into auth.flow_state (id, user_id, auth_code, code_challenge_method, code_challenge, \
             provider_type, created_at, updated_at, authentication_method) \
             values (gen_random_uuid(), $1, gen_random_uuid()::text, $2::auth.code_challenge_method, $3, \
             $4, now(), now(), $4)",
        )
        .bind(user)
        .bind(self.method)
        .bind(&self.challenge)
        .bind(purpose.name())
        .execute(db)
        .await
        .saying("Error creating flow state")
        .map(drop)
    }
}

/// The code that a followed link brings back to the browser.
pub(crate) async fn issue_code(
    db: &mut PgConnection,
    user: Uuid,
    purpose: Method,
) -> Result<String, AuthError> {
    sqlx::query_scalar::<_, String>(
        "update auth.flow_state set auth_code_issued_at = now(), updated_at = now() where id = ( \
           select id from auth.flow_state where user_id = $1 and authentication_method = $2 \
           order by created_at desc limit 1 for update) returning auth_code",
    )
    .bind(user)
    .bind(purpose.name())
    .fetch_optional(db)
    .await?
    .ok_or_else(|| {
        AuthError::unprocessable(
            "flow_state_not_found",
            "No valid flow state found for user.",
        )
    })
}

#[derive(FromRow)]
struct Begun {
    user_id: Option<Uuid>,
    code_challenge: String,
    hashed: bool,
    purpose: String,
    expired: bool,
}

/// Exchanges a code for a session, once.
pub(crate) async fn exchange(
    auth: &Auth,
    db: &mut PgConnection,
    code: &str,
    verifier: &str,
    device: &Device,
) -> Result<Tokens, AuthError> {
    if code.is_empty() || verifier.is_empty() {
        return Err(AuthError::invalid(
            "invalid request: both auth code and code verifier should be non-empty",
        ));
    }
    let not_found = || {
        AuthError::not_found(
            "flow_state_not_found",
            "invalid flow state, no valid flow state found",
        )
    };
    let begun = sqlx::query_as::<_, Begun>(
        "select user_id, code_challenge, code_challenge_method = 's256' as hashed, \
         authentication_method as purpose, \
         case when authentication_method = $3 then coalesce(auth_code_issued_at, created_at) \
           else created_at end + make_interval(mins => $2) < now() as expired \
         from auth.flow_state where auth_code = $1 for update",
    )
    .bind(code)
    .bind(MINUTES)
    .bind(Method::MagicLink.name())
    .fetch_optional(&mut *db)
    .await?
    .ok_or_else(not_found)?;
    if begun.expired {
        return Err(AuthError::unprocessable(
            "flow_state_expired",
            "invalid flow state, flow state has expired",
        ));
    }
    let shown = if begun.hashed {
        URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
    } else {
        verifier.to_owned()
    };
    if !bool::from(shown.as_bytes().ct_eq(begun.code_challenge.as_bytes())) {
        return Err(AuthError::bad_request(
            "bad_code_verifier",
            "code challenge does not match previously saved code verifier",
        ));
    }
    let id = begun.user_id.ok_or_else(not_found)?;
    let user = User::by_id(db, id).await?.ok_or_else(not_found)?;
    sqlx::query("delete from auth.flow_state where auth_code = $1")
        .bind(code)
        .execute(&mut *db)
        .await?;
    let method = Method::of_flow(&begun.purpose);
    session::open(auth, db, &user, method, device).await
}

#[cfg(test)]
mod tests {
    use super::Challenge;

    #[test]
    fn half_a_challenge_is_refused() {
        let challenge = |challenge: &str, method: &str| Challenge {
            code_challenge: challenge.into(),
            code_challenge_method: method.into(),
        };
        let long = "a".repeat(43);
        assert!(challenge("", "").flow().unwrap().is_none());
        assert!(challenge(&long, "S256").flow().unwrap().is_some());
        for (text, method) in [
            (long.as_str(), ""),
            ("", "s256"),
            ("short", "s256"),
            (&long, "md5"),
        ] {
            assert!(challenge(text, method).flow().is_err(), "{text} {method}");
        }
    }
}
