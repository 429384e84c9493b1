//! A request's place in its caller's trace, where traces are made.

use axum::http::{HeaderMap, StatusCode};
use opentelemetry::{global, propagation::Extractor, trace::Status};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(axum::http::HeaderName::as_str).collect()
    }
}

/// Goes on with the caller's trace (`traceparent`). Nothing is done, and nothing stands in the log, where none is made.
pub(crate) fn follow(span: &Span, headers: &HeaderMap, method: &str, route: Option<&str>) {
    let callers = global::get_text_map_propagator(|all| all.extract(&Headers(headers)));
    if span.set_parent(callers).is_ok() {
        let name = format!("{method} {}", route.unwrap_or("none"));
        span.record("otel.name", name);
        span.record("otel.kind", "server");
    }
}

/// Notes how the request ended.
pub(crate) fn end(span: &Span, status: StatusCode) {
    span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
}
