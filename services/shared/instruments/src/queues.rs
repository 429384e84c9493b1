//! What waits in the database.

use crate::registrar::{GaugeBy, Registrar};

/// What waits in the database. Send workers read it; each shows the same.
#[derive(Debug)]
pub struct Queues {
    /// How many are due.
    pub waiting: GaugeBy,
    /// For how long the first of them has been.
    pub oldest: GaugeBy,
}

impl Queues {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        Self {
            waiting: registrar.gauge_by(
                "queue_waiting",
                "What is due in a queue of the database",
                &["queue"],
            ),
            oldest: registrar.gauge_by(
                "queue_oldest_seconds",
                "For how long the first in a queue has been due",
                &["queue"],
            ),
        }
    }

    /// Nothing is known any more: the database could not be asked.
    pub fn clear(&self) {
        self.waiting.clear();
        self.oldest.clear();
    }
}
