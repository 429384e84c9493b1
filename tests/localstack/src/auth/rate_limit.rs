//! GoTrue's limits of requests by the caller's address.

use std::time::Instant;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{caller, error::AuthError, rates::Kind, state::Auth};

/// The header in which a backend names its caller; believed only from the project's secret key.
const FORWARDED: &str = "sb-forwarded-for";

/// Refuses who asks too often, where the project limits at all.
pub(crate) async fn limit(State(auth): State<Auth>, request: Request, next: Next) -> Response {
    let Some(header) = &auth.options.rate_limit_header else {
        return next.run(request).await;
    };
    let Some(kind) = Kind::of(request.uri().path()) else {
        return next.run(request).await;
    };
    let headers = request.headers();
    let told = caller::may_administer(headers, &auth)
        .then(|| first_of(headers, FORWARDED))
        .flatten();
    // Without the header GoTrue limits nothing.
    let Some(address) = told.or_else(|| first_of(headers, header)) else {
        return next.run(request).await;
    };
    if auth.rates.take(kind, address, Instant::now()) {
        return next.run(request).await;
    }
    AuthError::new(
        StatusCode::TOO_MANY_REQUESTS,
        "over_request_rate_limit",
        "Request rate limit reached",
    )
    .into_response()
}

fn first_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.split(',').next()?.trim().to_owned())
}
