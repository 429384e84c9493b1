//! Access tokens, signed with a project's secret.

use anyhow::Result;
use jwt::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use uuid::Uuid;

/// An access token of `user` for the project `supabase_url`, whose shared secret is
/// `secret`. It expires in the year 2096.
///
/// # Errors
/// When it can't be signed.
pub fn access_token(supabase_url: &str, secret: &str, user: Uuid) -> Result<String> {
    let claims = json!({
        "sub": user,
        "aud": "authenticated",
        "role": "authenticated",
        "iss": format!("{}/auth/v1", supabase_url.trim_end_matches('/')),
        "exp": 4_000_000_000_u64,
    });
    let key = EncodingKey::from_secret(secret.as_bytes());
    Ok(encode(&Header::new(Algorithm::HS256), &claims, &key)?)
}
