use std::{
    borrow::Cow,
    cell::Cell,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use domain::{AuthUserId, ProfileId};
use tracing::{Instrument as _, Span, field::Empty};
use uuid::Uuid;

use crate::trace;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: Current;
}

/// What is known of a request while it is handled.
struct Current {
    id: String,
    rate_limit: Cell<Option<RateLimit>>,
}

/// How often a request of this kind may come, as the answer's `RateLimit-*` headers tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// At most so many at once.
    pub limit: u32,
    /// So many more now.
    pub remaining: u32,
    /// Until there are `limit` again.
    pub reset: Duration,
}

/// Has the answer tell of this limit; of several, of the one that is nearest its end.
pub fn note_rate_limit(limit: RateLimit) {
    // Outside of any request nobody is told.
    let _ = CURRENT.try_with(|current| {
        let other = current.rate_limit.get();
        if other.is_none_or(|other| limit.remaining <= other.remaining) {
            current.rate_limit.set(Some(limit));
        }
    });
}

/// The id of the request being handled, as in its `x-request-id`; a new one outside of any request.
#[must_use]
pub fn request_id() -> String {
    CURRENT
        .try_with(|current| current.id.clone())
        .unwrap_or_else(|_| Uuid::now_v7().to_string())
}

/// The extension of an answer that comes thousands of times a second, or as often as a stranger likes: its line is
/// only written at the level `debug`.
#[derive(Debug, Clone, Copy)]
pub struct Routine;

/// The extension of an answer that is a problem: its stable code.
#[derive(Debug, Clone)]
pub struct ProblemCode(pub Cow<'static, str>);

/// Notes in the request's line whose it is.
pub(crate) fn note_user(id: AuthUserId) {
    Span::current().record("user.id", tracing::field::display(id));
}

/// Notes in the request's line for which account it is.
pub(crate) fn note_account(id: ProfileId) {
    Span::current().record("account.id", tracing::field::display(id));
}

/// Gives the request its id, counts it, and writes one line about it when it is done. The line names the
/// route's pattern, never the path or the query, which may hold ids, names and phone numbers.
pub(crate) async fn request_scope(request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| is_acceptable(id))
        .map_or_else(|| Uuid::now_v7().to_string(), ToOwned::to_owned);
    let header = HeaderValue::from_str(&id).ok();
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map(MatchedPath::as_str);
    let span = tracing::info_span!(
        "request",
        request.id = id,
        http.method = %method,
        http.route = route,
        user.id = Empty,
        account.id = Empty,
        otel.name = Empty,
        otel.kind = Empty,
    );
    trace::follow(&span, request.headers(), method.as_str(), route);

    let began = Instant::now();
    let current = Current {
        id,
        rate_limit: Cell::default(),
    };
    let handled = async {
        let mut response = next.run(request).await;
        if let Ok(Some(limit)) = CURRENT.try_with(|current| current.rate_limit.get()) {
            limit.tell(response.headers_mut());
        }
        response
    };
    let mut response = CURRENT
        .scope(current, handled)
        .instrument(span.clone())
        .await;
    trace::end(&span, response.status());
    let status = response.status().as_u16();
    let took = began.elapsed();
    instruments::http().answered(route, method.as_str(), status, took);
    let duration_ms = took.as_secs_f64() * 1000.0;
    let code = response.extensions().get::<ProblemCode>();
    let code = code.map(|ProblemCode(code)| &**code);
    if let (429, Some(code)) = (status, code) {
        instruments::http().rate_limited.inc_named(code);
    }
    if response.extensions().get::<Routine>().is_some() {
        span.in_scope(|| tracing::debug!(http.status = status, duration_ms, "answered"));
    } else {
        span.in_scope(|| {
            tracing::info!(
                http.status = status,
                error.code = code,
                duration_ms,
                "answered"
            );
        });
    }
    let headers = response.headers_mut();
    headers.reserve(SECURE.len() + 1);
    if let Some(header) = header {
        headers.insert(REQUEST_ID, header);
    }
    secure(headers);
    response
}

impl RateLimit {
    fn tell(self, headers: &mut HeaderMap) {
        let reset = self.reset.as_secs() + u64::from(self.reset.subsec_nanos() > 0);
        for (name, value) in [
            ("ratelimit-limit", u64::from(self.limit)),
            ("ratelimit-remaining", u64::from(self.remaining)),
            ("ratelimit-reset", reset),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
    }
}

/// Answers hold personal data and tokens: no cache keeps them, and no browser takes them for a page, whatever a proxy
/// does. What a handler has set itself stays.
fn secure(headers: &mut HeaderMap) {
    for (name, value) in SECURE {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}

const SECURE: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
];

/// An id from outside goes into logs and answers: short, and of harmless characters only.
fn is_acceptable(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}
