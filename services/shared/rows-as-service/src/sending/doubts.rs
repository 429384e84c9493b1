//! Claims without an outcome.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::CampaignMessageId;

use super::{
    handle::Sending,
    interval::interval,
    takes::{ClaimId, MergeValues},
};
use crate::DatabaseError;

/// A message that Twilio may or may not have.
#[derive(Clone)]
pub struct Doubt {
    /// Its claim.
    pub claim: ClaimId,
    /// The message.
    pub id: CampaignMessageId,
    /// The recipient, E.164.
    pub to: String,
    /// The text, if it is the same for everybody.
    pub body: Option<String>,
    /// The campaign's text, if it has merge fields.
    pub template: Option<String>,
    /// The values of those.
    pub merge_values: MergeValues,
    /// When it was claimed, by the machine's clock.
    pub claimed_at: DateTime<Utc>,
    /// Whether enough time and looks have passed to conclude that Twilio does not have it.
    pub may_be_absent: bool,
}

/// Shows no personal data.
impl std::fmt::Debug for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doubt")
            .field("id", &self.id)
            .field("may_be_absent", &self.may_be_absent)
            .finish_non_exhaustive()
    }
}

/// How a doubt was resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Twilio has it; it is recorded as sent.
    Sent,
    /// Twilio does not have it; it is tried again, or has failed after too many tries.
    Absent,
    /// Twilio's message may belong to another message in doubt: ask again later.
    Contested,
    /// Nothing is proved: ask again later.
    Unknown,
    /// Already resolved elsewhere.
    Already,
}

impl Sending {
    /// Takes up to `at_most` claims that are in doubt, and returns their messages without an outcome.
    /// Nobody else gets them for a multiple of `again_after`. What is still in doubt
    /// `give_up_after` its claim fails.
    pub async fn take_doubts(
        &self,
        at_most: i32,
        again_after: Duration,
        give_up_after: Duration,
    ) -> Result<Vec<Doubt>, DatabaseError> {
        let rows = sqlx::query!(
            r#"
            select claim_id as "claim_id!", message_id as "message_id!", coalesce("to", '') as "to!", body, template,
              merge_values, claimed_at as "claimed_at!", may_be_absent as "may_be_absent!"
            from private.take_doubts($1, $2, $3)
            "#,
            at_most,
            interval(again_after),
            interval(give_up_after),
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Doubt {
                claim: ClaimId(row.claim_id),
                id: CampaignMessageId(row.message_id),
                to: row.to,
                body: row.body,
                template: row.template,
                merge_values: MergeValues::of(row.merge_values),
                claimed_at: row.claimed_at,
                may_be_absent: row.may_be_absent,
            })
            .collect())
    }

    /// Resolves a doubt from Twilio's list: `sids` of messages to the same recipient that may be
    /// this one, oldest first. No sid is ever assigned to two messages. `newest_sids` are the newest
    /// messages that the account's list shows, if anything may be concluded from an absence: they
    /// prove that the list is fresh. `sent` is the text and its segments, if it is known.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then the doubt remains.
    pub async fn settle_doubt(
        &self,
        doubt: &Doubt,
        sids: &[String],
        newest_sids: Option<&[String]>,
        sent: Option<(&str, i16)>,
    ) -> Result<Settled, DatabaseError> {
        let answer = sqlx::query_scalar!(
            r#"select private.settle_doubt($1, $2, $3, $4, $5, $6) as "answer!""#,
            doubt.claim.0,
            doubt.id.0,
            sids,
            newest_sids,
            sent.map(|(text, _)| text),
            sent.map(|(_, segments)| segments),
        )
        .fetch_one(self.pool())
        .await?;
        match answer.as_str() {
            "sent" => Ok(Settled::Sent),
            "absent" => Ok(Settled::Absent),
            "contested" => Ok(Settled::Contested),
            "unknown" => Ok(Settled::Unknown),
            "settled" => Ok(Settled::Already),
            _ => Err(DatabaseError::UnknownValue {
                table: "private.settle_doubt",
                column: "answer",
                value: answer,
            }),
        }
    }
}
