//! Renders one message and posts it to Twilio.

use std::sync::Arc;
use std::time::Duration;

use domain::{CampaignMessageId, MessageTemplate, Segments};
use rows_as_service::sending::{MessageOutcome, Recorded, Take, TakenMessage};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use twilio::{CreateMessage, Outcome};

use crate::Worker;
use crate::outcomes::{UNREACHABLE, Verdict};
use crate::recorder::{self, OpenClaim, Recorder};

/// A claimed message is posted within this time or given back: so a stop, an opt-out or another worker's hold
/// is at most this late.
const POST_WITHIN: Duration = Duration::from_secs(1);
/// After this many unknown outcomes in a row, more requests would only put more messages in doubt.
const UNKNOWN_IN_A_ROW: u32 = 10;

/// What the messages of one take have in common.
pub struct Batch {
    pub take: Take,
    pub claim: Arc<OpenClaim>,
    pub template: Option<MessageTemplate>,
    /// Before the claim, so that our deadline is never later than the database's.
    pub begun: Instant,
}

/// A message with its text.
pub struct Ready {
    pub message: TakenMessage,
    /// Where it was rendered, and not the same for everybody.
    pub rendered: Option<String>,
    pub segments: i16,
}

impl Ready {
    fn text(&self) -> &str {
        self.rendered
            .as_deref()
            .or(self.message.body.as_deref())
            .unwrap_or_default()
    }
}

/// Why a message has no text that can be sent.
pub struct Unsendable {
    pub id: CampaignMessageId,
    /// A stable code.
    pub reason: &'static str,
    pub words: String,
}

/// The text of a message, or why there is none.
pub fn render(
    template: Option<&MessageTemplate>,
    message: TakenMessage,
) -> Result<Ready, Unsendable> {
    let id = message.id;
    let unsendable = |reason, words: &str| Unsendable {
        id,
        reason,
        words: words.to_owned(),
    };
    let rendered = match (&message.body, template) {
        (Some(_), _) => None,
        (None, Some(template)) => {
            match template.render(&message.merge_values.merge_fields(&message.to)) {
                Ok(text) => Some(text),
                Err(error) => return Err(unsendable("text_invalid", &error.to_string())),
            }
        }
        (None, None) => {
            let words = "The campaign's text can't be rendered.";
            return Err(unsendable("text_invalid", words));
        }
    };
    let text = rendered
        .as_deref()
        .or(message.body.as_deref())
        .unwrap_or_default();
    if text.trim().is_empty() {
        let words = "The message is empty for this customer.";
        return Err(unsendable("text_empty", words));
    }
    // Postgres can't store it, and no phone shows it.
    if text.contains('\0') {
        let words = "The message has a character that can't be sent (NUL).";
        return Err(unsendable("text_invalid", words));
    }
    let segments = match Segments::count(text) {
        Ok(segments) => i16::try_from(segments.count).unwrap_or(i16::MAX),
        Err(error) => return Err(unsendable("text_invalid", &error.to_string())),
    };
    Ok(Ready {
        message,
        rendered,
        segments,
    })
}

impl Worker {
    /// Posts one message and passes its outcome to `outcomes`. `_permit` is its place among the
    /// concurrent requests.
    pub(crate) async fn post(
        self,
        batch: Arc<Batch>,
        ready: Ready,
        outcomes: Recorder,
        _permit: OwnedSemaphorePermit,
    ) {
        let verdict = self.verdict(&batch, &ready).await;
        if let Some(hold) = verdict.hold {
            self.hold(&batch, hold).await;
        }
        if verdict.works {
            self.unknown_in_a_row
                .store(0, std::sync::atomic::Ordering::Relaxed);
            if batch.take.is_probe
                && let Err(error) = self.sending.free_sender(batch.take.sender.id).await
            {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "sending.sender_not_freed"
                );
            }
        }
        if verdict.record.is_none() {
            instruments::sending().in_doubt.inc();
        }
        let was_posted = !matches!(verdict.record, Some(MessageOutcome::Released { .. }));
        let recorded = verdict.record.map(|outcome| Recorded {
            id: ready.message.id,
            claim: batch.claim.id(),
            outcome,
            segments: was_posted.then_some(ready.segments),
            body: ready.rendered.filter(|_| was_posted),
        });
        outcomes
            .record(recorder::Outcome {
                claim: Arc::clone(&batch.claim),
                recorded,
            })
            .await;
    }

    async fn verdict(&self, batch: &Batch, ready: &Ready) -> Verdict {
        let late = batch.begun.elapsed() >= POST_WITHIN.min(self.post_within);
        // A probe asks whether the hold is over.
        let held = !batch.take.is_probe && self.is_held(batch.take.sender.id);
        if late || held || self.stopping.is_cancelled() {
            return Verdict::released();
        }
        let callback = format!(
            "{}{}{}",
            self.callback_url, ready.message.id, CALLBACK_OVERRIDES
        );
        let outcome = self
            .twilio
            .create_message(&CreateMessage {
                from: batch.take.sender.phone_number.as_deref(),
                messaging_service_sid: batch.take.sender.messaging_service_sid.as_deref(),
                to: &ready.message.to,
                body: ready.text(),
                status_callback: Some(&callback),
                validity_period: batch.take.validity_seconds,
            })
            .await;
        self.meter.count(Instant::now());
        let is_unknown = matches!(outcome, Outcome::Unknown { .. });
        let mut verdict = Verdict::of(outcome);
        if is_unknown && verdict.hold.is_none() {
            let in_a_row = self
                .unknown_in_a_row
                .fetch_add(1, std::sync::atomic::Ordering::Relaxed)
                + 1;
            if batch.take.is_probe || in_a_row >= UNKNOWN_IN_A_ROW {
                verdict.hold = Some(UNREACHABLE);
            }
        }
        verdict
    }
}

/// Twilio's connection overrides: by itself it does not come again after a 5xx. Up to five more times, after
/// failed connections, timeouts and 5xx. Not part of the signature.
const CALLBACK_OVERRIDES: &str = "#rc=5&rp=5xx,ct,rt";
