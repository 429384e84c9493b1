//! Requests to Twilio.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, histogram::Histogram},
};

use crate::registrar::{CounterBy, Kind, Registrar};

/// Up to the 15 s after which a request is given up.
const SECONDS: [f64; 8] = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    operation: &'static str,
    result: &'static str,
}

/// Requests to Twilio.
#[derive(Debug)]
pub struct TwilioRequests {
    requests: Family<Answered, Histogram, fn() -> Histogram>,
    /// Refused messages, by the class of the code.
    pub refusals: CounterBy,
}

impl TwilioRequests {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        let buckets: fn() -> Histogram = || Histogram::new(SECONDS);
        Self {
            requests: registrar.register(
                "twilio_request_seconds",
                "Requests to Twilio",
                Kind::Histogram,
                &["operation", "result"],
                Family::new_with_constructor(buckets),
            ),
            refusals: registrar.counter_by(
                "twilio_refusals_total",
                "Messages that Twilio refused, by the class of its code",
                &["class"],
                &[],
            ),
        }
    }

    /// A request ended.
    pub fn answered(&self, operation: &'static str, result: &'static str, took: Duration) {
        self.requests
            .get_or_create(&Answered { operation, result })
            .observe(took.as_secs_f64());
    }
}
