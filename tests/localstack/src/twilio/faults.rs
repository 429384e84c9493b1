//! Injected faults.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

/// Injected faults (`PUT /_control/faults`, JSON; absent fields are off). Ratios are 0
/// to 1. `seed` alone decides which requests and numbers are affected.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// The random seed.
    pub seed: u64,
    /// Delay before every create request is processed, milliseconds.
    pub latency_ms: u64,
    /// Delay between accepting a message and answering, milliseconds: past the client's timeout
    /// the message exists and the client does not know.
    pub latency_after_ms: u64,
    /// Create requests refused with 429 and code 20429.
    pub throttle_ratio: f64,
    /// `Retry-After` of those, seconds.
    pub retry_after_seconds: Option<u32>,
    /// Create requests answered with 500, the message not accepted.
    pub fail_before_ratio: f64,
    /// Create requests answered with 500 although the message is accepted.
    pub fail_after_ratio: f64,
    /// Create requests whose connection breaks once the message is accepted.
    pub drop_after_ratio: f64,
    /// Messages whose `sent` callback comes after the last one.
    pub callback_reorder_ratio: f64,
    /// Callbacks sent twice.
    pub callback_repeat_ratio: f64,
    /// Callbacks never sent.
    pub callback_loss_ratio: f64,
    /// Error code of the create request, by recipient.
    pub create_errors: HashMap<String, u32>,
    /// Error code of the delivery, by recipient.
    pub delivery_errors: HashMap<String, u32>,
    /// Messages that end undelivered, with 30003, 30005 or 30006, by recipient.
    pub undelivered_ratio: f64,
}

/// One random stream per fault, so that the faults are independent.
#[derive(Clone, Copy, Hash)]
pub(super) enum Die {
    Throttle,
    FailBefore,
    FailAfter,
    DropAfter,
    Reorder,
    Repeat,
    Loss,
    Undelivered,
    UndeliveredCode,
}

impl Faults {
    fn throw(&self, die: Die, about: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.seed, die).hash(&mut hasher);
        about.hash(&mut hasher);
        hasher.finish()
    }

    /// Whether this happens to `about`.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a ratio needs no more than 53 bits"
    )]
    pub(super) fn hits(&self, die: Die, ratio: f64, about: impl Hash) -> bool {
        ratio > 0.0 && (self.throw(die, about) >> 11) as f64 / ((1_u64 << 53) as f64) < ratio
    }

    /// The error code with which a message to `to` ends, or 0.
    pub(super) fn delivery_error(&self, to: &str) -> u32 {
        if let Some(code) = self.delivery_errors.get(to) {
            return *code;
        }
        if self.hits(Die::Undelivered, self.undelivered_ratio, to) {
            let codes = [30003, 30005, 30006];
            let pick = self.throw(Die::UndeliveredCode, to) % 3;
            return usize::try_from(pick).map_or(codes[0], |pick| codes[pick]);
        }
        0
    }
}
