//! One writer for all callbacks. No timer: the next batch collects while the last one commits.

use std::collections::HashMap;
use std::time::Duration;

use rows_as_service::callbacks::{Deliveries, DeliveryNews};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

const LARGEST_GROUP: usize = 1000;
const WRITE_TRIES: u32 = 3;

/// Passes delivery updates to the writer. Cheap to clone.
#[derive(Clone)]
pub struct DeliveryWriter {
    waiting: mpsc::Sender<Waiting>,
    written: CancellationToken,
}

struct Waiting {
    news: DeliveryNews,
    answer: oneshot::Sender<bool>,
}

/// More callbacks wait than may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many callbacks are waiting")]
pub struct Overloaded;

/// Why an update was not written. Twilio may send it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// More callbacks wait than may.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// The database refused it, or this process is shutting down.
    #[error("the update could not be written")]
    Failed,
}

impl DeliveryWriter {
    /// Starts the writer. At most `waiting` updates may wait. On `shutdown` the writer first writes
    /// the waiting ones, then ends.
    #[must_use]
    pub fn start(deliveries: Deliveries, waiting: usize, shutdown: CancellationToken) -> Self {
        let (sender, receiver) = mpsc::channel(waiting.max(1));
        let written = CancellationToken::new();
        let done = written.clone().drop_guard();
        tokio::spawn(async move {
            write_groups(&deliveries, receiver, &shutdown).await;
            drop(done);
        });
        Self {
            waiting: sender,
            written,
        }
    }

    /// Writes an update; it is durable when this returns.
    ///
    /// # Errors
    /// [`WriteError`]; the update may not be durable.
    pub async fn write(&self, news: DeliveryNews) -> Result<(), WriteError> {
        let (answer, answered) = oneshot::channel();
        self.waiting
            .try_send(Waiting { news, answer })
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

async fn write_groups(
    deliveries: &Deliveries,
    mut waiting: mpsc::Receiver<Waiting>,
    shutdown: &CancellationToken,
) {
    let mut group = Vec::with_capacity(LARGEST_GROUP);
    loop {
        let taken = tokio::select! {
            taken = waiting.recv_many(&mut group, LARGEST_GROUP) => taken,
            () = shutdown.cancelled(), if !waiting.is_closed() => {
                // Waiting updates are still written; new ones are refused.
                waiting.close();
                continue;
            }
        };
        if taken == 0 {
            return;
        }
        let (news, answers): (Vec<_>, Vec<_>) = group
            .drain(..)
            .map(|waiting| (waiting.news, waiting.answer))
            .unzip();
        let durable = write_group(deliveries, &fold(news)).await;
        for answer in answers {
            // The caller may have hung up; that is harmless.
            let _ = answer.send(durable);
        }
    }
}

async fn write_group(deliveries: &Deliveries, news: &[DeliveryNews]) -> bool {
    for tried in 1..=WRITE_TRIES {
        match deliveries.record(news).await {
            Ok(changed) => {
                tracing::debug!(group.size = news.len(), changed, "callbacks.written");
                return true;
            }
            // Retrying is harmless: a known update changes nothing.
            Err(error) if tried < WRITE_TRIES && error.is_transient() => {
                tokio::time::sleep(Duration::from_millis(20 << tried)).await;
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "callbacks.not_written"
                );
                return false;
            }
        }
    }
    false
}

/// One update per message: the highest status, and of two final ones the first.
fn fold(news: Vec<DeliveryNews>) -> Vec<DeliveryNews> {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(news.len());
    let mut folded: Vec<DeliveryNews> = Vec::with_capacity(news.len());
    for one in news {
        if let Some(&place) = places.get(&one.sid) {
            let known = &mut folded[place];
            let message_id = known.message_id.or(one.message_id);
            if !known.status.is_terminal() && one.status > known.status {
                *known = one;
            }
            known.message_id = message_id;
        } else {
            places.insert(one.sid.clone(), folded.len());
            folded.push(one);
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
        let folded = fold(vec![
            news("SM1", Delivered),
            news("SM2", Sent),
            news("SM1", Sent),
            news("SM2", Failed),
            news("SM2", Delivered),
            news("SM3", Sent),
        ]);
        let seen: Vec<_> = folded
            .iter()
            .map(|one| (one.sid.as_str(), one.status))
            .collect();
        assert_eq!(seen, [("SM1", Delivered), ("SM2", Failed), ("SM3", Sent)]);
    }
}
