//! Takes messages and posts them, at most so many at once.

use std::sync::Arc;
use std::time::Duration;

use domain::MessageTemplate;
use rows_as_service::sending::{MessageOutcome, Recorded, Take, Taken};
use rows_as_service::{SOON, within};
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::Instant;

use crate::Worker;
use crate::posting::{Batch, Ready, render};
use crate::recorder::{OpenClaim, Outcome, Recorder};

/// More are not claimed at once.
const LARGEST_TAKE: u32 = 500;
/// Not sooner: what a take claims whose answer nobody waits for is in doubt, though nobody posts it.
const TAKEN_WITHIN: Duration = Duration::from_mins(5);

/// The messages of a take, and when it was begun.
struct Begun(Take, Instant);

impl Worker {
    /// Takes and posts until shutdown; then gives back what was taken and not posted.
    pub(crate) async fn dispatch(&self, recorder: Recorder, bell: &Notify) {
        let mut next = None;
        while !self.stopping.is_cancelled() {
            let Some(begun) = next.take() else {
                next = self.take_or_wait(bell).await;
                continue;
            };
            if self.meter.ahead(Instant::now()) == 0 {
                self.post_all(begun, &recorder).await;
                continue;
            }
            // Answers come fast: the next take hides behind these requests.
            let ((), taken) = tokio::join!(self.post_all(begun, &recorder), self.take());
            next = match taken {
                Ok((Taken::Messages(take), begun)) => Some(Begun(take, begun)),
                Ok((Taken::Nothing(_), _)) => None,
                Err(error) => {
                    self.take_failed(&error).await;
                    None
                }
            };
        }
        if let Some(begun) = next {
            // Released one by one, because this process is stopping.
            self.post_all(begun, &recorder).await;
        }
    }

    async fn take_or_wait(&self, bell: &Notify) -> Option<Begun> {
        // A place for a request first, so that what is claimed is posted at once.
        let place = tokio::select! {
            place = self.requests.acquire() => place.ok()?,
            () = self.stopping.cancelled() => return None,
        };
        drop(place);
        match self.take().await {
            Ok((Taken::Messages(take), begun)) => return Some(Begun(take, begun)),
            Ok((Taken::Nothing(wait), _)) => {
                let wait = wait.min(self.pacing.poll());
                tokio::select! {
                    () = self.stopping.cancelled() => {}
                    () = bell.notified() => {}
                    () = tokio::time::sleep(wait) => {}
                }
            }
            Err(error) => self.take_failed(&error).await,
        }
        None
    }

    #[tracing::instrument(name = "sending.take", level = "debug", skip_all)]
    async fn take(&self) -> Result<(Taken, Instant), rows_as_service::DatabaseError> {
        let begun = Instant::now();
        let free = u32::try_from(self.requests.available_permits()).unwrap_or(LARGEST_TAKE);
        let at_most = free.max(self.meter.ahead(begun)).clamp(1, LARGEST_TAKE);
        let taking = self
            .sending
            .take(&self.name, at_most, self.pacing.doubt_after());
        let taken = within(TAKEN_WITHIN, taking).await?;
        if let Taken::Messages(take) = &taken {
            let claimed = take.messages.len() as u64;
            instruments::sending().claimed.inc_by(claimed);
        }
        Ok((taken, begun))
    }

    async fn take_failed(&self, error: &rows_as_service::DatabaseError) {
        instruments::sending().failures.inc("take");
        tracing::error!(
            error = error as &dyn std::error::Error,
            "sending.take_failed"
        );
        tokio::select! {
            () = self.stopping.cancelled() => {}
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
        }
    }

    /// Starts a request for each message as places become free.
    async fn post_all(&self, Begun(mut take, begun): Begun, recorder: &Recorder) {
        let messages = std::mem::take(&mut take.messages);
        let template = take
            .template
            .as_deref()
            .and_then(|text| MessageTemplate::parse(text).ok());
        let batch = Arc::new(Batch {
            claim: OpenClaim::new(take.claim, messages.len()),
            take,
            template,
            begun,
        });
        let mut segments = 0;
        let count = messages.len();
        for message in messages {
            match render(batch.template.as_ref(), message) {
                Ok(ready) => {
                    segments += i32::from(ready.segments);
                    if let Some(place) = self.place().await {
                        self.start(&batch, ready, recorder, place);
                    }
                }
                Err(unsendable) => {
                    let outcome = MessageOutcome::Failed {
                        reason: unsendable.reason,
                        error_code: None,
                        error_message: unsendable.words,
                        suppress: false,
                    };
                    recorder
                        .record(Outcome {
                            claim: Arc::clone(&batch.claim),
                            recorded: Some(Recorded {
                                id: unsendable.id,
                                claim: batch.claim.id(),
                                outcome,
                                body: None,
                                segments: None,
                            }),
                        })
                        .await;
                }
            }
        }
        self.correct_pace(&batch, count, segments).await;
    }

    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        // Never closed.
        Arc::clone(&self.requests).acquire_owned().await.ok()
    }

    fn start(
        &self,
        batch: &Arc<Batch>,
        ready: Ready,
        recorder: &Recorder,
        place: OwnedSemaphorePermit,
    ) {
        tokio::spawn(
            self.clone()
                .post(Arc::clone(batch), ready, recorder.clone(), place),
        );
    }

    /// Tells the sender's rate and the limits of the day what the texts really took.
    async fn correct_pace(&self, batch: &Batch, messages: usize, segments: i32) {
        if (batch.take.charged_segments - f64::from(segments)).abs() < 0.01 {
            return;
        }
        let messages = i32::try_from(messages).unwrap_or(i32::MAX);
        let correcting = self
            .sending
            .correct_pace(batch.take.campaign, messages, segments);
        if let Err(error) = within(SOON, correcting).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "sending.pace_not_corrected"
            );
        }
    }
}
