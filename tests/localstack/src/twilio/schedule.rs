//! The schedule: one heap, so that a million messages don't need a million timers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

/// The next change of one message's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step {
    pub due: Instant,
    pub generation: u32,
    pub message: u32,
    /// Whether it is the first since the message was accepted.
    pub is_first: bool,
    /// Whether the `sent` callback is held back until after the last one.
    pub sent_held_back: bool,
}

#[derive(Default)]
pub(super) struct Schedule {
    heap: Mutex<BinaryHeap<Reverse<Step>>>,
    earlier: Notify,
}

impl Schedule {
    fn heap(&self) -> MutexGuard<'_, BinaryHeap<Reverse<Step>>> {
        self.heap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, step: Step) {
        let mut heap = self.heap();
        let is_first = heap
            .peek()
            .is_none_or(|Reverse(first)| step.due < first.due);
        heap.push(Reverse(step));
        drop(heap);
        if is_first {
            self.earlier.notify_one();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.heap().len()
    }

    pub(super) fn clear(&self) {
        self.heap().clear();
    }

    /// Waits until the next step is due.
    pub(super) async fn next(&self) -> Step {
        loop {
            let due = {
                let mut heap = self.heap();
                match heap.peek().map(|Reverse(step)| step.due) {
                    Some(due) if due <= Instant::now() => {
                        if let Some(Reverse(step)) = heap.pop() {
                            return step;
                        }
                        None
                    }
                    due => due,
                }
            };
            match due {
                Some(due) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(due.into()) => {}
                        () = self.earlier.notified() => {}
                    }
                }
                None => self.earlier.notified().await,
            }
        }
    }
}
