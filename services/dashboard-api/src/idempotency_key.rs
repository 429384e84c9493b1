//! The header `Idempotency-Key`: a request that is repeated within 24 hours makes nothing more.

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::Serialize;
use web::ApiError;

const HEADER: &str = "idempotency-key";
const LONGEST: usize = 255;

/// What the request is known by, as an argument of the function that carries it out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct IdempotencyKey {
    #[serde(rename = "idempotency_key", skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let Some(key) = parts.headers.get(HEADER) else {
            return Ok(Self::default());
        };
        let key = key
            .to_str()
            .ok()
            .filter(|key| (1..=LONGEST).contains(&key.len()))
            .ok_or_else(|| {
                ApiError::bad_request(
                    "idempotency_key_invalid",
                    format!("An Idempotency-Key has 1 to {LONGEST} visible characters."),
                )
            })?;
        Ok(Self {
            key: Some(key.to_owned()),
        })
    }
}
