//! Injected faults.

use serde::{Deserialize, Serialize};

/// Injected faults (`PUT /_control/faults`, JSON; absent fields are off). Each
/// count applies to that many future requests.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Delay before every response, milliseconds.
    pub latency_ms: u64,
    /// Requests refused with 429 `rate_limit_exceeded`.
    pub rate_limited: u32,
    /// `retry-after` of those, seconds.
    pub retry_after_seconds: u32,
    /// Requests refused with 429 `daily_quota_exceeded`.
    pub daily_quota: u32,
    /// Requests refused with 429 `monthly_quota_exceeded`.
    pub monthly_quota: u32,
    /// Requests answered with 409 `concurrent_idempotent_requests`.
    pub concurrent: u32,
    /// Requests answered with 500, the mail not accepted.
    pub fail_before: u32,
    /// Requests answered with 500 although the mail is accepted.
    pub fail_after: u32,
    /// Requests whose connection breaks once the mail is accepted.
    pub drop_after: u32,
    /// Addresses refused with 422 `validation_error`.
    pub invalid_recipients: Vec<String>,
}

/// Takes one of a fault's hits, if any is left.
pub(super) const fn take(left: &mut u32) -> bool {
    let hit = *left > 0;
    *left = left.saturating_sub(1);
    hit
}
