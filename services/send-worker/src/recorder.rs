//! Records outcomes, all that came while the last group was written together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rows_as_service::sending::{ClaimId, Recorded, Sending};
use tokio::sync::mpsc;

use crate::group_writer::write_group;
use crate::locked_claims::LockedClaims;

const LARGEST_GROUP: usize = 500;
/// Outcomes that wait to be written; more make the requests wait.
const WAITING: usize = 4000;

/// A take's messages that have no outcome yet.
#[derive(Debug)]
pub struct OpenClaim {
    id: ClaimId,
    left: AtomicUsize,
    in_doubt: AtomicBool,
}

impl OpenClaim {
    pub fn new(id: ClaimId, messages: usize) -> Arc<Self> {
        Arc::new(Self {
            id,
            left: AtomicUsize::new(messages),
            in_doubt: AtomicBool::new(false),
        })
    }

    pub const fn id(&self) -> ClaimId {
        self.id
    }

    /// One message less. Whether the claim is over: none is left, and none is in doubt.
    fn ends_with(&self, recorded: bool) -> bool {
        if !recorded {
            self.in_doubt.store(true, Ordering::Relaxed);
        }
        self.left.fetch_sub(1, Ordering::AcqRel) == 1 && !self.in_doubt.load(Ordering::Relaxed)
    }
}

/// What became of one message; nothing recorded if it is in doubt.
pub struct Outcome {
    pub claim: Arc<OpenClaim>,
    pub recorded: Option<Recorded>,
}

/// Passes outcomes to the writer. The writer ends once all of these are dropped.
#[derive(Clone)]
pub struct Recorder(mpsc::Sender<Outcome>);

impl Recorder {
    /// The recorder, and its writer to run.
    pub fn new(sending: Sending) -> (Self, impl Future<Output = ()>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(sender), write(sending, receiver))
    }

    pub async fn record(&self, outcome: Outcome) {
        // The writer outlives all recorders.
        let _ = self.0.send(outcome).await;
    }
}

async fn write(sending: Sending, mut waiting: mpsc::Receiver<Outcome>) {
    let mut group = Vec::with_capacity(LARGEST_GROUP);
    let mut locked = LockedClaims::default();
    loop {
        tokio::select! {
            received = waiting.recv_many(&mut group, LARGEST_GROUP) => if received == 0 {
                break;
            },
            () = locked.are_due() => {
                locked.write_some(&sending).await;
                continue;
            }
        }
        let mut recorded = Vec::with_capacity(group.len());
        let mut finished = Vec::new();
        for outcome in group.drain(..) {
            if outcome.claim.ends_with(outcome.recorded.is_some()) {
                finished.push(outcome.claim.id());
            }
            recorded.extend(outcome.recorded);
        }
        // A claim ends last.
        locked.take_what_belongs_to_them(&mut recorded, &mut finished);
        // Everybody locks messages in the order of their ids.
        recorded.sort_unstable_by_key(|one| one.id);
        if !(recorded.is_empty() && finished.is_empty()) {
            locked.add(write_group(&sending, recorded, &finished).await);
        }
    }
    locked.write_all_once(&sending).await;
}
