//! Bearer tokens: how long they hold, and what is said of one that is refused.

use axum::{
    body::Bytes,
    http::{
        HeaderMap, HeaderValue, Response, StatusCode,
        header::{AUTHORIZATION, WWW_AUTHENTICATE},
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::keys::Keys;

/// For how many seconds PostgREST accepts a token after its end, since clocks differ. `postrust`
/// doesn't.
const LEEWAY: u32 = 30;
/// "insufficient privilege", which row level security raises too.
const DENIED: &str = "42501";
/// A token that can't be decoded.
const UNDECODABLE: &str = "PGRST301";

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

/// Header or claims of a token, unverified.
fn part(token: &str, index: usize) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(index)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Replaces a token that has just ended by one that says the same and has not.
pub(super) fn outlive_leeway(headers: &mut HeaderMap, keys: &Keys) {
    let now = SystemClock.now().timestamp();
    let renewed = || {
        let token = bearer(headers)?;
        let ended = part(token, 1)?["exp"].as_i64()?;
        if !(now - i64::from(LEEWAY)..now).contains(&ended) {
            return None;
        }
        let mut claims = keys.verify_with_leeway(token, LEEWAY).ok()?;
        claims["exp"] = json!(now + i64::from(LEEWAY));
        HeaderValue::from_str(&format!("Bearer {}", keys.sign(&claims).ok()?)).ok()
    };
    if let Some(header) = renewed() {
        headers.insert(AUTHORIZATION, header);
    }
}

/// Puts into a 401 what PostgREST says: forbidden, 403, where a token said who asks, and what is
/// wrong with a token.
pub(super) fn say_what_is_refused(
    answer: &mut Response<Bytes>,
    asked: &HeaderMap,
    signed_in: bool,
) {
    let Ok(mut error) = serde_json::from_slice::<Value>(answer.body()) else {
        return;
    };
    if error["code"] == DENIED && signed_in {
        *answer.status_mut() = StatusCode::FORBIDDEN;
        answer.headers_mut().remove(WWW_AUTHENTICATE);
    }
    if error["code"] == UNDECODABLE
        && let Some(token) = bearer(asked)
    {
        let (message, details) = undecodable(token);
        let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{message}\"");
        if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        error["message"] = json!(message);
        error["details"] = json!(details);
        *answer.body_mut() = error.to_string().into();
    }
}

/// Message and details.
fn undecodable(token: &str) -> (String, Option<&'static str>) {
    let parts = token.split('.').count();
    let header = part(token, 0).unwrap_or_default();
    let (message, details) = match header["alg"].as_str() {
        _ if parts != 3 => return (format!("Expected 3 parts in JWT; got {parts}"), None),
        Some("none") => (
            "Wrong or unsupported encoding algorithm",
            "JWT is unsecured but expected 'alg' was not 'none'",
        ),
        _ => (
            "No suitable key or wrong key type",
            "None of the keys was able to decode the JWT",
        ),
    };
    (message.to_owned(), Some(details))
}
