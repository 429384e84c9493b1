//! Claims messages and posts them to Twilio.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::{StreamExt as _, stream};
use rows_as_service::sending::{Claim, MessageOutcome, Recorded, RenderedMessage};
use tokio::time::Instant;
use twilio::{CreateMessage, Outcome};

use crate::outcomes::Verdict;
use crate::{Error, Worker};

/// Attempts to record outcomes while the database is down; after that the messages are in doubt.
const RECORD_TRIES: u32 = 5;

/// The result of one round of posting.
#[derive(Debug, Default)]
pub struct Posted {
    /// How long released messages should wait.
    pub hold: Option<Duration>,
    /// Why the campaign can't continue.
    pub stop: Option<(&'static str, String)>,
    /// Whether some messages were released or are in doubt.
    pub unfinished: bool,
}

impl Worker {
    /// Claims `messages`, commits, posts the claimed ones, and records their outcomes.
    pub(crate) async fn claim_and_post(
        &self,
        messages: &[RenderedMessage],
    ) -> Result<Posted, Error> {
        // Taken before the claim, so that our deadline is never later than the database's.
        let claimed_at = Instant::now();
        let claims = self.sending.claim(messages).await?;
        let by_id: HashMap<_, _> = messages
            .iter()
            .map(|message| (message.id, message))
            .collect();
        let mut posted = Posted {
            unfinished: claims.len() < messages.len(),
            ..Posted::default()
        };
        let mut recorded = Vec::with_capacity(claims.len());
        let stopped = AtomicBool::new(false);
        // Futures do nothing until the stream below polls them.
        let posts: Vec<_> = claims
            .into_iter()
            .filter_map(|claim| {
                let message = by_id.get(&claim.id)?;
                Some(self.post(claim, message, claimed_at, &stopped))
            })
            .collect();
        let mut verdicts =
            stream::iter(posts).buffer_unordered(usize::from(self.pacing.concurrency));
        while let Some((claim, verdict)) = verdicts.next().await {
            posted.hold = posted.hold.max(verdict.hold);
            if verdict.stop.is_some() {
                // The campaign's other messages would fail the same way.
                stopped.store(true, Ordering::Relaxed);
            }
            posted.stop = posted.stop.or(verdict.stop);
            match verdict.record {
                Some(outcome) => {
                    posted.unfinished |= outcome == MessageOutcome::Released;
                    recorded.push(Recorded { claim, outcome });
                }
                None => posted.unfinished = true,
            }
        }
        drop(verdicts);
        // Record first, so that no answer of Twilio's is lost if a later step fails.
        self.record(&recorded).await?;
        if let Some(hold) = posted.hold {
            tracing::warn!(
                hold_milliseconds = u64::try_from(hold.as_millis()).unwrap_or(u64::MAX),
                "sending.slowed_down"
            );
            self.sending.hold_sender(&self.sender, hold).await?;
        }
        Ok(posted)
    }

    async fn post(
        &self,
        claim: Claim,
        message: &RenderedMessage,
        claimed_at: Instant,
        stopped: &AtomicBool,
    ) -> (Claim, Verdict) {
        let not_sent = Verdict {
            record: Some(MessageOutcome::Released),
            hold: None,
            stop: None,
        };
        let Ok(_permit) = self.requests.acquire().await else {
            return (claim, not_sent);
        };
        // A request must certainly have ended when its claim comes into doubt.
        if self.stopping.is_cancelled()
            || stopped.load(Ordering::Relaxed)
            || claimed_at.elapsed() >= self.post_within
            || !self.brake.remaining(Instant::now()).is_zero()
        {
            return (claim, not_sent);
        }
        let callback = format!("{}{}", self.callback_url, message.id);
        let outcome: Outcome = self
            .twilio
            .create_message(&CreateMessage {
                to: &message.phone_number,
                body: &message.body,
                status_callback: Some(&callback),
                validity_period: None,
            })
            .await;
        (claim, Verdict::of(outcome, &self.brake))
    }

    /// Records outcomes, retrying so that a short database outage does not lose them.
    async fn record(&self, recorded: &[Recorded]) -> Result<(), Error> {
        if recorded.is_empty() {
            return Ok(());
        }
        let mut tries = 1;
        loop {
            match self.sending.record_outcomes(recorded).await {
                Ok(()) => return Ok(()),
                Err(error) if tries == RECORD_TRIES => return Err(error.into()),
                Err(_) => tokio::time::sleep(Duration::from_millis(100 << tries)).await,
            }
            tries += 1;
        }
    }
}
