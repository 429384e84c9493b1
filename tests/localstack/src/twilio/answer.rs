//! Twilio's error responses.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

/// An error answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    pub status: StatusCode,
    /// Absent where the answer does not come from Twilio itself, but from a proxy before it.
    pub code: Option<u32>,
    pub message: &'static str,
    pub retry_after: Option<u32>,
}

impl Refusal {
    /// The answer for one of Twilio's codes.
    pub(super) const fn of(code: u32) -> Self {
        let (status, message) = match code {
            20003 => (StatusCode::UNAUTHORIZED, "Authenticate"),
            20404 => (
                StatusCode::NOT_FOUND,
                "The requested resource was not found",
            ),
            20429 => (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"),
            21611 => (
                StatusCode::TOO_MANY_REQUESTS,
                "This 'From' number has exceeded the maximum number of queued messages",
            ),
            20500 => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            20503 => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
            30409 => (
                StatusCode::CONFLICT,
                "Message is not in a state to be canceled",
            ),
            21211 => (StatusCode::BAD_REQUEST, "Invalid 'To' Phone Number"),
            21212 => (StatusCode::BAD_REQUEST, "Invalid 'From' Number"),
            21266 => (
                StatusCode::BAD_REQUEST,
                "'To' and 'From' number cannot be the same",
            ),
            21602 => (StatusCode::BAD_REQUEST, "Message body is required."),
            21603 => (
                StatusCode::BAD_REQUEST,
                "A 'From' phone number or a 'MessagingServiceSid' is required.",
            ),
            21604 => (StatusCode::BAD_REQUEST, "A 'To' phone number is required."),
            21606 => (
                StatusCode::BAD_REQUEST,
                "The 'From' phone number provided is not a valid, message-capable number for this account.",
            ),
            21609 => (StatusCode::BAD_REQUEST, "Invalid 'StatusCallback' URL"),
            21610 => (
                StatusCode::BAD_REQUEST,
                "Attempt to send to unsubscribed recipient",
            ),
            21617 => (
                StatusCode::BAD_REQUEST,
                "The concatenated message body exceeds the 1600 character limit",
            ),
            21701 => (
                StatusCode::BAD_REQUEST,
                "The Messaging Service does not exist",
            ),
            20001 => (StatusCode::BAD_REQUEST, "Invalid parameter"),
            _ => (StatusCode::BAD_REQUEST, "Refused on request"),
        };
        Self {
            status,
            code: Some(code),
            message,
            retry_after: None,
        }
    }

    /// The answer with this HTTP status (500 if there is no such status): Twilio's JSON if `code`
    /// is given, a page of HTML otherwise.
    pub(super) fn with(http_status: u16, code: Option<u32>) -> Self {
        Self {
            status: StatusCode::from_u16(http_status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            code,
            message: code.map_or("Refused on request", |code| Self::of(code).message),
            retry_after: None,
        }
    }

    /// What the ledger counts it as: the code, or the HTTP status if there is none.
    pub(super) fn counted_as(&self) -> u32 {
        self.code.unwrap_or_else(|| self.status.as_u16().into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Some(code) = self.code else {
            let page = format!("<html><body><h1>{}</h1></body></html>", self.status);
            return (self.status, Html(page)).into_response();
        };
        let body = json!({
            "code": code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
            "status": self.status.as_u16(),
        });
        let mut answer = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            answer
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if code == 20003 {
            answer.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"Twilio API\""),
            );
        }
        answer
    }
}
