//! Who listens to what.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::{
    frame::{Frame, Payload},
    token::Subscriber,
    wanted::Wanted,
};

/// A joined channel.
pub(super) type Key = u64;

/// Where one client's frames wait to be written.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    pub(super) frames: mpsc::Sender<Frame>,
    /// Cancelled when the client reads too slowly: it is cut off, so that nobody waits for it.
    pub(super) overflown: CancellationToken,
}

impl Outbox {
    pub(super) fn push(&self, frame: Frame) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.frames.try_send(frame) {
            self.overflown.cancel();
        }
    }
}

/// One entry of `config.postgres_changes`.
#[derive(Debug, Clone)]
pub(super) struct Binding {
    pub(super) id: u64,
    pub(super) parameters: Value,
}

/// A client in a topic.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) topic: String,
    pub(super) outbox: Outbox,
    pub(super) hears_itself: bool,
    pub(super) bindings: Vec<Binding>,
    pub(super) subscriber: Arc<Subscriber>,
}

impl Member {
    /// Sends a `system` message.
    pub(super) fn tell(&self, extension: &str, status: &str, message: &str) {
        self.outbox
            .push(system(&self.topic, extension, status, message));
    }
}

/// What a part of the server reports about a channel.
pub(super) fn system(topic: &str, extension: &str, status: &str, message: &str) -> Frame {
    let channel = topic.strip_prefix("realtime:").unwrap_or(topic);
    let payload = json!({
        "extension": extension, "status": status, "message": message, "channel": channel,
    });
    Frame::push(topic, "system", payload)
}

/// A binding to one published table, checked.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) key: Key,
    pub(super) binding: u64,
    pub(super) topic: String,
    pub(super) outbox: Outbox,
    pub(super) schema: String,
    pub(super) table: String,
    pub(super) wanted: Arc<Wanted>,
    pub(super) subscriber: Arc<Subscriber>,
}

/// All members and their subscriptions.
#[derive(Debug, Default)]
pub(super) struct Hub {
    last_number: AtomicU64,
    inner: Mutex<Inner>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    members: BTreeMap<Key, Member>,
    /// Members whose bindings the reader has yet to check.
    unchecked: Vec<Key>,
    subscriptions: Vec<Arc<Subscription>>,
}

impl Hub {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that nothing else has.
    pub(super) fn number(&self) -> u64 {
        self.last_number.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn join(&self, member: Member) -> Key {
        let key = self.number();
        let subscribes = !member.bindings.is_empty();
        let mut inner = self.inner();
        inner.members.insert(key, member);
        if subscribes {
            inner.unchecked.push(key);
            self.wake.notify_one();
        }
        key
    }

    pub(super) fn leave(&self, key: Key) {
        let mut inner = self.inner();
        inner.members.remove(&key);
        inner.unchecked.retain(|unchecked| *unchecked != key);
        inner.subscriptions.retain(|known| known.key != key);
    }

    /// The member has a new token.
    pub(super) fn renew(&self, key: Key, subscriber: Arc<Subscriber>) {
        let mut inner = self.inner();
        let Some(member) = inner.members.get_mut(&key) else {
            return;
        };
        member.subscriber = subscriber;
        if !member.bindings.is_empty() {
            inner.unchecked.push(key);
            self.wake.notify_one();
        }
    }

    /// Passes a broadcast on to the other members of its topic, and to the sender if it wants that.
    pub(super) fn broadcast(&self, from: Key, topic: &str, payload: &Payload) {
        for (key, member) in &self.inner().members {
            if member.topic == topic && (*key != from || member.hears_itself) {
                member.outbox.push(Frame {
                    payload: payload.clone(),
                    ..Frame::push(topic, "broadcast", Value::Null)
                });
            }
        }
    }

    /// Returns when there is something to check.
    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Whether anybody wants changes.
    pub(super) fn is_listening(&self) -> bool {
        let inner = self.inner();
        let mut members = inner.members.values();
        members.any(|member| !member.bindings.is_empty())
    }

    /// The members whose bindings have to be checked, once.
    pub(super) fn take_unchecked(&self) -> Vec<(Key, Member)> {
        let mut inner = self.inner();
        let keys = std::mem::take(&mut inner.unchecked);
        keys.into_iter()
            .filter_map(|key| Some((key, inner.members.get(&key)?.clone())))
            .collect()
    }

    /// Puts a member back to be checked later.
    pub(super) fn check_later(&self, key: Key) {
        let mut inner = self.inner();
        if inner.members.contains_key(&key) {
            inner.unchecked.push(key);
        }
    }

    /// Whatever the member was subscribed to, now it is this; unless it has left.
    pub(super) fn subscribe(&self, key: Key, subscriptions: Vec<Subscription>) {
        let mut inner = self.inner();
        inner.subscriptions.retain(|known| known.key != key);
        if inner.members.contains_key(&key) {
            inner
                .subscriptions
                .extend(subscriptions.into_iter().map(Arc::new));
        }
    }

    /// The subscriptions have to be checked again: what they were checked against is gone.
    pub(super) fn uncheck(&self) {
        let mut inner = self.inner();
        inner.subscriptions.clear();
        let listening =
            |(key, member): (&Key, &Member)| Some(*key).filter(|_| !member.bindings.is_empty());
        inner.unchecked = inner.members.iter().filter_map(listening).collect();
    }

    pub(super) fn subscriptions_of(&self, schema: &str, table: &str) -> Vec<Arc<Subscription>> {
        let inner = self.inner();
        let of_table = |known: &&Arc<Subscription>| known.schema == schema && known.table == table;
        inner
            .subscriptions
            .iter()
            .filter(of_table)
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(topic: &str, most_frames: usize) -> (Member, mpsc::Receiver<Frame>) {
        let (frames, received) = mpsc::channel(most_frames);
        let member = Member {
            topic: topic.to_owned(),
            outbox: Outbox {
                frames,
                overflown: CancellationToken::new(),
            },
            hears_itself: false,
            bindings: Vec::new(),
            subscriber: Arc::new(Subscriber {
                role: "anon".to_owned(),
                claims: "{}".to_owned(),
                ends_at: 0,
            }),
        };
        (member, received)
    }

    #[test]
    fn who_reads_too_slowly_is_cut_off_and_keeps_nobody_waiting() {
        let hub = Hub::default();
        let (slow, _unread) = member("realtime:a", 1);
        let (other, mut read) = member("realtime:a", 9);
        let (elsewhere, mut silent) = member("realtime:b", 9);
        let (cut, kept) = (
            slow.outbox.overflown.clone(),
            other.outbox.overflown.clone(),
        );
        let sender = hub.join(member("realtime:a", 9).0);
        for one in [slow, other, elsewhere] {
            hub.join(one);
        }
        for _ in 0..3 {
            hub.broadcast(sender, "realtime:a", &Payload::Json(json!({})));
        }
        assert!(cut.is_cancelled() && !kept.is_cancelled());
        for _ in 0..3 {
            assert_eq!(read.try_recv().unwrap().event, "broadcast");
        }
        assert!(silent.try_recv().is_err());
    }
}
