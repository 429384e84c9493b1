//! The callbacks that wait to be written, and how many of them make a group.

use std::time::Duration;

use rows_as_service::callbacks::{Counted, DedicatedDeliveries, DeliveryNews, StatusEvent};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{campaign_counter::Pace, delivery_recorder::IDLE};

const LARGEST_GROUP: usize = 1000;
/// How long a group waits until it is large enough.
const GATHER_FOR: Duration = Duration::from_millis(2);

/// A callback as it came, and what it says of a message, if it says anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// As it came.
    pub event: StatusEvent,
    /// What it says of a message.
    pub news: Option<DeliveryNews>,
}

/// Whether a callback is durable.
pub(crate) type Durable = bool;

/// A callback, and who waits for it.
pub(crate) struct Waiting {
    pub(crate) callback: Callback,
    pub(crate) answer: oneshot::Sender<Durable>,
}

/// Callbacks that are written together.
pub(crate) struct Group {
    pub(crate) callbacks: Vec<Callback>,
    /// One for each of them.
    pub(crate) answers: Vec<oneshot::Sender<Durable>>,
    /// When what they say is counted, if they are recorded by the statement that keeps them.
    pub(crate) counted: Counted,
}

/// The callbacks that wait.
pub(crate) struct CallbackQueue {
    waiting: mpsc::Receiver<Waiting>,
    /// The sizes of the last two groups: of two that are written at once, each is half of what is under way.
    last_groups: [usize; 2],
    pace: Pace,
}

impl CallbackQueue {
    pub(crate) fn new(waiting: mpsc::Receiver<Waiting>) -> Self {
        Self {
            waiting,
            last_groups: [1; 2],
            pace: Pace::new(),
        }
    }

    /// The next group, for a writer that `writes_alone` or beside another one; `None` once everything was taken after
    /// `shutdown`. While nothing comes the connection goes to others.
    pub(crate) async fn next_group(
        &mut self,
        shutdown: &CancellationToken,
        deliveries: &mut DedicatedDeliveries,
        writes_alone: bool,
    ) -> Option<Group> {
        let mut group = Vec::new();
        loop {
            tokio::select! {
                _ = self.waiting.recv_many(&mut group, LARGEST_GROUP) => break,
                () = shutdown.cancelled(), if !self.waiting.is_closed() => {
                    // Waiting callbacks are still written; new ones are refused.
                    self.waiting.close();
                }
                () = sleep(IDLE), if deliveries.has_connection() => deliveries.release_connection(),
            }
        }
        let deadline = Instant::now() + GATHER_FOR;
        let enough = self.enough(writes_alone);
        while group.len() < enough && !self.waiting.is_closed() {
            let more = LARGEST_GROUP - group.len();
            match timeout_at(deadline, self.waiting.recv_many(&mut group, more)).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        self.last_groups = [group.len(), self.last_groups[0]];
        self.pace.add(group.len());
        let (callbacks, answers): (Vec<_>, Vec<_>) = group
            .into_iter()
            .map(|waiting| (waiting.callback, waiting.answer))
            .unzip();
        (!callbacks.is_empty()).then(|| Group {
            callbacks,
            answers,
            counted: self.pace.counted(),
        })
    }

    /// For how many callbacks a group waits. The database has nothing to do while the only writer gathers, so that one begins
    /// a little sooner each time, until those that came while the last group was written are enough.
    const fn enough(&self, writes_alone: bool) -> usize {
        let mean = usize::midpoint(self.last_groups[0], self.last_groups[1]);
        if writes_alone { mean - mean / 8 } else { mean }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_large_groups_that_hold_up_the_database_become_smaller() {
        let mut queue = CallbackQueue::new(mpsc::channel(1).1);
        for (last_groups, alone, beside_another) in [
            ([1, 1], 1, 1),
            ([1, 4], 2, 2),
            ([7, 7], 7, 7),
            ([40, 24], 28, 32),
        ] {
            queue.last_groups = last_groups;
            assert_eq!(queue.enough(true), alone, "{last_groups:?}");
            assert_eq!(queue.enough(false), beside_another, "{last_groups:?}");
        }
    }
}
