//! Handles one batch from the queue.

use std::time::Duration;

use domain::{MessageTemplate, Segments};
use rows_as_service::sending::{Batch, PendingMessage, RenderedMessage};

use tokio::time::Instant;

use crate::{Error, Worker};

/// The result of handling a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchEnd {
    /// All its messages have an outcome.
    Finished,
    /// It returns to the queue: some messages are waiting or in doubt.
    ComesBack,
}

impl Worker {
    /// Finishes a batch: sends unclaimed messages and resolves those in doubt.
    /// Idempotent, also across workers.
    ///
    /// # Errors
    /// [`Error`] from the database; the batch then reappears in the queue.
    pub async fn handle_batch(&self, batch: &Batch) -> Result<BatchEnd, Error> {
        let Some(campaign) = self.sending.campaign(batch.campaign_id).await? else {
            self.sending.end_batch(batch, Duration::ZERO).await?;
            return Ok(BatchEnd::Finished);
        };
        let pending = self.sending.pending_messages(batch).await?;
        let claimed_seconds_ago = pending
            .iter()
            .filter_map(|message| message.claimed_seconds_ago)
            .fold(None, |oldest: Option<f64>, age| {
                Some(oldest.map_or(age, |oldest| oldest.max(age)))
            });
        let free: Vec<PendingMessage> = pending
            .into_iter()
            .filter(|message| message.claimed_seconds_ago.is_none())
            .collect();

        let mut comes_back_after = Duration::from_secs(1);
        if !campaign.is_sending {
            self.fail_all(&free, "The campaign was stopped.").await?;
        } else if !free.is_empty() {
            match MessageTemplate::parse(&campaign.message_body) {
                Ok(template) => {
                    let rendered = self.render(&template, free).await?;
                    comes_back_after =
                        comes_back_after.max(self.send_in_turn(batch, &rendered).await?);
                }
                Err(error) => {
                    self.stop(batch, "template_invalid", &error.to_string())
                        .await?;
                }
            }
        }

        if let Some(age) = claimed_seconds_ago {
            let doubt_after = self.pacing.doubt_after();
            let young_for = doubt_after.saturating_sub(Duration::from_secs_f64(age.max(0.0)));
            if young_for.is_zero() {
                self.settle_doubts(batch).await?;
            } else if comes_back_after == Duration::from_secs(1) {
                // These can only be resolved later.
                comes_back_after = comes_back_after.max(young_for);
            }
        }
        if self.stopping.is_cancelled() {
            comes_back_after = Duration::ZERO;
        }
        Ok(if self.sending.end_batch(batch, comes_back_after).await? {
            BatchEnd::Finished
        } else {
            BatchEnd::ComesBack
        })
    }

    /// The texts to send. Side effect: messages that can't be sent fail, each with its reason.
    async fn render(
        &self,
        template: &MessageTemplate,
        messages: Vec<PendingMessage>,
    ) -> Result<Vec<RenderedMessage>, Error> {
        let mut failures = Vec::new();
        let mut rendered = Vec::with_capacity(messages.len());
        for message in messages {
            match text_of(template, &message) {
                Ok((body, segments)) => rendered.push(RenderedMessage {
                    id: message.id,
                    phone_number: message.phone_number,
                    body,
                    segments,
                }),
                Err(reason) => failures.push((message.id, reason)),
            }
        }
        if !failures.is_empty() {
            self.sending.fail_unclaimed(&failures).await?;
        }
        Ok(rendered)
    }

    /// Sends messages at the sender's rate. Returns how long the remaining messages should wait.
    async fn send_in_turn(
        &self,
        batch: &Batch,
        messages: &[RenderedMessage],
    ) -> Result<Duration, Error> {
        let mut rest = messages;
        while !rest.is_empty() {
            let (turn, later) = rest.split_at(self.turn_of(rest));
            let segments = turn
                .iter()
                .map(|message| i32::from(message.segments))
                .sum::<i32>();
            let rate = self.pacing.segments_per_second;
            let wait = self
                .sending
                .reserve_pace(&self.sender, segments, rate)
                .await?
                .max(self.brake.remaining(Instant::now()));
            if !wait.is_zero() {
                self.sending
                    .keep_batch(batch, wait + self.pacing.batch_hidden())
                    .await?;
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = self.stopping.cancelled() => return Ok(Duration::ZERO),
                }
            }
            // Claim only now: claimed messages are posted at once.
            let posted = self.claim_and_post(turn).await?;
            if let Some((reason, text)) = posted.stop {
                self.stop(batch, reason, &text).await?;
                return Ok(Duration::ZERO);
            }
            if posted.unfinished {
                return Ok(posted.hold.unwrap_or_default());
            }
            rest = later;
        }
        Ok(Duration::ZERO)
    }

    /// How many of `messages` to send in one round: all, or a second's worth at a limited rate.
    fn turn_of(&self, messages: &[RenderedMessage]) -> usize {
        let Some(rate) = self.pacing.segments_per_second else {
            return messages.len();
        };
        let mut segments = 0.0;
        messages
            .iter()
            .take_while(|message| {
                segments += f64::from(message.segments);
                segments <= rate
            })
            .count()
            .clamp(1, messages.len())
    }

    async fn stop(&self, batch: &Batch, reason: &'static str, text: &str) -> Result<(), Error> {
        tracing::error!(campaign.id = %batch.campaign_id, reason, "campaign.stopped");
        self.sending
            .stop_campaign(batch.campaign_id, reason, text)
            .await?;
        Ok(())
    }

    async fn fail_all(&self, messages: &[PendingMessage], reason: &str) -> Result<(), Error> {
        if messages.is_empty() {
            return Ok(());
        }
        let failures: Vec<_> = messages
            .iter()
            .map(|message| (message.id, reason.to_owned()))
            .collect();
        self.sending.fail_unclaimed(&failures).await?;
        Ok(())
    }
}

/// A recipient's text and its segments, or why there is none.
fn text_of(template: &MessageTemplate, message: &PendingMessage) -> Result<(String, i16), String> {
    if !message.is_active {
        return Err("The customer is inactive.".to_owned());
    }
    let body = template
        .render(&message.merge_fields())
        .map_err(|error| error.to_string())?;
    if body.trim().is_empty() {
        return Err("The message is empty for this customer.".to_owned());
    }
    let segments = Segments::count(&body).map_err(|error| error.to_string())?;
    Ok((body, i16::try_from(segments.count).unwrap_or(i16::MAX)))
}
