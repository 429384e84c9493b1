//! Error responses of the handlers.

use std::time::Duration;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rows_as_service::DatabaseError;
use web::ApiError;

/// An error response. Handlers return it, and `?` converts lower-level errors to it.
#[derive(Debug)]
pub struct Failure(ApiError);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

/// An unreachable database is worth a retry; a failing statement is our fault.
impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        Self(if error.is_transient() {
            ApiError::unavailable("database_unavailable", error)
        } else {
            ApiError::internal(error)
        })
    }
}

impl From<auth_admin::Error> for Failure {
    fn from(error: auth_admin::Error) -> Self {
        Self(match error {
            auth_admin::Error::RateLimited => ApiError::too_many(
                "too_many_attempts",
                "Too many attempts. Please try again later.",
                Duration::from_secs(30),
            ),
            outage if outage.is_outage() => ApiError::unavailable("auth_unavailable", outage),
            // Trying again would change nothing.
            other => ApiError::new(
                StatusCode::BAD_GATEWAY,
                "auth_refused",
                "Supabase Auth refused this, or gave an answer that we don't know.",
            )
            .with_source(other),
        })
    }
}
