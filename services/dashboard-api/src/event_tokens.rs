//! Tokens with which a browser opens a stream of events: its `EventSource` can't send headers, so the token stands in the
//! query, where proxies log it. So it opens one stream only, for a minute, as the caller whose session asked for it.
//!
//! The database keeps the caller's access token, sealed with a key that only the stream's token gives, so that every
//! process can open the stream, nobody who reads the database can, and the stream ends with the session.

use std::fmt;

use axum::{
    Json,
    extract::{FromRef, FromRequestParts, Query},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use domain::Caller;
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Prk, Salt},
    rand::{SecureRandom as _, SystemRandom},
};
use rows_as_user::{RowsAsUser, RowsError};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiError, ApprovedUser, Auth};

use crate::patience::PATIENCE;

const LENGTH: usize = 32;
/// Each key seals once.
const NONCE: [u8; 12] = [0; 12];

/// What a browser opens a stream with.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventToken {
    /// To be appended to the stream's address as `?token=`.
    #[schema(example = "Zm9yIG9uZSBzdHJlYW0gYW5kIG9uZSBtaW51dGUgb24")]
    token: String,
    /// Until when the stream can be opened with it; a stream that is open stays open.
    expires_at: DateTime<Utc>,
}

impl IntoResponse for EventToken {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self)).into_response()
    }
}

impl EventToken {
    /// A new token for the stream at `path`.
    ///
    /// # Errors
    /// What the database refuses.
    pub(crate) async fn for_stream(
        rows: &RowsAsUser,
        caller: &Caller,
        path: &str,
    ) -> Result<Self, RowsError> {
        #[derive(Serialize)]
        struct Arguments<'a> {
            token_hash: String,
            path: &'a str,
            sealed: String,
        }
        let secrets = Secrets::random();
        let arguments = Arguments {
            token_hash: secrets.hash(),
            path,
            sealed: secrets.seal(caller.access_token.expose_secret(), path),
        };
        let answer = rows
            .call_for_json(caller, "keep_event_stream_token", &arguments, PATIENCE)
            .await?;
        Ok(Self {
            token: URL_SAFE_NO_PAD.encode(secrets.token),
            expires_at: serde_json::from_slice(&answer)?,
        })
    }
}

/// An [`ApprovedUser`] by the header, as elsewhere, or by the token of the stream that is asked for. Answers 401
/// `stream_token_invalid` for one that doesn't open it, or not any more.
pub(crate) struct Watcher(pub(crate) ApprovedUser);

#[derive(Deserialize)]
struct StreamQuery {
    token: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Watcher
where
    Auth: FromRef<S>,
    RowsAsUser: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = Query::<StreamQuery>::try_from_uri(&parts.uri).ok();
        let token = query.and_then(|Query(query)| query.token);
        if let Some(token) = token.filter(|_| !parts.headers.contains_key(header::AUTHORIZATION)) {
            let rows = RowsAsUser::from_ref(state);
            let access_token = opened(&rows, &token, parts.uri.path()).await?;
            let mut bearer =
                HeaderValue::from_str(&format!("Bearer {access_token}")).map_err(|_| invalid())?;
            bearer.set_sensitive(true);
            parts.headers.insert(header::AUTHORIZATION, bearer);
        }
        ApprovedUser::from_request_parts(parts, state)
            .await
            .map(Self)
    }
}

/// The access token that a stream's token stands for.
async fn opened(rows: &RowsAsUser, token: &str, path: &str) -> Result<String, ApiError> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        token_hash: String,
        path: &'a str,
    }
    let secrets = Secrets::of_token(token).ok_or_else(invalid)?;
    let arguments = Arguments {
        token_hash: secrets.hash(),
        path,
    };
    let answer = rows
        .call_as_nobody("event_stream_token", &arguments)
        .await
        .map_err(|error| ApiError::unavailable("database_unavailable", error))?;
    serde_json::from_slice::<Option<String>>(&answer)
        .ok()
        .flatten()
        .and_then(|sealed| secrets.unseal(&sealed, path))
        .ok_or_else(invalid)
}

fn invalid() -> ApiError {
    ApiError::unauthorized(
        "stream_token_invalid",
        "This token does not open this stream, or not any more: ask for a new one.",
    )
}

/// What a token gives: the name of its row, and the key of what is in it.
struct Secrets {
    token: [u8; LENGTH],
    keys: Prk,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Secrets").finish_non_exhaustive()
    }
}

impl Secrets {
    fn of(token: [u8; LENGTH]) -> Self {
        let keys = Salt::new(HKDF_SHA256, b"dnwerks event stream").extract(&token);
        Self { token, keys }
    }

    #[expect(
        clippy::expect_used,
        reason = "without randomness nothing secret can be made"
    )]
    fn random() -> Self {
        let mut token = [0; LENGTH];
        SystemRandom::new()
            .fill(&mut token)
            .expect("the system gives randomness");
        Self::of(token)
    }

    fn of_token(token: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        bytes.try_into().ok().map(Self::of)
    }

    /// What the database knows the token by.
    fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.derived(b"hash"))
    }

    #[expect(
        clippy::expect_used,
        reason = "32 bytes are what the algorithms give and take"
    )]
    fn derived(&self, purpose: &[u8]) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        self.keys
            .expand(&[purpose], HKDF_SHA256)
            .and_then(|key| key.fill(&mut bytes))
            .expect("32 bytes");
        bytes
    }

    #[expect(
        clippy::expect_used,
        reason = "32 bytes are what the algorithms give and take"
    )]
    fn key(&self) -> LessSafeKey {
        let key = UnboundKey::new(&AES_256_GCM, &self.derived(b"seal")).expect("32 bytes");
        LessSafeKey::new(key)
    }

    #[expect(
        clippy::expect_used,
        reason = "only gigabytes are too long to be sealed"
    )]
    fn seal(&self, text: &str, path: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        let nonce = Nonce::assume_unique_for_key(NONCE);
        self.key()
            .seal_in_place_append_tag(nonce, Aad::from(path), &mut bytes)
            .expect("a short text");
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn unseal(&self, sealed: &str, path: &str) -> Option<String> {
        let mut bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let nonce = Nonce::assume_unique_for_key(NONCE);
        let text = self
            .key()
            .open_in_place(nonce, Aad::from(path), &mut bytes)
            .ok()?;
        String::from_utf8(text.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_unseals_and_only_for_its_stream() {
        let secrets = Secrets::random();
        let sealed = secrets.seal("eyJ", "/api/campaigns/1/events");
        let again = Secrets::of_token(&URL_SAFE_NO_PAD.encode(secrets.token)).unwrap();
        assert_eq!(again.hash(), secrets.hash());
        let unsealed = again.unseal(&sealed, "/api/campaigns/1/events");
        assert_eq!(unsealed.as_deref(), Some("eyJ"));
        assert_eq!(again.unseal(&sealed, "/api/campaigns/2/events"), None);
        let other = Secrets::random();
        assert_eq!(other.unseal(&sealed, "/api/campaigns/1/events"), None);
        assert_ne!(other.hash(), secrets.hash());
        assert!(Secrets::of_token("short").is_none());
        assert!(!format!("{secrets:?}").contains(&secrets.hash()));
    }
}
