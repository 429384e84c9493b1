//! Resend's error responses.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An error answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    status: u16,
    name: &'static str,
    message: &'static str,
    retry_after: Option<u32>,
}

impl Refusal {
    pub(super) const fn new(status: u16, name: &'static str, message: &'static str) -> Self {
        Self {
            status,
            name,
            message,
            retry_after: None,
        }
    }

    /// Too many requests.
    pub(super) const fn rate_limited(retry_after: u32) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(
                429,
                "rate_limit_exceeded",
                "Too many requests. You can only make 2 requests per second.",
            )
        }
    }

    /// An invalid field.
    pub(super) const fn invalid(message: &'static str) -> Self {
        Self::new(422, "validation_error", message)
    }

    /// A missing field.
    pub(super) const fn missing(message: &'static str) -> Self {
        Self::new(422, "missing_required_field", message)
    }

    /// An unknown mail.
    pub(super) const fn not_found() -> Self {
        Self::new(404, "not_found", "Email not found")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({"statusCode": self.status, "name": self.name, "message": self.message});
        let mut answer = (status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            answer
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}
