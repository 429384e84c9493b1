//! Messages on their way to Twilio.

use prometheus_client::metrics::counter::Counter;

use crate::registrar::{CounterBy, Registrar};

/// Messages on their way to Twilio.
#[derive(Debug)]
pub struct Sending {
    /// Messages that this process has taken to send.
    pub claimed: Counter,
    /// Messages that Twilio has, and that are recorded so.
    pub sent: Counter,
    /// Messages that will never be sent, by the stable code of the reason.
    pub failed: CounterBy,
    /// Messages that were given back, to be tried again, by the stable code of the reason.
    pub released: CounterBy,
    /// Messages of which nobody knows whether Twilio has them.
    pub in_doubt: Counter,
    /// Looks at messages in doubt: `sent`, `absent`, `contested`, `unknown`, `settled`.
    pub doubts_settled: CounterBy,
    /// Outcomes that could not be recorded: the messages come into doubt.
    pub not_recorded: Counter,
    /// Messages that went out twice.
    pub sent_twice: Counter,
    /// Holds of senders, by the stable code of the reason.
    pub held: CounterBy,
    /// Alarms of senders that fare badly, by their kind.
    pub sender_alarms: CounterBy,
    /// Ends of messages that were read from Twilio's list, because no callback came.
    pub missed_callbacks: Counter,
    /// Rounds of a send worker that failed: `take`, `upkeep`.
    pub failures: CounterBy,
}

impl Sending {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        Self {
            claimed: registrar.counter("messages_claimed_total", "Messages taken to be sent"),
            sent: registrar.counter(
                "messages_sent_total",
                "Messages that Twilio has accepted, recorded so",
            ),
            failed: registrar.counter_by(
                "messages_failed_total",
                "Messages that were refused for good before they were sent",
                &["class"],
                &[],
            ),
            released: registrar.counter_by(
                "messages_released_total",
                "Messages given back to be tried again",
                &["reason"],
                &[
                    "not_posted",
                    "throttled",
                    "twilio_unreachable",
                    "account_refused",
                ],
            ),
            in_doubt: registrar.counter(
                "messages_in_doubt_total",
                "Requests of which nobody knows whether Twilio has the message",
            ),
            doubts_settled: registrar.counter_by(
                "doubts_looked_at_total",
                "Looks at messages in doubt",
                &["result"],
                &["sent", "absent", "contested", "unknown", "settled"],
            ),
            not_recorded: registrar.counter(
                "outcomes_not_recorded_total",
                "Outcomes that could not be written",
            ),
            sent_twice: registrar.counter(
                "messages_sent_twice_total",
                "Messages for which Twilio has two",
            ),
            held: registrar.counter_by(
                "senders_held_total",
                "Holds of a sender",
                &["reason"],
                &[
                    "throttled",
                    "twilio_unreachable",
                    "account_refused",
                    "daily_limit",
                ],
            ),
            sender_alarms: registrar.counter_by(
                "sender_alarms_total",
                "Alarms of senders that fare badly",
                &["kind"],
                &["filtered", "unregistered", "opted_out"],
            ),
            missed_callbacks: registrar.counter(
                "missed_callbacks_total",
                "Ends of messages read from Twilio's list because no callback came",
            ),
            failures: registrar.counter_by(
                "send_worker_failures_total",
                "Rounds of a send worker that failed",
                &["work"],
                &["take", "upkeep"],
            ),
        }
    }
}
