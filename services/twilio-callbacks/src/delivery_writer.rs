//! Writes callbacks in groups. One group collects while the last one is written: so Postgres and this process work at
//! the same time. One writer mostly: of two, each writes half as many in a statement, which costs as much. The second one
//! helps where the database lets us wait.
//!
//! A few callbacks are recorded by the statement that keeps them. Many at once are kept by one statement and recorded by the
//! next one, of the recorder, while the writer goes on: all of them are answered in between but one, which waits until they
//! are recorded.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use rows_as_service::{
    SOON,
    callbacks::{Counted, DedicatedDeliveries, Deliveries, DeliveryNews, StatusEvent},
    within,
};
use tokio::sync::{Mutex, MutexGuard, mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    callback_queue::{Callback, CallbackQueue, Durable, Group, Waiting},
    campaign_counter::{CampaignCounter, Uncounted},
    commit_time::CommitTime,
    delivery_recorder::{FEW, IDLE, Kept, record_kept},
    lock_patience::LockPatience,
};

/// More at once would each be too small to pay.
const WRITERS: usize = 2;
const WRITE_TRIES: u32 = 3;

/// Passes callbacks to the writer. Cheap to clone.
#[derive(Clone)]
pub struct DeliveryWriter {
    waiting: mpsc::Sender<Waiting>,
    tasks: TaskTracker,
}

/// More callbacks wait than may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many callbacks are waiting")]
pub struct Overloaded;

/// Why a callback was not written. Twilio may send it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// More callbacks wait than may.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// The database refused it, or this process is shutting down.
    #[error("the callback could not be written")]
    Failed,
}

impl DeliveryWriter {
    /// Starts the writers, the recorder and the counter. At most `waiting` callbacks may wait. On `shutdown` the waiting ones are
    /// written, recorded and counted, then they end.
    #[must_use]
    pub fn start(deliveries: &Deliveries, waiting: usize, shutdown: &CancellationToken) -> Self {
        let (sender, receiver) = mpsc::channel(waiting.max(1));
        let queue = Arc::new(Mutex::new(CallbackQueue::new(receiver)));
        let (keeping, kept) = mpsc::channel(1);
        let (uncounted, to_count) = Uncounted::channel();
        let counter = Arc::new(CampaignCounter::new(deliveries.clone()));
        let unrecorded = TaskTracker::new();
        unrecorded.close();
        let commit_time = Arc::default();
        let tasks = TaskTracker::new();
        for _ in 0..WRITERS {
            let writer = Writer {
                deliveries: deliveries.dedicated(),
                patience: LockPatience::default(),
                commit_time: Arc::clone(&commit_time),
                keeping: keeping.clone(),
                unrecorded: unrecorded.clone(),
                uncounted: uncounted.clone(),
            };
            tasks.spawn(writer.write_groups(Arc::clone(&queue), shutdown.clone()));
        }
        drop(keeping);
        tasks.spawn(record_kept(
            deliveries.clone(),
            kept,
            Arc::clone(&counter),
            uncounted,
        ));
        tasks.spawn(async move { counter.count_recorded(to_count).await });
        tasks.close();
        Self {
            waiting: sender,
            tasks,
        }
    }

    /// Writes a callback; it is durable when this returns. When all that were handed over have returned, they are recorded as
    /// well.
    ///
    /// # Errors
    /// [`WriteError`]; the callback may not be durable.
    pub async fn write(&self, callback: Callback) -> Result<(), WriteError> {
        let (answer, answered) = oneshot::channel();
        self.waiting
            .try_send(Waiting { callback, answer })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => WriteError::Overloaded(Overloaded),
                mpsc::error::TrySendError::Closed(_) => WriteError::Failed,
            })?;
        match answered.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(WriteError::Failed),
        }
    }

    /// Waits until everything is written and recorded after `shutdown`.
    pub async fn finished(&self) {
        self.tasks.wait().await;
    }
}

struct Writer {
    deliveries: DedicatedDeliveries,
    patience: LockPatience,
    commit_time: Arc<CommitTime>,
    keeping: mpsc::Sender<Kept>,
    /// The groups that are kept and not recorded yet.
    unrecorded: TaskTracker,
    uncounted: Uncounted,
}

impl Writer {
    async fn write_groups(mut self, queue: Arc<Mutex<CallbackQueue>>, shutdown: CancellationToken) {
        let mut turn = None;
        loop {
            let mut queue = match turn.take() {
                Some(queue) => queue,
                None => self.turn(&queue).await,
            };
            let writes_alone = !self.commit_time.is_long();
            let Some(group) = queue
                .next_group(&shutdown, &mut self.deliveries, writes_alone)
                .await
            else {
                return;
            };
            // Where the other writer would not help, this one keeps its turn.
            turn = writes_alone.then_some(queue);
            self.write_group(group).await;
        }
    }

