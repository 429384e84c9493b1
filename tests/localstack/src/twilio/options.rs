//! How a stand-in for Twilio is set up.

use std::time::Duration;

/// How a stand-in for Twilio is set up. What a test changes while it runs is in [`super::Faults`].
#[derive(Debug, Clone)]
pub struct Options {
    /// The one account.
    pub account_sid: String,
    /// Its auth token: password of requests, key of signatures.
    pub auth_token: String,
    /// Numbers that may send, E.164. Empty: any number may.
    pub senders: Vec<String>,
    /// Messaging services that may send. Empty: any of the right form may.
    pub messaging_services: Vec<String>,
    /// Between two statuses of a message.
    pub step_delay: Duration,
    /// Callbacks on their way at once.
    pub callback_concurrency: usize,
    /// When a callback that fails is repeated.
    pub callback_retry: CallbackRetry,
    /// Create requests a second for the account; above it error 20429. None: no limit.
    pub account_rate: Option<u32>,
    /// Segments a second that a sender hands to the carriers. None: at once.
    pub sender_rate: Option<f64>,
    /// How long a sender's queue may grow; above it error 21611. Twilio's is ten hours.
    pub sender_queue: Duration,
    /// Where inbound messages go if a request to `/_control/inbound` does not say.
    pub inbound_url: Option<String>,
    /// Whether inbound keywords carry `OptOutType`, as with Twilio's Advanced Opt-Out.
    pub advanced_opt_out: bool,
    /// From which message ids are made.
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
            callback_retry: CallbackRetry::UntilAccepted {
                give_up_after: Duration::from_mins(1),
            },
            account_rate: None,
            sender_rate: None,
            sender_queue: Duration::from_hours(10),
            inbound_url: None,
            advanced_opt_out: false,
            // Another for each run: a database that outlives the stand-in must not meet its ids again.
            seed: rand::random(),
        }
    }
}

/// When a callback that fails is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackRetry {
    /// Once, and only if no connection came about: Twilio's default.
    AsTwilio,
    /// Until it is answered with a success, for a run in which no callback may be lost.
    UntilAccepted {
        /// Even so, not for ever.
        give_up_after: Duration,
    },
}
