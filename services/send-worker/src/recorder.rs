//! Writes outcomes to the database, all that came while the last group was written together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use rows_as_service::sending::{ClaimId, MessageOutcome, Recorded, Sending};
use rows_as_service::{DatabaseError, SOON, within};
use tokio::sync::mpsc;
use tokio::time::Instant;

const LARGEST_GROUP: usize = 500;
/// Outcomes that wait to be written; more make the requests wait.
const WAITING: usize = 4000;
/// How long a database that is away is waited for; after that the messages come into doubt.
const PATIENCE: Duration = Duration::from_secs(30);

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
    while waiting.recv_many(&mut group, LARGEST_GROUP).await > 0 {
        let mut recorded = Vec::with_capacity(group.len());
        let mut finished = Vec::new();
        for outcome in group.drain(..) {
            if outcome.claim.ends_with(outcome.recorded.is_some()) {
                finished.push(outcome.claim.id());
            }
            recorded.extend(outcome.recorded);
        }
        // Everybody locks messages in the order of their ids.
        recorded.sort_unstable_by_key(|one| one.id);
        if !(recorded.is_empty() && finished.is_empty()) {
            write_group(&sending, &mut recorded, &finished).await;
        }
    }
}

async fn write_group(sending: &Sending, recorded: &mut [Recorded], finished: &[ClaimId]) {
    let Err(error) = write_patiently(sending, recorded, finished).await else {
        return;
    };
    if error.is_transient() {
        count_lost(recorded);
        tracing::error!(
            outcomes = recorded.len(),
            error = &error as &dyn std::error::Error,
            "sending.outcomes_not_recorded"
        );
        return;
    }
    // The database refuses something in it: find what, so that the others are not lost.
    if let [one] = recorded {
        tracing::error!(
            message.id = %one.id,
            error = &error as &dyn std::error::Error,
            "sending.outcome_refused"
        );
        one.body = None;
        one.segments = None;
        if let MessageOutcome::Failed { error_message, .. } = &mut one.outcome {
            "This message was refused.".clone_into(error_message);
        }
        if let Err(error) = write_patiently(sending, recorded, finished).await {
            count_lost(recorded);
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "sending.outcomes_not_recorded"
            );
        }
        return;
    }
    let (first, second) = recorded.split_at_mut(recorded.len() / 2);
    Box::pin(write_group(sending, first, &[])).await;
    Box::pin(write_group(sending, second, finished)).await;
}

#[tracing::instrument(name = "sending.record", level = "debug", skip_all, fields(outcomes = recorded.len()))]
async fn write_patiently(
    sending: &Sending,
    recorded: &[Recorded],
    finished: &[ClaimId],
) -> Result<(), DatabaseError> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(20);
    loop {
        match within(SOON, sending.record_outcomes(recorded, finished)).await {
            Ok(twice) => {
                count_written(recorded);
                for id in twice {
                    instruments::sending().sent_twice.inc();
                    tracing::error!(message.id = %id, "sending.sent_twice");
                }
                return Ok(());
            }
            Err(error) if error.is_transient() && begun.elapsed() < PATIENCE => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(1));
            }
            Err(error) => return Err(error),
        }
    }
}

fn count_written(recorded: &[Recorded]) {
    let counted = instruments::sending();
    for one in recorded {
        match one.outcome {
            MessageOutcome::Sent { .. } => {
                counted.sent.inc();
            }
            MessageOutcome::Failed { reason, .. } => counted.failed.inc(reason),
            MessageOutcome::Released { reason, .. } => {
                counted.released.inc(reason.unwrap_or("not_posted"));
            }
        }
    }
}

fn count_lost(recorded: &[Recorded]) {
    let lost = recorded.len() as u64;
    instruments::sending().not_recorded.inc_by(lost);
}
