//! Records what kept callbacks say of messages: several groups in one statement, while the next ones are kept.

use std::{mem, sync::Arc, time::Duration};

use rows_as_service::{
    DatabaseError, LONGEST_TURN, SOON,
    callbacks::{Counted, DedicatedDeliveries, Deliveries, WaitingGroup},
    within,
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::{
    campaign_counter::{CampaignCounter, Held, Uncounted, release},
    lock_patience::LockPatience,
};

/// So many callbacks are recorded by the statement that keeps them: from about here on a statement of its own pays.
pub(crate) const FEW: usize = 4;
/// When so many callbacks wait, they are worth a statement.
const ENOUGH: usize = 500;
/// How long to wait for enough, and for another group at all: on a disk that takes 2 ms a group comes every 5 ms.
const GATHER_FOR: Duration = Duration::from_millis(25);
const PAUSE: Duration = Duration::from_millis(8);
/// When nothing has come for so long, others may have the connection.
pub(crate) const IDLE: Duration = Duration::from_secs(1);
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
    pub(crate) answer: Held,
    /// When it is to be counted.
    pub(crate) counted: Counted,
    /// Shows the writer that it is not recorded.
    pub(crate) unrecorded: TaskTrackerToken,
}

/// Groups that are recorded together. Of the newest group of all, the answer to one callback is held back until it is recorded,
/// and mostly until it is counted: so whoever has all answers sees what they did.
#[derive(Default)]
struct Batch {
    /// The first of its groups, and the last.
    groups: Option<(WaitingGroup, WaitingGroup)>,
    callbacks: usize,
    /// Whether its last group is small.
    ends_with_few: bool,
    /// When its last group is to be counted.
    counted: Option<Counted>,
    held: Option<Held>,
    unrecorded: Vec<TaskTrackerToken>,
}

impl Batch {
    fn add(&mut self, kept: Kept) {
        let (first, last) = self.groups.unwrap_or((kept.group, kept.group));
        self.groups = Some((first.min(kept.group), last.max(kept.group)));
        self.callbacks += kept.callbacks;
        self.ends_with_few = kept.callbacks <= FEW;
        self.counted = Some(kept.counted);
        self.unrecorded.push(kept.unrecorded);
        release(self.held.replace(kept.answer));
    }
}

/// Records groups until nobody keeps any more.
pub(crate) async fn record_kept(
    deliveries: Deliveries,
    mut kept: mpsc::Receiver<Kept>,
    counter: Arc<CampaignCounter>,
    uncounted: Uncounted,
) {
    let mut dedicated = deliveries.dedicated();
    let mut patience = LockPatience::default();
    let mut next = Batch::default();
    while let Some(groups) = gather(&mut next, &mut kept, &mut dedicated).await {
        let mut batch = mem::take(&mut next);
        {
            let mut recording =
                Box::pin(record(&deliveries, &mut dedicated, groups, &mut patience));
            loop {
                tokio::select! {
                    () = &mut recording => break,
                    Some(one) = kept.recv(), if next.callbacks < MOST => {
                        next.add(one);
                        release(batch.held.take());
                    }
                }
            }
        }
        batch.unrecorded.clear();
        // What could not be recorded is durable: upkeep tries again.
        if next.groups.is_some() {
            uncounted.say(None);
        } else if batch.counted == Some(Counted::AtOnce) {
            counter.count().await;
            release(batch.held);
        } else {
            uncounted.say(batch.held);
        }
    }
}

/// Waits until it is worth a statement, or until few callbacks come. Returns the first and the last group; `None` if nobody
/// keeps any more.
async fn gather(
    batch: &mut Batch,
    kept: &mut mpsc::Receiver<Kept>,
    dedicated: &mut DedicatedDeliveries,
) -> Option<(WaitingGroup, WaitingGroup)> {
    if batch.groups.is_none() {
        let first = if let Ok(first) = timeout(IDLE, kept.recv()).await {
            first
        } else {
            dedicated.release_connection();
            kept.recv().await
        };
        batch.add(first?);
    }
    let deadline = Instant::now() + GATHER_FOR;
    while batch.callbacks < ENOUGH && !batch.ends_with_few && Instant::now() < deadline {
        match timeout(PAUSE, kept.recv()).await {
            Ok(Some(one)) => batch.add(one),
            Ok(None) | Err(_) => break,
        }
    }
    batch.groups
}

/// Records all groups from `first` to `last`, unless the database fails again and again.
async fn record(
    deliveries: &Deliveries,
    dedicated: &mut DedicatedDeliveries,
    (first, last): (WaitingGroup, WaitingGroup),
    patience: &mut LockPatience,
) {
    let (mut failures, mut looks) = (0, 0);
    loop {
        let recording = dedicated.record_waiting(first, patience.locked());
        match within(SOON, recording).await {
            Ok(recorded) => {
                if recorded.oldest.is_none_or(|oldest| oldest > last) {
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
    match within(LONGEST_TURN, deliveries.record_waiting_singly()).await {
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
