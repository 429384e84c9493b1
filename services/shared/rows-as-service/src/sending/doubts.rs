//! Claims without an outcome.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::CampaignMessageId;

use super::{batches::Batch, handle::Sending, interval::interval};
use crate::DatabaseError;

/// A message that Twilio may or may not have.
#[derive(Clone)]
pub struct Doubt {
    /// The message.
    pub id: CampaignMessageId,
    /// The attempt in doubt.
    pub attempts: i32,
    /// When it was claimed.
    pub attempted_at: DateTime<Utc>,
    /// The recipient, E.164.
    pub phone_number: String,
    /// The text, if it was sent.
    pub body: String,
}

/// Shows no personal data.
impl std::fmt::Debug for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doubt")
            .field("id", &self.id)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// How a doubt was resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Twilio has it; it is recorded as sent.
    Sent,
    /// Twilio does not have it; it may be claimed again.
    Absent,
    /// Twilio's message may belong to another running campaign: ask again later.
    Contested,
    /// Already resolved elsewhere.
    Already,
}

impl Sending {
    /// The messages of a batch that were claimed `doubt_after` ago or earlier and have no outcome.
    pub async fn doubts(
        &self,
        batch: &Batch,
        doubt_after: Duration,
    ) -> Result<Vec<Doubt>, DatabaseError> {
        let doubts = sqlx::query_as!(
            Doubt,
            r#"
            select id as "id!", attempts as "attempts!", attempted_at as "attempted_at!",
              coalesce(phone_number, '') as "phone_number!", coalesce(message_body, '') as "body!"
            from public.campaign_messages
            where campaign_id = $1 and position between $2 and $3 and status = 'pending'
              and attempted_at <= clock_timestamp() - $4::interval
            order by attempted_at, id
            "#,
            batch.campaign_id.0,
            batch.first,
            batch.last,
            interval(doubt_after),
        )
        .fetch_all(self.pool())
        .await?;
        Ok(doubts)
    }

    /// Resolves a doubt from Twilio's list: `sids` of messages with the same recipient,
    /// text and sender, oldest first. No sid is ever assigned to two messages.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then the doubt remains.
    pub async fn settle_doubt(
        &self,
        doubt: &Doubt,
        sids: &[String],
        doubt_after: Duration,
    ) -> Result<Settled, DatabaseError> {
        let answer = sqlx::query_scalar!(
            r#"select private.settle_doubt($1, $2, $3, $4) as "answer!""#,
            doubt.id.0,
            doubt.attempts,
            sids,
            interval(doubt_after),
        )
        .fetch_one(self.pool())
        .await?;
        match answer.as_str() {
            "sent" => Ok(Settled::Sent),
            "absent" => Ok(Settled::Absent),
            "contested" => Ok(Settled::Contested),
            "settled" => Ok(Settled::Already),
            _ => Err(DatabaseError::UnknownValue {
                table: "private.settle_doubt",
                column: "answer",
                value: answer,
            }),
        }
    }
}
