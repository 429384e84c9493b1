//! What Twilio reports.

use prometheus_client::metrics::{counter::Counter, gauge::Gauge, histogram::Histogram};

use crate::registrar::{CounterBy, Registrar};

/// Up to the 15 s that Twilio waits.
const SECONDS: [f64; 8] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0, 15.0];

/// What Twilio reports.
#[derive(Debug)]
pub struct Callbacks {
    /// Callbacks that Twilio signed.
    pub received: Counter,
    /// Callbacks that are durable, and were answered so.
    pub written: Counter,
    /// What was refused: `no_signature`, `signature`, `content_type`, `too_large`, `other_account`; `overloaded` and
    /// `not_written` are to come again.
    pub refused: CounterBy,
    /// From the check of a callback's signature to its commit.
    pub durable: Histogram,
    /// Callbacks that wait to be written.
    pub waiting: Gauge,
    /// What written callbacks say: `sent`, `delivered`, `failed`.
    pub statuses: CounterBy,
    /// Failures that were reported, by the class of Twilio's code.
    pub failures: CounterBy,
    /// Texts to us that were kept, by what they ask for.
    pub inbound: CounterBy,
}

impl Callbacks {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        Self {
            received: registrar.counter("callbacks_received_total", "Callbacks that Twilio signed"),
            written: registrar.counter("callbacks_written_total", "Callbacks that are durable"),
            refused: registrar.counter_by(
                "callbacks_refused_total",
                "Callbacks and texts that were refused",
                &["reason"],
                &[
                    "no_signature",
                    "signature",
                    "content_type",
                    "too_large",
                    "other_account",
                    "overloaded",
                    "not_written",
                ],
            ),
            durable: registrar.seconds(
                "callback_durable_seconds",
                "Callbacks, from the check of the signature to the commit",
                &SECONDS,
            ),
            waiting: registrar.gauge("callbacks_waiting", "Callbacks that wait to be written"),
            statuses: registrar.counter_by(
                "callback_statuses_total",
                "What written callbacks say of their message",
                &["status"],
                &["sent", "delivered", "failed"],
            ),
            failures: registrar.counter_by(
                "callback_failures_total",
                "Reported failures, by the class of Twilio's code",
                &["class"],
                &[],
            ),
            inbound: registrar.counter_by(
                "inbound_texts_total",
                "Texts to us, by what they ask for",
                &["keyword"],
                &["stop", "start", "help", "likely_revocation", "other"],
            ),
        }
    }
}
