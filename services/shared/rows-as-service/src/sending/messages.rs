//! Messages being sent: pending, claimed, recorded.

use domain::{CampaignMessageId, MergeFields};
use uuid::Uuid;

use super::{batches::Batch, handle::Sending};
use crate::DatabaseError;

/// A message of a batch without an outcome, with the values of its merge fields.
#[derive(Clone)]
pub struct PendingMessage {
    /// Its id.
    pub id: CampaignMessageId,
    /// The recipient, E.164.
    pub phone_number: String,
    /// Its text, if it is the same for everybody or was rendered for an earlier attempt.
    pub message_body: Option<String>,
    /// How often it was claimed.
    pub attempts: i32,
    /// How long ago it was claimed; `None` while it is free.
    pub claimed_seconds_ago: Option<f64>,
    /// Whether its customer may be texted.
    pub is_active: bool,
    /// The customer's first name.
    pub first_name: Option<String>,
    /// The customer's last name.
    pub last_name: Option<String>,
    /// The customer's e-mail address.
    pub email: Option<String>,
    /// The customer's state.
    pub state: Option<String>,
}

/// Shows no personal data.
impl std::fmt::Debug for PendingMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PendingMessage")
            .field("id", &self.id)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

impl PendingMessage {
    /// The values of the text's merge fields.
    #[must_use]
    pub fn merge_fields(&self) -> MergeFields<'_> {
        MergeFields {
            first_name: self.first_name.as_deref(),
            last_name: self.last_name.as_deref(),
            email: self.email.as_deref(),
            phone: Some(&self.phone_number),
            state: self.state.as_deref(),
        }
    }
}

/// A message ready to send.
#[derive(Clone)]
pub struct RenderedMessage {
    /// Its id.
    pub id: CampaignMessageId,
    /// The recipient, E.164.
    pub phone_number: String,
    /// The text.
    pub body: String,
    /// Segments that Twilio will bill.
    pub segments: i16,
}

/// Shows no personal data.
impl std::fmt::Debug for RenderedMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RenderedMessage")
            .field("id", &self.id)
            .field("segments", &self.segments)
            .finish_non_exhaustive()
    }
}

/// The right to send a message once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The message.
    pub id: CampaignMessageId,
    /// Which attempt this is, from 1.
    pub attempts: i32,
}

/// The outcome of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageOutcome {
    /// Twilio has it.
    Sent {
        /// Twilio's id.
        sid: String,
    },
    /// It will never be sent.
    Failed {
        /// Twilio's code, if Twilio refused it.
        error_code: Option<i32>,
        /// Why, in words.
        error_message: String,
        /// Whether its customer must not be texted any more.
        suppress: bool,
    },
    /// Twilio provably does not have it: it may be claimed again.
    Released,
}

/// The outcome of one claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The claim.
    pub claim: Claim,
    /// Its outcome.
    pub outcome: MessageOutcome,
}

impl Sending {
    /// The messages of a batch that have no outcome, by position.
    pub async fn pending_messages(
        &self,
        batch: &Batch,
    ) -> Result<Vec<PendingMessage>, DatabaseError> {
        let messages = sqlx::query_file_as!(
            PendingMessage,
            "src/sending/pending_messages.sql",
            batch.campaign_id.0,
            batch.first,
            batch.last,
        )
        .fetch_all(self.pool())
        .await?;
        Ok(messages)
    }

    /// Claims messages for one attempt each; those not in the result must not be sent.
    /// Committed when this returns.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; the claims may or may not exist, so send nothing.
    pub async fn claim(&self, messages: &[RenderedMessage]) -> Result<Vec<Claim>, DatabaseError> {
        let ids: Vec<Uuid> = messages.iter().map(|message| message.id.0).collect();
        let bodies: Vec<&str> = messages
            .iter()
            .map(|message| message.body.as_str())
            .collect();
        let segments: Vec<i16> = messages.iter().map(|message| message.segments).collect();
        let claims = sqlx::query_file_as!(
            Claim,
            "src/sending/claim_messages.sql",
            &ids,
            &bodies as &[&str],
            &segments
        )
        .fetch_all(self.pool())
        .await?;
        Ok(claims)
    }

    /// Records the outcomes of claims in one statement.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing is recorded, and the call may be retried.
    pub async fn record_outcomes(&self, outcomes: &[Recorded]) -> Result<(), DatabaseError> {
        let mut outcomes: Vec<&Recorded> = outcomes.iter().collect();
        // All statements lock rows in the order of their ids.
        outcomes.sort_unstable_by_key(|recorded| recorded.claim.id);
        let mut ids = Vec::with_capacity(outcomes.len());
        let mut attempts = Vec::with_capacity(outcomes.len());
        let mut words: Vec<&str> = Vec::with_capacity(outcomes.len());
        let mut sids: Vec<Option<&str>> = Vec::with_capacity(outcomes.len());
        let mut codes: Vec<Option<i32>> = Vec::with_capacity(outcomes.len());
        let mut texts: Vec<Option<&str>> = Vec::with_capacity(outcomes.len());
        let mut suppressed = Vec::with_capacity(outcomes.len());
        for recorded in outcomes {
            let (word, sid, code, text, suppress) = match &recorded.outcome {
                MessageOutcome::Sent { sid } => ("sent", Some(sid.as_str()), None, None, false),
                MessageOutcome::Failed {
                    error_code,
                    error_message,
                    suppress,
                } => (
                    "failed",
                    None,
                    *error_code,
                    Some(error_message.as_str()),
                    *suppress,
                ),
                MessageOutcome::Released => ("released", None, None, None, false),
            };
            ids.push(recorded.claim.id.0);
            attempts.push(recorded.claim.attempts);
            words.push(word);
            sids.push(sid);
            codes.push(code);
            texts.push(text);
            suppressed.push(suppress);
        }
        sqlx::query_file!(
            "src/sending/record_outcomes.sql",
            &ids,
            &attempts,
            &words as &[&str],
            &sids as &[Option<&str>],
            &codes as &[Option<i32>],
            &texts as &[Option<&str>],
            &suppressed,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Fails unclaimed messages that will never be sent, each with its reason in words.
    pub async fn fail_unclaimed(
        &self,
        failures: &[(CampaignMessageId, String)],
    ) -> Result<(), DatabaseError> {
        let ids: Vec<Uuid> = failures.iter().map(|(id, _)| id.0).collect();
        let reasons: Vec<&str> = failures.iter().map(|(_, reason)| reason.as_str()).collect();
        sqlx::query!(
            "
            update public.campaign_messages m
            set status = 'failed', error_message = f.reason
            from unnest($1::uuid[], $2::text[]) f (id, reason)
            where m.id = f.id and m.status = 'pending' and m.attempted_at is null
            ",
            &ids,
            &reasons as &[&str],
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
