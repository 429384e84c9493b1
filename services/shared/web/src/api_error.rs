use std::{borrow::Cow, error::Error, fmt, time::Duration};

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::request_scope::{ProblemCode, request_id};

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Path of the field, such as `audience.states[0]`.
    #[schema(value_type = String, example = "phone")]
    pub field: Cow<'static, str>,
    /// Stable name of the reason.
    #[schema(value_type = String, example = "phone_too_short")]
    pub code: Cow<'static, str>,
    /// The reason in words.
    #[schema(value_type = String, example = "Too few digits.")]
    pub detail: Cow<'static, str>,
}

/// Collects what is wrong with a request, so that a person learns all of it at once.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Adds one.
    pub fn add(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) {
        self.0.push(FieldError {
            field: field.into(),
            code: code.into(),
            detail: detail.into(),
        });
    }

    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether something is wrong with a field, or inside it.
    pub(crate) fn concerns(&self, outermost: &str) -> bool {
        self.0
            .iter()
            .any(|error| error.field.split(['.', '[']).next() == Some(outermost))
    }

    /// Adds those of `others` that are about other fields; about the whole only if there is nothing else.
    pub(crate) fn append_new(&mut self, others: Self) {
        let new = |error: &FieldError| {
            let outermost = error.field.split(['.', '[']).next().unwrap_or_default();
            self.is_empty() || !(outermost.is_empty() || self.concerns(outermost))
        };
        let others: Vec<_> = others.0.into_iter().filter(new).collect();
        self.0.extend(others);
    }
}

#[cfg(test)]
impl IntoIterator for FieldErrors {
    type Item = FieldError;
    type IntoIter = std::vec::IntoIter<FieldError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// An answer that says what went wrong, as `application/problem+json` (RFC 9457):
/// `type`, `title`, `status`, `code` (stable, for programs), `detail` (for people), `request_id`,
/// and `errors` for bad input. The source of a 5xx is logged, never sent.
#[derive(Debug)]
pub struct ApiError(Box<Fault>);

#[derive(Debug)]
struct Fault {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ApiError {
    /// Any status, with its stable code and a sentence for people.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Fault {
            status,
            code: code.into(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            source: None,
        }))
    }

    /// 400: the request cannot be read.
    pub fn bad_request(
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 401: who is asking is not known.
    pub fn unauthorized(
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, detail)
    }

    /// 403: who is asking is known, and may not.
    pub fn forbidden(
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, detail)
    }

    /// 401: the token's session has ended, by whatever.
    #[must_use]
    pub fn session_ended() -> Self {
        Self::unauthorized("session_ended", "This session has ended: sign in again.")
    }

    /// 403: somebody signed in who has no profile.
    #[must_use]
    pub fn profile_missing() -> Self {
        Self::forbidden("profile_missing", "This account has no profile here.")
    }

    /// 404 `<what>_not_found`, for what is not there and for what the caller may not see alike.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            format!("{}_not_found", what.replace(' ', "_")),
            format!("There is no such {what}."),
        )
    }

    /// 409: the request contradicts what is there.
    pub fn conflict(
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 422 `invalid_input` with what is wrong, field by field.
    #[must_use]
    pub fn invalid(errors: FieldErrors) -> Self {
        let mut error = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_input",
            "Some fields are not valid.",
        );
        error.0.errors = errors.0;
        error
    }

    /// 422 `invalid_input` for a single field.
    pub fn invalid_field(
        field: impl Into<Cow<'static, str>>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        let mut errors = FieldErrors::default();
        errors.add(field, code, detail);
        Self::invalid(errors)
    }

    /// 429, with `Retry-After` in whole seconds, rounded up.
    pub fn too_many(
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
        retry_after: Duration,
    ) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail).with_retry_after(retry_after)
    }

    /// 500 `internal`; `source` is logged.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side.",
        )
        .with_source(source)
    }

    /// 503: something we depend on does not answer; `source` is logged.
    pub fn unavailable(
        code: impl Into<Cow<'static, str>>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            code,
            "This is not available just now. Please try again in a moment.",
        )
        .with_source(source)
        .with_retry_after(Duration::from_secs(2))
    }

    /// The same with a cause, which is logged for a 5xx and never sent.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same with what is wrong, field by field.
    #[must_use]
    pub fn with_errors(mut self, errors: FieldErrors) -> Self {
        self.0.errors = errors.0;
        self
    }

    /// The same with `Retry-After` in whole seconds, rounded up.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// Status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Stable code of the answer.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0.code
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.status.as_u16(), self.0.code)
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// What went wrong (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(crate) struct Problem<'a> {
    /// The page about the code, below the API's own address.
    #[schema(example = "/api/errors/invalid_input")]
    r#type: String,
    /// The status in words.
    #[schema(example = "Unprocessable Entity")]
    title: &'a str,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// Stable, for programs.
    #[schema(example = "invalid_input")]
    code: &'a str,
    /// For people. It may change.
    #[schema(example = "Some fields are not valid.")]
    detail: &'a str,
    /// What to tell whoever helps: the logs know the request by it. As in `x-request-id`.
    #[schema(example = "0199c0de-0000-7000-8000-000000000002")]
    request_id: String,
    /// What is wrong with which field; absent for other problems.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Option<Vec<FieldError>>, nullable = false)]
    errors: &'a [FieldError],
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = &*self.0;
        let request_id = request_id();
        if problem.status.is_server_error() {
            tracing::error!(
                request.id = request_id,
                http.status = problem.status.as_u16(),
                error.code = %problem.code,
                error.chain = chain(&self),
                "request failed"
            );
        }
        let body = Json(Problem {
            r#type: format!("/api/errors/{}", problem.code),
            title: problem.status.canonical_reason().unwrap_or("Error"),
            status: problem.status.as_u16(),
            code: &problem.code,
            detail: &problem.detail,
            request_id,
            errors: &problem.errors,
        });
        let mut response = (problem.status, body).into_response();
        let code = ProblemCode(problem.code.clone());
        response.extensions_mut().insert(code);
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if problem.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(after) = problem.retry_after {
            let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response
    }
}

