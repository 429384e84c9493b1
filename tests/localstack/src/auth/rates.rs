//! How many requests each address has left.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How many requests at once, whatever the rate.
const BURST: f64 = 30.0;
const PERIOD: Duration = Duration::from_mins(5);

/// What is limited together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Sign-in, sign-up and refresh.
    Tokens,
    /// What sends a mail.
    Mails,
    /// One-time tokens.
    Verifications,
}

impl Kind {
    pub(crate) fn of(path: &str) -> Option<Self> {
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
    pub(crate) fn take(&self, kind: Kind, address: String, now: Instant) -> bool {
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
