//! The options of the stand-in for Twilio.

use std::time::Duration;

/// The options of the stand-in for Twilio. Tests change [`super::Faults`] at run time.
#[derive(Debug, Clone)]
pub struct Options {
    /// The one account.
    pub account_sid: String,
    /// Its auth token: password of requests, key of signatures.
    pub auth_token: String,
    /// Numbers that may send, E.164. Empty: any number may.
    pub senders: Vec<String>,
    /// Messaging services that may send. Empty: any in the right format may.
    pub messaging_services: Vec<String>,
    /// The delay between two statuses of a message.
    pub step_delay: Duration,
    /// Concurrent callbacks.
    pub callback_concurrency: usize,
    /// When a callback that fails is repeated.
    pub callback_retry: CallbackRetry,
    /// Create requests per second for the account; above it error 20429. Unlimited if absent.
    pub account_rate: Option<u32>,
    /// Segments per second that a sender passes to the carriers. Unlimited if absent.
    pub sender_rate: Option<f64>,
    /// The maximum length of a sender's queue; above it error 21611. Twilio's is ten hours.
    pub sender_queue: Duration,
    /// The default target of inbound messages for `/_control/inbound`.
    pub inbound_url: Option<String>,
    /// Whether inbound keywords carry `OptOutType`, as with Twilio's Advanced Opt-Out.
    pub advanced_opt_out: bool,
    /// The seed of message ids.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            account_sid: "AC00000000000000000000000000000001".to_owned(),
            auth_token: "localstack-auth-token".to_owned(),
            senders: Vec::new(),
            messaging_services: Vec::new(),
            step_delay: Duration::from_millis(50),
            callback_concurrency: 64,
            callback_retry: CallbackRetry::AsTwilio,
            account_rate: None,
            sender_rate: None,
            sender_queue: Duration::from_hours(10),
            inbound_url: None,
            advanced_opt_out: false,
            // Different for each run: a database that outlives the stand-in must not see its ids again.
            seed: rand::random(),
        }
    }
}

/// When a callback that fails is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackRetry {
    /// As the connection overrides in the callback URL's fragment say: `rc` times, for the kinds of
    /// failure in `rp`; by default once, and only if there was no connection. The pauses begin at
    /// 100 ms and double; all tries together take at most 15 s.
    AsTwilio,
    /// Until it succeeds, for a run in which no callback may be lost.
    UntilAccepted {
        /// The maximum, even then.
        give_up_after: Duration,
    },
}
