//! E-mails.

use crate::registrar::{CounterBy, Registrar};

/// E-mails.
#[derive(Debug)]
pub struct Mails {
    /// Tries: `sent`, `postponed`, `failed`, `suppressed`, `canceled`, `paused`.
    pub tried: CounterBy,
    /// What Resend reports.
    pub events: CounterBy,
}

impl Mails {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        Self {
            tried: registrar.counter_by(
                "mails_total",
                "What became of mails each time that one was due",
                &["result"],
                &[
                    "sent",
                    "postponed",
                    "failed",
                    "suppressed",
                    "canceled",
                    "paused",
                ],
            ),
            events: registrar.counter_by(
                "mail_events_total",
                "What Resend reports",
                &["kind"],
                &["delivered", "bounced", "complained"],
            ),
        }
    }
}
