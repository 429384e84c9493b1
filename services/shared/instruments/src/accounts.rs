//! Password resets.

use prometheus_client::metrics::counter::Counter;

use crate::registrar::Registrar;

/// Password resets.
#[derive(Debug)]
pub struct Accounts {
    /// Requests for a reset, whether the address has an account or not.
    pub reset_requests: Counter,
    /// Requests that were looked at; who has an account gets a mail.
    pub resets_handled: Counter,
}

impl Accounts {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        Self {
            reset_requests: registrar.counter(
                "password_reset_requests_total",
                "Requests for a password reset",
            ),
            resets_handled: registrar.counter(
                "password_reset_requests_handled_total",
                "Requests for a password reset that were looked at",
            ),
        }
    }
}
