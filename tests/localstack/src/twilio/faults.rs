//! Injected faults.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Injected faults (`PUT /_control/faults`, JSON; absent fields are off). Ratios are 0
/// to 1. `seed` alone decides which requests and numbers are affected.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each turns on a fault of its own"
)]
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
    /// Create requests whose message is accepted only `late_ms` after the request came in. Nothing
    /// is answered before: a client with a shorter timeout is gone by then, and the message appears
    /// after it has looked for it.
    pub late_ratio: f64,
    /// The delay of those, milliseconds.
    pub late_ms: u64,
    /// While set, every create request is answered so, whoever sends it and whatever it says.
    pub account_refuses: Option<AccountRefusal>,
    /// Changes each text as Twilio's Smart Encoding does, before it is counted and stored. It is
    /// also done for a request with `SmartEncoded=true`. Duplicates are still found by the text as
    /// the client sent it.
    pub smart_encoding: bool,
    /// Shows each text with the words that Twilio puts before the messages of a trial account.
    pub trial_prefix: bool,
    /// Shows each text as empty when messages are listed or fetched, as after redaction.
    pub redact: bool,
    /// The list shows a message only this long after it was accepted, milliseconds. Fetching it by
    /// its sid finds it at once.
    pub list_lag_ms: u64,
    /// Requests for a page of the list answered with 500.
    pub list_fail_ratio: f64,
    /// Requests for a page of the list refused with 429 and code 20429, with `retry_after_seconds`.
    pub list_throttle_ratio: f64,
    /// Delay of each message's first status callback, milliseconds. The message itself and its
    /// other callbacks do not wait for it.
    pub callback_delay_ms: u64,
}

/// How an account refuses everything: with Twilio's JSON if `code` is given, with a page of HTML
/// otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountRefusal {
    /// The HTTP status.
    pub http_status: u16,
    /// Twilio's error code.
    pub code: Option<u32>,
}

const TRIAL_PREFIX: &str = "Sent from your Twilio trial account - ";

/// One random stream per fault, so that the faults are independent.
#[derive(Clone, Copy, Hash)]
pub(super) enum Die {
    Throttle,
    FailBefore,
    FailAfter,
    DropAfter,
    Late,
    Reorder,
    Repeat,
    Loss,
    Undelivered,
    UndeliveredCode,
    ListFail,
    ListThrottle,
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

    /// How much later than its request a message is accepted, if at all.
    pub(super) fn lateness(&self, request: u64) -> Option<Duration> {
        self.hits(Die::Late, self.late_ratio, request)
            .then(|| Duration::from_millis(self.late_ms))
    }

    /// A stored text as the answer to its create request shows it.
    pub(super) fn body_when_created<'a>(&self, body: &'a str) -> Cow<'a, str> {
        if self.trial_prefix && !body.is_empty() {
            Cow::Owned(format!("{TRIAL_PREFIX}{body}"))
        } else {
            Cow::Borrowed(body)
        }
    }

    /// A stored text as it is listed and fetched later.
    pub(super) fn body_when_read<'a>(&self, body: &'a str) -> Cow<'a, str> {
        if self.redact {
            Cow::Borrowed("")
        } else {
            self.body_when_created(body)
        }
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
