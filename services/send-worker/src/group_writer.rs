//! Writes outcomes to the database.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::BoxFuture;
use rows_as_service::sending::{ClaimId, MessageOutcome, Recorded, Sending};
use rows_as_service::{DatabaseError, SOON, within};
use tokio::time::Instant;

/// How long a database that is away is waited for; after that the messages come into doubt.
const PATIENCE: Duration = Duration::from_secs(30);

/// Outcomes of one claim, and whether nothing is left of it with them.
pub struct ClaimOutcomes {
    pub claim: ClaimId,
    pub recorded: Vec<Recorded>,
    pub ends: bool,
}

/// Writes outcomes, and the ends of claims. Returns what is not written because somebody has locked something of its claim
/// for long, the deletion of all customers of an account for instance; what else can't be written is lost, and logged.
pub fn write_group<'a>(
    sending: &'a Sending,
    mut recorded: Vec<Recorded>,
    finished: &'a [ClaimId],
) -> BoxFuture<'a, Vec<ClaimOutcomes>> {
    Box::pin(async move {
        let Err(error) = write_patiently(sending, &recorded, finished).await else {
            return Vec::new();
        };
        if error.is_locked() {
            let claims = by_claim(recorded, finished);
            if claims.len() < 2 {
                return claims;
            }
            let mut locked = Vec::new();
            for claim in claims {
                locked.extend(claim.write(sending).await);
            }
            return locked;
        }
        if error.is_transient() {
            count_lost(&recorded, &error);
            return Vec::new();
        }
        // The database refuses something in it: find what, so that the others are not lost.
        if let [one] = &mut recorded[..] {
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
            if let Err(error) = write_patiently(sending, &recorded, finished).await {
                count_lost(&recorded, &error);
            }
            return Vec::new();
        }
        let second = recorded.split_off(recorded.len() / 2);
        let mut locked = write_group(sending, recorded, &[]).await;
        let mut finished = finished.to_vec();
        for one in &mut locked {
            one.ends = finished.contains(&one.claim);
            finished.retain(|claim| *claim != one.claim);
        }
        locked.extend(write_group(sending, second, &finished).await);
        locked
    })
}

impl ClaimOutcomes {
    /// Writes them; returns what somebody has still locked.
    pub async fn write(self, sending: &Sending) -> Vec<Self> {
        let finished: &[ClaimId] = if self.ends { &[self.claim] } else { &[] };
        write_group(sending, self.recorded, finished).await
    }
}

fn by_claim(recorded: Vec<Recorded>, finished: &[ClaimId]) -> Vec<ClaimOutcomes> {
    let mut claims: BTreeMap<ClaimId, ClaimOutcomes> = BTreeMap::new();
    let outcomes = recorded.into_iter().map(|one| (one.claim, Some(one)));
    let ends = finished.iter().map(|claim| (*claim, None));
    for (claim, outcome) in outcomes.chain(ends) {
        let known = claims.entry(claim).or_insert_with(|| ClaimOutcomes {
            claim,
            recorded: Vec::new(),
            ends: false,
        });
        known.ends |= outcome.is_none();
        known.recorded.extend(outcome);
    }
    claims.into_values().collect()
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
            Err(error)
                if error.is_transient() && !error.is_locked() && begun.elapsed() < PATIENCE =>
            {
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

/// Counts outcomes that will never be written: their messages come into doubt.
fn count_lost(recorded: &[Recorded], error: &DatabaseError) {
    let lost = recorded.len() as u64;
    instruments::sending().not_recorded.inc_by(lost);
    tracing::error!(
        outcomes = lost,
        error = error as &dyn std::error::Error,
        "sending.outcomes_not_recorded"
    );
}
