use std::time::Duration;

use sqlx::postgres::types::PgInterval;

/// Converts to Postgres's interval. Too long a duration becomes the maximum.
pub(super) fn interval(duration: Duration) -> PgInterval {
    PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX),
    }
}
