//! GoTrue's error responses, in both formats that its clients ask for.

use axum::{
    Json,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use uuid::Uuid;

const API_VERSION: HeaderName = HeaderName::from_static("x-supabase-api-version");
const ERROR_CODE: HeaderName = HeaderName::from_static("x-sb-error-code");
/// The one dated version of GoTrue's error bodies; supabase-js asks for it.
const DATED_VERSION: &str = "2024-01-01";
const UNEXPECTED: &str = "Unexpected failure, please check server logs for more information";

/// An Auth error: a status, GoTrue's stable code and its message.
#[derive(Debug, Clone)]
pub(crate) struct AuthError {
    status: StatusCode,
    /// Empty where GoTrue has none: hooks' errors have no code.
    code: &'static str,
    message: String,
    detail: Detail,
}

#[derive(Debug, Clone)]
enum Detail {
    None,
    WeakPassword(Vec<&'static str>),
    /// An error that a trigger raised: GoTrue shows it to clients of the undated version.
    Postgres(Box<Shown>),
    /// GoTrue's own code panicked: an answer without an id to look up in its logs.
    Panic,
}

/// What clients see of an error that SQL raised.
#[derive(Debug, Clone)]
struct Shown {
    status: StatusCode,
    body: Value,
}

impl AuthError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            detail: Detail::None,
        }
    }

    pub(crate) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::bad_request("validation_failed", message)
    }

    pub(crate) fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    pub(crate) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    pub(crate) fn unprocessable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "unexpected_failure",
            message,
        )
    }

    pub(crate) fn weak_password(message: String, reasons: Vec<&'static str>) -> Self {
        let mut error = Self::unprocessable("weak_password", message);
        error.detail = Detail::WeakPassword(reasons);
        error
    }

    /// What GoTrue answers where its own code panics.
    pub(crate) fn panicked() -> Self {
        let mut error = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "",
            "Internal Server Error",
        );
        error.detail = Detail::Panic;
        error
    }

    /// What the database said of a hook: shown to clients of the undated version.
    pub(crate) fn showing(mut self, source: &sqlx::Error) -> Self {
        if let Some(shown) = shown_to_clients(source) {
            self.detail = Detail::Postgres(Box::new(shown));
        }
        self
    }

    /// The message of a `weak_password` error with its reasons, as sign-in mentions it.
    pub(crate) fn as_weak_password(&self) -> Option<Value> {
        match &self.detail {
            Detail::WeakPassword(reasons) => {
                Some(json!({ "message": self.message, "reasons": reasons }))
            }
            _ => None,
        }
    }

    /// The message, as in a redirect's fragment.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn code(&self) -> &'static str {
        if !self.code.is_empty() {
            self.code
        } else if self.status == StatusCode::INTERNAL_SERVER_ERROR {
            "unexpected_failure"
        } else {
            "unknown"
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    fn render(&self, dated: bool) -> Response {
        let (status, mut body) = match (&self.detail, dated) {
            (Detail::Postgres(shown), false) => (shown.status, shown.body.clone()),
            (_, true) => (
                self.status,
                json!({ "code": self.code(), "message": self.message }),
            ),
            (_, false) => (
                self.status,
                json!({ "code": self.status.as_u16(), "error_code": self.code(), "msg": self.message }),
            ),
        };
        match &self.detail {
            Detail::WeakPassword(reasons) => body["weak_password"] = json!({ "reasons": reasons }),
            Detail::None if !dated && status == StatusCode::INTERNAL_SERVER_ERROR => {
                body["error_id"] = json!(Uuid::new_v4());
            }
            _ => {}
        }
        let mut response = (status, Json(body)).into_response();
        let unnamed = dated && matches!(self.detail, Detail::WeakPassword(_));
        if !self.code.is_empty() && !unnamed {
            response
                .headers_mut()
                .insert(ERROR_CODE, HeaderValue::from_static(self.code));
        }
        response
    }
}

impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        // The body depends on a header of the request, so `answer_errors` writes it.
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<sqlx::Error> for AuthError {
    fn from(source: sqlx::Error) -> Self {
        tracing::error!(error = %source, "auth.database_failed");
        Self::internal(UNEXPECTED)
    }
}

/// Gives a database error GoTrue's message for the failed action.
pub(crate) trait Saying<T> {
    /// Turns the error into a 500 with `message`; what a trigger raised stays visible to
    /// clients of the undated version, as GoTrue does it.
    fn saying(self, message: &'static str) -> Result<T, AuthError>;
}

impl<T> Saying<T> for Result<T, sqlx::Error> {
    fn saying(self, message: &'static str) -> Result<T, AuthError> {
        self.map_err(|source| {
            tracing::warn!(error = %source, "auth.act_failed: {message}");
            AuthError::internal(message).showing(&source)
        })
    }
}

fn shown_to_clients(source: &sqlx::Error) -> Option<Shown> {
    let database = source.as_database_error()?;
    let raised = database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>()?;
    let code = raised.code();
    let status = match code
        .strip_prefix("PT")
        .and_then(|status| status.parse::<u16>().ok())
    {
        // `raise … using errcode = 'PT402'` chooses the status, as with PostgREST.
        Some(status) => StatusCode::from_u16(status).ok()?,
        // `raise exception`, or an integrity constraint (class 23).
        None if code == "P0001" || code.starts_with("23") => StatusCode::INTERNAL_SERVER_ERROR,
        None => return None,
    };
    let mut shown = json!({ "code": code, "message": raised.message() });
    if let Some(detail) = raised.detail() {
        shown["detail"] = json!(detail);
    }
    if let Some(hint) = raised.hint() {
        shown["hint"] = json!(hint);
    }
    Some(Shown {
        status,
        body: shown,
    })
}

/// Writes the bodies of errors: `{code,message}` for clients that name the dated version in
/// `x-supabase-api-version`, which is echoed, else `{code,error_code,msg}`.
pub(crate) async fn answer_errors(request: Request, next: Next) -> Response {
    let dated = names_dated_version(request.headers());
    let response = next.run(request).await;
    let Some(error) = response.extensions().get::<AuthError>().cloned() else {
        return response;
    };
    let mut response = error.render(dated);
    if dated {
        response
            .headers_mut()
            .insert(API_VERSION, HeaderValue::from_static(DATED_VERSION));
    }
    response
}

fn names_dated_version(headers: &HeaderMap) -> bool {
    headers
        .get(API_VERSION)
        .and_then(|named| named.to_str().ok())
        .filter(|named| chrono::NaiveDate::parse_from_str(named, "%Y-%m-%d").is_ok())
        .is_some_and(|named| named >= DATED_VERSION)
}
