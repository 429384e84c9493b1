//! Records what kept callbacks say of messages: several groups in one statement, while the next ones are kept.

use std::{mem, sync::Arc, time::Duration};

use rows_as_service::{
    DatabaseError,
    callbacks::{Deliveries, Tally, WaitingGroup},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout},
};

use crate::{campaign_counter::Uncounted, lock_patience::LockPatience};

/// So many callbacks are recorded by the statement that keeps them: from about here on a statement of its own pays.
pub(crate) const FEW: usize = 16;
/// When so many callbacks wait, they are worth a statement.
const ENOUGH: usize = 500;
/// How long to wait for enough, and for another group at all.
const GATHER_FOR: Duration = Duration::from_millis(25);
const PAUSE: Duration = Duration::from_millis(4);
/// With so many, no further ones are kept for the moment.
const MOST: usize = 5000;
const TRIES: u32 = 3;
/// How often to look whether another process has recorded a group, and for how long to wait in between.
const LOOKS: u32 = 500;
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// A group that is kept and not recorded yet.
pub(crate) struct Kept {
    pub(crate) group: WaitingGroup,
    pub(crate) callbacks: usize,
    /// Gives the answer to one of its callbacks.
    pub(crate) answer: oneshot::Sender<bool>,
    /// Shows the writer that it is not recorded.
    pub(crate) unrecorded: Arc<()>,
}

/// Groups that are recorded together. The answer to one of their callbacks is held back until then, and of the last for the
/// moment until they are counted: so whoever has all answers sees what they did.
#[derive(Default)]
struct Batch {
    newest: Option<WaitingGroup>,
    callbacks: usize,
    held: Option<oneshot::Sender<bool>>,
    unrecorded: Vec<Arc<()>>,
}

impl Batch {
    fn add(&mut self, kept: Kept) {
        self.newest = self.newest.max(Some(kept.group));
        self.callbacks += kept.callbacks;
        self.unrecorded.push(kept.unrecorded);
        if self.held.is_none() {
            self.held = Some(kept.answer);
        } else {
            // The caller may have hung up; that is harmless.
            let _ = kept.answer.send(true);
        }
    }

    fn end(self) {
        if let Some(held) = self.held {
            let _ = held.send(true);
        }
    }
}

/// Records groups until nobody keeps any more.
pub(crate) async fn record_kept(
    deliveries: Deliveries,
    mut kept: mpsc::Receiver<Kept>,
    uncounted: Uncounted,
) {
    let mut patience = LockPatience::default();
    let mut next = Batch::default();
    loop {
        if !gather(&mut next, &mut kept).await {
            return;
        }
        let batch = mem::take(&mut next);
        {
            let mut recording = Box::pin(record(&deliveries, batch.newest, &mut patience));
            loop {
                tokio::select! {
                    () = &mut recording => break,
                    Some(one) = kept.recv(), if next.callbacks < MOST => next.add(one),
                }
            }
        }
        if next.newest.is_some() || deliveries.count_recorded(Tally::default()).await.is_err() {
            // If a word waits already, it is about this, too.
            let _ = uncounted.try_send(());
        }
        // What could not be recorded is durable: upkeep tries again.
        batch.end();
    }
}

/// Waits until it is worth a statement, or until few callbacks come. `false` if nobody keeps any more.
async fn gather(batch: &mut Batch, kept: &mut mpsc::Receiver<Kept>) -> bool {
    if batch.newest.is_none() {
        let Some(first) = kept.recv().await else {
            return false;
        };
        batch.add(first);
    }
    let deadline = Instant::now() + GATHER_FOR;
    while batch.callbacks < ENOUGH && Instant::now() < deadline {
        match timeout(PAUSE, kept.recv()).await {
            Ok(Some(one)) => {
                let are_few = one.callbacks <= FEW;
                batch.add(one);
                if are_few {
                    break;
                }
            }
            Ok(None) | Err(_) => break,
        }
    }
    true
}

/// Records all groups up to `newest`, unless the database fails again and again.
async fn record(
    deliveries: &Deliveries,
    newest: Option<WaitingGroup>,
    patience: &mut LockPatience,
) {
    let (mut failures, mut looks) = (0, 0);
    loop {
        match deliveries.record_waiting(patience.locked()).await {
            Ok(recorded) => {
                if recorded.oldest.is_none() || recorded.oldest > newest {
                    return;
                }
                if recorded.groups == 0 {
                    // Another process is at it.
                    looks += 1;
                    if looks == LOOKS {
                        return;
                    }
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
            Err(error) if error.is_transient() => {
                if error.is_locked() {
                    patience.end();
                }
                failures += 1;
                if failures == TRIES {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "callbacks.recorded_later"
                    );
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20 << failures)).await;
            }
            Err(error) => {
                if !record_singly(deliveries, &error).await {
                    return;
                }
            }
        }
    }
}

/// Records the oldest group one by one, because the database refuses something in it or behind it, as `refusal` says; returns
/// whether that went well.
pub(crate) async fn record_singly(deliveries: &Deliveries, refusal: &DatabaseError) -> bool {
    tracing::error!(
        error = refusal as &dyn std::error::Error,
        "callbacks.group_refused"
    );
    match deliveries.record_waiting_singly().await {
        Ok(refused) => {
            if refused > 0 {
                tracing::error!(callbacks.refused = refused, "callbacks.not_recorded");
            }
            true
        }
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "callbacks.recorded_later"
            );
            false
        }
    }
}
