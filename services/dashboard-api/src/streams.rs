//! What all streams of events have in common: see `campaigns::events` and `imports::events`.

use std::time::Duration;

use axum::http::{HeaderName, StatusCode};
use web::{ApiError, NoPlace, Places};

/// Without it some proxies collect a stream before they pass it on.
pub(crate) const NOT_BUFFERED: [(HeaderName, &str); 1] =
    [(HeaderName::from_static("x-accel-buffering"), "no")];
/// Streams at once in one process: each asks PostgREST once or twice a second.
const MOST: usize = 256;
/// Streams at once of one account.
const MOST_OF_ONE: usize = 8;
const COME_BACK_AFTER: Duration = Duration::from_secs(10);

/// Places for streams of one kind.
pub(crate) fn places() -> Places {
    Places::new(MOST, MOST_OF_ONE)
}

/// Why nobody else can watch; `watched` is what, such as `campaigns`.
pub(crate) fn full(no_place: NoPlace, watched: &str) -> ApiError {
    match no_place {
        NoPlace::OfAccount => ApiError::too_many(
            "too_many_streams",
            format!("Too many {watched} are being watched. Close one of the streams."),
            COME_BACK_AFTER,
        ),
        NoPlace::AtAll => ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "streams_full",
            format!("Too many {watched} are being watched just now. Try again, or ask for the record itself."),
        )
        .with_retry_after(COME_BACK_AFTER),
    }
}
