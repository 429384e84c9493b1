//! Writes callbacks in groups. One group collects while the last one is written: so Postgres and this process work at
//! the same time. One writer only: of two, each would write half as many in a statement, which costs as much.

use std::collections::HashMap;
use std::time::Duration;

use futures::future::BoxFuture;
use rows_as_service::callbacks::{Deliveries, DeliveryNews, Locked, StatusEvent};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

const LARGEST_GROUP: usize = 1000;
/// How long a group waits to become as large as the last one: its statement costs as much as some ten callbacks.
const GATHER_FOR: Duration = Duration::from_millis(2);
const WRITE_TRIES: u32 = 3;
/// Once something was locked for too long, nobody waits for locks for this long: a deletion that holds them takes
/// seconds.
const PUT_OFF_FOR: Duration = Duration::from_secs(5);

/// Passes callbacks to the writer. Cheap to clone.
#[derive(Clone)]
pub struct DeliveryWriter {
    waiting: mpsc::Sender<Waiting>,
    written: CancellationToken,
}

/// A callback as it came, and what it says of a message, if it says anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// As it came.
    pub event: StatusEvent,
    /// What it says of a message.
    pub news: Option<DeliveryNews>,
}

struct Waiting {
    callback: Callback,
    answer: oneshot::Sender<bool>,
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
    /// Starts the writer. At most `waiting` callbacks may wait. On `shutdown` the writer first writes
    /// the waiting ones, then ends.
    #[must_use]
    pub fn start(deliveries: &Deliveries, waiting: usize, shutdown: &CancellationToken) -> Self {
        let (sender, receiver) = mpsc::channel(waiting.max(1));
        let queue = Queue {
            waiting: receiver,
            last_group: 1,
        };
        let writer = Writer {
            deliveries: deliveries.clone(),
            put_off_until: None,
        };
        let written = CancellationToken::new();
        let done = written.clone().drop_guard();
        let shutdown = shutdown.clone();
        tokio::spawn(async move {
            writer.write_groups(queue, shutdown).await;
            drop(done);
        });
        Self {
            waiting: sender,
            written,
        }
    }

    /// Writes a callback; it is durable when this returns.
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

    /// Waits until the writer has ended.
    pub async fn finished(&self) {
        self.written.cancelled().await;
    }
}

/// The callbacks that wait.
struct Queue {
    waiting: mpsc::Receiver<Waiting>,
    last_group: usize,
}

impl Queue {
    /// The next group; empty once everything is written after `shutdown`.
    async fn next_group(&mut self, shutdown: &CancellationToken) -> Vec<Waiting> {
        let mut group = Vec::new();
        loop {
            tokio::select! {
                _ = self.waiting.recv_many(&mut group, LARGEST_GROUP) => break,
                () = shutdown.cancelled(), if !self.waiting.is_closed() => {
                    // Waiting callbacks are still written; new ones are refused.
                    self.waiting.close();
                }
            }
        }
        let deadline = Instant::now() + GATHER_FOR;
        while group.len() < self.last_group && !self.waiting.is_closed() {
            let more = LARGEST_GROUP - group.len();
            match timeout_at(deadline, self.waiting.recv_many(&mut group, more)).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        self.last_group = group.len();
        group
    }
}

/// Whether a callback is durable.
type Durable = bool;

struct Writer {
    deliveries: Deliveries,
    /// Until then, what is locked is put off at once.
    put_off_until: Option<Instant>,
}

impl Writer {
    async fn write_groups(mut self, mut queue: Queue, shutdown: CancellationToken) {
        loop {
            let group = queue.next_group(&shutdown).await;
            if group.is_empty() {
                return;
            }
            let (callbacks, answers): (Vec<_>, Vec<_>) = group
                .into_iter()
                .map(|waiting| (waiting.callback, waiting.answer))
                .unzip();
            let durable = self.write(&callbacks).await;
            for (answer, durable) in answers.into_iter().zip(durable) {
                // The caller may have hung up; that is harmless.
                let _ = answer.send(durable);
            }
        }
    }

    /// Writes callbacks, all together if possible. What the database refuses is halved until only the callback
    /// that it refuses is left: it costs the others nothing but time.
    fn write<'a>(&'a mut self, callbacks: &'a [Callback]) -> BoxFuture<'a, Vec<Durable>> {
        Box::pin(async move {
            match self.try_write(callbacks).await {
                Written::All => vec![true; callbacks.len()],
                Written::Nothing => vec![false; callbacks.len()],
                Written::Refused if callbacks.len() == 1 => vec![false],
                Written::Refused => {
                    let (some, others) = callbacks.split_at(callbacks.len() / 2);
                    let mut durable = self.write(some).await;
                    durable.extend(self.write(others).await);
                    durable
                }
            }
        })
    }

    #[tracing::instrument(name = "callbacks.write", level = "debug", skip_all, fields(group.size = callbacks.len()))]
    async fn try_write(&mut self, callbacks: &[Callback]) -> Written {
        let events: Vec<&StatusEvent> = callbacks.iter().map(|one| &one.event).collect();
        let news = fold(callbacks.iter().filter_map(|one| one.news.as_ref()));
        let mut tried = 0;
        loop {
            tried += 1;
            let locked = match self.put_off_until {
                Some(until) if Instant::now() < until => Locked::PutOff,
                _ => Locked::Wait,
            };
            let Err(error) = self
                .deliveries
                .record_callbacks(&events, news.clone(), locked)
                .await
            else {
                return Written::All;
            };
            // Retrying is harmless: known news changes nothing.
            if error.is_transient() {
                if error.is_locked() {
                    tracing::info!("callbacks.locked_messages_put_off");
                    self.put_off_until = Some(Instant::now() + PUT_OFF_FOR);
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

/// One update per message: the highest status, and of two final ones the first; with our id if it can be had.
fn fold<'a>(news: impl Iterator<Item = &'a DeliveryNews>) -> Vec<&'a DeliveryNews> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut folded: Vec<&DeliveryNews> = Vec::new();
    for one in news {
        let place = *places.entry(&one.sid).or_insert(folded.len());
        let Some(known) = folded.get_mut(place) else {
            folded.push(one);
            continue;
        };
        let is_higher = !known.status.is_terminal() && one.status > known.status;
        if is_higher || (known.status == one.status && known.message_id.is_none()) {
            *known = one;
        }
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
