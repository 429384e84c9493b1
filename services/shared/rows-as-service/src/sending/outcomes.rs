//! Recording what became of claimed messages.

use std::time::Duration;

use domain::{CampaignId, CampaignMessageId};
use uuid::Uuid;

use super::{handle::Sending, interval::interval, takes::ClaimId};
use crate::DatabaseError;

/// What became of one claimed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageOutcome {
    /// Twilio has it.
    Sent {
        /// Twilio's id.
        sid: String,
    },
    /// It will never be sent.
    Failed {
        /// Why, as a stable code.
        reason: &'static str,
        /// Twilio's code, if Twilio refused it.
        error_code: Option<i32>,
        /// Why, in words.
        error_message: String,
        /// Whether its number must not be texted any more.
        suppress: bool,
    },
    /// Twilio provably does not have it: it is tried again.
    Released {
        /// How long it waits.
        retry_after: Duration,
        /// Why it waits, as a stable code.
        reason: Option<&'static str>,
    },
}

/// The outcome of one message of a claim.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The message.
    pub id: CampaignMessageId,
    /// The claim.
    pub claim: ClaimId,
    /// Its outcome.
    pub outcome: MessageOutcome,
    /// The text that was rendered for it.
    pub body: Option<String>,
    /// Segments of that text.
    pub segments: Option<i16>,
}

impl Sending {
    /// Records outcomes in one statement, and ends the claims of `finished`. Returns messages for
    /// which Twilio has another sid already: they went out twice.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing is recorded, and the call may be retried.
    pub async fn record_outcomes(
        &self,
        outcomes: &[Recorded],
        finished: &[ClaimId],
    ) -> Result<Vec<CampaignMessageId>, DatabaseError> {
        let count = outcomes.len();
        let mut ids = Vec::with_capacity(count);
        let mut claims = Vec::with_capacity(count);
        let mut words: Vec<&str> = Vec::with_capacity(count);
        let mut sids: Vec<Option<&str>> = Vec::with_capacity(count);
        let mut reasons: Vec<Option<&str>> = Vec::with_capacity(count);
        let mut codes: Vec<Option<i32>> = Vec::with_capacity(count);
        let mut texts: Vec<Option<&str>> = Vec::with_capacity(count);
        let mut bodies: Vec<Option<&str>> = Vec::with_capacity(count);
        let mut segments: Vec<Option<i16>> = Vec::with_capacity(count);
        let mut suppressed = Vec::with_capacity(count);
        let mut waits = Vec::with_capacity(count);
        for recorded in outcomes {
            let (word, sid, reason, code, text, suppress, wait) = match &recorded.outcome {
                MessageOutcome::Sent { sid } => {
                    ("sent", Some(sid.as_str()), None, None, None, false, None)
                }
                MessageOutcome::Failed {
                    reason,
                    error_code,
                    error_message,
                    suppress,
                } => (
                    "failed",
                    None,
                    Some(*reason),
                    *error_code,
                    Some(error_message.as_str()),
                    *suppress,
                    None,
                ),
                MessageOutcome::Released {
                    retry_after,
                    reason,
                } => (
                    "released",
                    None,
                    *reason,
                    None,
                    None,
                    false,
                    Some(*retry_after),
                ),
            };
            ids.push(recorded.id.0);
            claims.push(recorded.claim.0);
            words.push(word);
            sids.push(sid);
            reasons.push(reason);
            codes.push(code);
            texts.push(text);
            bodies.push(recorded.body.as_deref());
            segments.push(recorded.segments);
            suppressed.push(suppress);
            waits.push(interval(wait.unwrap_or_default()));
        }
        let finished: Vec<i64> = finished.iter().map(|claim| claim.0).collect();
        let twice: Option<Vec<Uuid>> = sqlx::query_scalar!(
            "select private.record_outcomes($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            &ids,
            &claims,
            &words as &[&str],
            &sids as &[Option<&str>],
            &reasons as &[Option<&str>],
            &codes as &[Option<i32>],
            &texts as &[Option<&str>],
            &bodies as &[Option<&str>],
            &segments as &[Option<i16>],
            &suppressed,
            &waits,
            &finished,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(twice
            .unwrap_or_default()
            .into_iter()
            .map(CampaignMessageId)
            .collect())
    }

    /// Corrects the sender's rate by what `messages` of a campaign really took: `segments`.
    pub async fn correct_pace(
        &self,
        campaign: CampaignId,
        messages: i32,
        segments: i32,
    ) -> Result<(), DatabaseError> {
        sqlx::query!(
            "select private.correct_pace($1, $2, $3)",
            campaign.0,
            messages,
            segments
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
