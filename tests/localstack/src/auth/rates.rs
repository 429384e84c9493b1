//! GoTrue's limits of requests by the caller's address.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{caller, error::AuthError, state::Auth};

/// How many requests at once, whatever the rate.
const BURST: f64 = 30.0;
const PERIOD: Duration = Duration::from_mins(5);
/// The header in which a backend names its caller; believed only from the project's secret key.
const FORWARDED: &str = "sb-forwarded-for";

/// What is limited together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// Sign-in, sign-up and refresh.
    Tokens,
    /// What sends a mail.
    Mails,
    /// One-time tokens.
    Verifications,
}

impl Kind {
    fn of(path: &str) -> Option<Self> {
        match path {
            "/token" | "/signup" => Some(Self::Tokens),
            "/recover" | "/otp" | "/magiclink" | "/resend" => Some(Self::Mails),
            "/verify" => Some(Self::Verifications),
            _ => None,
        }
    }

    /// Requests within [`PERIOD`] in the long run: GoTrue's defaults.
    fn rate(self) -> f64 {
        match self {
            Self::Tokens => 150.0,
            Self::Mails | Self::Verifications => 30.0,
        }
    }
}

struct Bucket {
    left: f64,
    at: Instant,
}

/// The buckets of all callers.
#[derive(Clone, Default)]
pub(crate) struct Rates {
    buckets: Arc<Mutex<HashMap<(Kind, String), Bucket>>>,
}

impl Rates {
    fn take(&self, kind: Kind, address: String, now: Instant) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry((kind, address)).or_insert(Bucket {
            left: BURST,
            at: now,
        });
        let refilled = (now - bucket.at).as_secs_f64() * kind.rate() / PERIOD.as_secs_f64();
        bucket.left = (bucket.left + refilled).min(BURST);
        bucket.at = now;
        if bucket.left < 1.0 {
            return false;
        }
        bucket.left -= 1.0;
        true
    }
}

/// Refuses who asks too often, where the project limits at all.
pub(crate) async fn limit(State(auth): State<Auth>, request: Request, next: Next) -> Response {
    let Some(header) = &auth.options.rate_limit_header else {
        return next.run(request).await;
    };
    let Some(kind) = Kind::of(request.uri().path()) else {
        return next.run(request).await;
    };
    let headers = request.headers();
    let told = caller::may_administer(headers, &auth)
        .then(|| first_of(headers, FORWARDED))
        .flatten();
    // Without the header GoTrue limits nothing.
    let Some(address) = told.or_else(|| first_of(headers, header)) else {
        return next.run(request).await;
    };
    if auth.rates.take(kind, address, Instant::now()) {
        return next.run(request).await;
    }
    AuthError::new(
        StatusCode::TOO_MANY_REQUESTS,
        "over_request_rate_limit",
        "Request rate limit reached",
    )
    .into_response()
}

fn first_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.split(',').next()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_thirty_at_once_and_one_more_every_two_seconds() {
        let (rates, now) = (Rates::default(), Instant::now());
        let take = |address: &str, at| rates.take(Kind::Tokens, address.to_owned(), at);
        assert!((0..30).all(|_| take("10.0.0.1", now)));
        assert!(!take("10.0.0.1", now));
        assert!(take("10.0.0.2", now));
        let later = now + Duration::from_secs(2);
        assert!(take("10.0.0.1", later));
        assert!(!take("10.0.0.1", later));
    }
}
