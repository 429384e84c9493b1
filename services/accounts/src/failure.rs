//! What failures below become on the way out.

use std::time::Duration;

use rows_as_service::DatabaseError;
use web::ApiError;

/// A database that does not answer is worth another try; a statement that fails is our fault.
pub fn of_database(error: DatabaseError) -> ApiError {
    if error.is_transient() {
        ApiError::unavailable("database_unavailable", error)
    } else {
        ApiError::internal(error)
    }
}

/// Auth in trouble.
pub fn of_auth(error: auth_admin::Error) -> ApiError {
    match error {
        auth_admin::Error::RateLimited => ApiError::too_many(
            "too_many_attempts",
            "Too many attempts. Please try again later.",
            Duration::from_secs(30),
        ),
        other => ApiError::unavailable("auth_unavailable", other),
    }
}