    /// Waits until the other writer leaves the queue to this one.
    async fn turn<'a>(&mut self, queue: &'a Mutex<CallbackQueue>) -> MutexGuard<'a, CallbackQueue> {
        if let Ok(queue) = timeout(IDLE, queue.lock()).await {
            return queue;
        }
        self.deliveries.release_connection();
        queue.lock().await
    }

    async fn write_group(&mut self, group: Group) {
        let Group {
            callbacks,
            mut answers,
            counted,
        } = group;
        let kept = self.keep(&callbacks, &mut answers, counted).await;
        let durable = match kept {
            Some(_) => vec![true; answers.len()],
            None => self.write(&callbacks, counted).await,
        };
        for (answer, durable) in answers.into_iter().zip(durable) {
            // The caller may have hung up; that is harmless.
            let _ = answer.send(durable);
        }
        if let Some(kept) = kept {
            // It ends after this.
            let _ = self.keeping.send(kept).await;
        }
    }

    /// Keeps callbacks, to be recorded by the recorder, which gives the last of `answers`. `None` if they are few and all
    /// that came before are recorded, or if that failed.
    #[tracing::instrument(name = "callbacks.keep", level = "debug", skip_all, fields(group.size = callbacks.len()))]
    async fn keep(
        &mut self,
        callbacks: &[Callback],
        answers: &mut Vec<oneshot::Sender<Durable>>,
        counted: Counted,
    ) -> Option<Kept> {
        if callbacks.len() <= FEW && self.unrecorded.is_empty() {
            return None;
        }
        let events: Vec<&StatusEvent> = callbacks.iter().map(|one| &one.event).collect();
        let news = fold(callbacks.iter().filter_map(|one| one.news.as_ref()));
        let began = Instant::now();
        // Whatever is wrong shows again, and is said, when they are written.
        let keeping = self.deliveries.keep_callbacks(&events, &news);
        let group = within(SOON, keeping).await.ok()?;
        self.commit_time.took(began.elapsed());
        Some(Kept {
            group,
            answer: answers.pop()?,
            callbacks: callbacks.len(),
            counted,
            unrecorded: self.unrecorded.token(),
        })
    }

    /// Writes callbacks, all together if possible. What the database refuses is halved until only the callback
    /// that it refuses is left: it costs the others nothing but time.
    fn write<'a>(
        &'a mut self,
        callbacks: &'a [Callback],
        counted: Counted,
    ) -> BoxFuture<'a, Vec<Durable>> {
        Box::pin(async move {
            match self.try_write(callbacks, counted).await {
                Written::All => vec![true; callbacks.len()],
                Written::Nothing => vec![false; callbacks.len()],
                Written::Refused if callbacks.len() == 1 => vec![false],
                Written::Refused => {
                    let (some, others) = callbacks.split_at(callbacks.len() / 2);
                    let mut durable = self.write(some, counted).await;
                    durable.extend(self.write(others, counted).await);
                    durable
                }
            }
        })
    }

    #[tracing::instrument(name = "callbacks.write", level = "debug", skip_all, fields(group.size = callbacks.len()))]
    async fn try_write(&mut self, callbacks: &[Callback], counted: Counted) -> Written {
        let events: Vec<&StatusEvent> = callbacks.iter().map(|one| &one.event).collect();
        let news = fold(callbacks.iter().filter_map(|one| one.news.as_ref()));
        let mut tried = 0;
        loop {
            tried += 1;
            let locked = self.patience.locked();
            let recording = self
                .deliveries
                .record_callbacks(&events, &news, locked, counted);
            let Err(error) = within(SOON, recording).await else {
                if counted == Counted::Later {
                    self.uncounted.say(None);
                }
                return Written::All;
            };
            // Retrying is harmless: known news changes nothing.
            if error.is_transient() {
                if error.is_locked() {
                    self.patience.end();
                }
                if tried < WRITE_TRIES {
                    tokio::time::sleep(Duration::from_millis(20 << tried)).await;
                    continue;
                }
            }
            tracing::error!(
                error = &error as &dyn std::error::Error,
                group.size = callbacks.len(),
                "callbacks.not_written"
            );
            return if error.is_transient() {
                Written::Nothing
            } else {
                Written::Refused
            };
        }
    }
}

enum Written {
    All,
    /// The database is not there.
    Nothing,
    /// The database refuses at least one of them.
    Refused,
}

/// One update per message: the highest status, and of two final ones the first; with our id if any of them has it.
fn fold<'a>(news: impl Iterator<Item = &'a DeliveryNews>) -> Vec<DeliveryNews> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut folded: Vec<DeliveryNews> = Vec::new();
    for one in news {
        let place = *places.entry(&one.sid).or_insert(folded.len());
        let Some(known) = folded.get_mut(place) else {
            folded.push(one.clone());
            continue;
        };
        let message_id = known.message_id.or(one.message_id);
        if !known.status.is_terminal() && one.status > known.status {
            one.clone_into(known);
        }
        known.message_id = message_id;
    }
    folded
}

#[cfg(test)]
mod tests {
    use rows_as_service::callbacks::DeliveryStatus;

    use super::*;

    fn news(sid: &str, status: DeliveryStatus) -> DeliveryNews {
        DeliveryNews {
            message_id: None,
            sid: sid.to_owned(),
            status,
            reason: None,
            error_code: None,
            error_message: None,
            suppress: false,
        }
    }

    #[test]
    fn repeats_in_a_group_fold_into_the_highest_and_the_first_final_one_sticks() {
        use DeliveryStatus::{Delivered, Failed, Sent};
        let all = [
            news("SM1", Delivered),
            news("SM2", Sent),
            news("SM1", Sent),
            news("SM2", Failed),
            news("SM2", Delivered),
            news("SM3", Sent),
        ];
        let folded = fold(all.iter());
        let seen: Vec<_> = folded
            .iter()
            .map(|one| (one.sid.as_str(), one.status))
            .collect();
        assert_eq!(seen, [("SM1", Delivered), ("SM2", Failed), ("SM3", Sent)]);
    }
}
