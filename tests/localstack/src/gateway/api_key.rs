//! Requires one of the project's API keys.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header::AUTHORIZATION},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::keys::Keys;

/// The JWT of the role that a request's API key stands for: an extension of each request with a key.
#[derive(Debug, Clone)]
pub(crate) struct RoleToken(pub(crate) Arc<str>);

/// Links in mails and redirects can't carry a key.
const OPEN: [&str; 4] = [
    "/auth/v1/verify",
    "/auth/v1/callback",
    "/auth/v1/authorize",
    "/auth/v1/.well-known/jwks.json",
];

/// Refuses a request without one of the project's keys, and uses the key's role if
/// the request has no user token.
pub(super) async fn check(
    State(keys): State<Arc<Keys>>,
    mut request: Request,
    next: Next,
) -> Response {
    if OPEN.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let Some(api_key) = api_key(&request) else {
        return refuse(
            "No API key found in request",
            "No `apikey` request header or url param was found.",
        );
    };
    let Some(role_token) = keys.role_token(&api_key) else {
        return refuse(
            "Invalid API key",
            "Double check your Supabase `anon` or `service_role` API key.",
        );
    };
    let bearer = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    // Without a sign-in, supabase-js sends the key itself as Bearer.
    let is_token = bearer.is_some_and(|bearer| !bearer.starts_with("Bearer sb_"));
    if !is_token && let Ok(value) = HeaderValue::from_str(&format!("Bearer {role_token}")) {
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    request
        .extensions_mut()
        .insert(RoleToken(role_token.into()));
    without_key_in_query(&mut request);
    next.run(request).await
}

fn api_key(request: &Request) -> Option<String> {
    if let Some(value) = request.headers().get("apikey") {
        return value.to_str().ok().map(ToOwned::to_owned);
    }
    let query = request.uri().query()?;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("apikey="))
        .map(ToOwned::to_owned)
}

/// PostgREST would treat the parameter as a column.
fn without_key_in_query(request: &mut Request) {
    let uri = request.uri();
    let Some(query) = uri.query().filter(|query| query.contains("apikey=")) else {
        return;
    };
    let kept: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.starts_with("apikey="))
        .collect();
    if let Ok(uri) = format!("{}?{}", uri.path(), kept.join("&")).parse() {
        *request.uri_mut() = uri;
    }
}

fn refuse(message: &str, hint: &str) -> Response {
    (
        StatusCode::UNAUTHORIZED,
        Json(json!({ "message": message, "hint": hint })),
    )
        .into_response()
}