/// The sources below `error`, outermost first.
fn chain(error: &ApiError) -> String {
    let mut texts = Vec::new();
    let mut next = error.source();
    while let Some(source) = next {
        texts.push(source.to_string());
        next = source.source();
    }
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::Value;

    use super::*;

    async fn body_of(error: ApiError) -> (Response<()>, Value) {
        let (parts, body) = error.into_response().into_parts();
        let bytes = to_bytes(body, 10_000).await.unwrap();
        (
            Response::from_parts(parts, ()),
            serde_json::from_slice(&bytes).unwrap(),
        )
    }

    #[tokio::test]
    async fn bad_input_names_its_fields() {
        let error = ApiError::invalid_field("phone", "phone_too_short", "too few digits");
        let (response, body) = body_of(error).await;
        assert_eq!(response.status(), 422);
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        assert_eq!(body["code"], "invalid_input");
        assert_eq!(body["errors"][0]["field"], "phone");
        assert_eq!(body["errors"][0]["code"], "phone_too_short");
        assert!(body["request_id"].is_string());
    }

    #[tokio::test]
    async fn the_source_of_a_failure_is_never_sent() {
        let error = ApiError::internal("password authentication failed for user postgres");
        let (response, body) = body_of(error).await;
        assert_eq!(response.status(), 500);
        assert!(!body.to_string().contains("postgres"));
        assert!(body.get("errors").is_none());
    }

    #[tokio::test]
    async fn retry_after_is_rounded_up_to_whole_seconds() {
        let error = ApiError::too_many("slow_down", "Too many.", Duration::from_millis(1200));
        let (response, _) = body_of(error).await;
        assert_eq!(response.headers()["retry-after"], "2");
    }
}
