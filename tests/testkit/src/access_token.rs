//! Access tokens, signed with a project's secret.

use anyhow::Result;
use jwt::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// An access token of `user` for the project `supabase_url`, whose shared secret is
/// `secret`. It expires in the year 2096.
///
/// # Errors
/// When it can't be signed.
pub fn access_token(supabase_url: &str, secret: &str, user: Uuid) -> Result<String> {
    access_token_with(supabase_url, secret, user, Map::new())
}

/// The same with other claims in place of some.
///
/// # Errors
/// When it can't be signed.
pub fn access_token_with(
    supabase_url: &str,
    secret: &str,
    user: Uuid,
    changes: Map<String, Value>,
) -> Result<String> {
    let mut claims = json!({
        "sub": user,
        "aud": "authenticated",
        "role": "authenticated",
        "iss": format!("{}/auth/v1", supabase_url.trim_end_matches('/')),
        "exp": 4_000_000_000_u64,
    });
    for (name, value) in changes {
        claims[name] = value;
    }
    let key = EncodingKey::from_secret(secret.as_bytes());
    Ok(encode(&Header::new(Algorithm::HS256), &claims, &key)?)
}
