//! Taking messages: whose turn it is, decided by the database.

use std::time::Duration;

use domain::{CampaignId, CampaignMessageId, MergeFields};
use serde::Deserialize;
use sqlx::postgres::PgListener;
use uuid::Uuid;

use super::{handle::Sending, interval::interval};
use crate::DatabaseError;

/// A row of `private.senders`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SenderId(pub Uuid);

/// Identifies a take: all its messages carry it, and it is over once they all have an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimId(pub i64);

/// The messages of one campaign that this worker may send now, once each.
#[derive(Debug)]
pub struct Take {
    /// The claim, committed.
    pub claim: ClaimId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The sender.
    pub sender: TakenSender,
    /// Seconds until the recipients' window closes; `None` without quiet hours.
    pub validity_seconds: Option<u32>,
    /// The campaign's text, if it has merge fields.
    pub template: Option<String>,
    /// What the campaign, and the sender's rate if it has one, was charged for these messages.
    pub charged_segments: f64,
    /// Whether this is the one message that tries whether Twilio works again.
    pub is_probe: bool,
    /// The messages, at least one.
    pub messages: Vec<TakenMessage>,
}

/// Whom a take's messages come from.
#[derive(Debug, Clone)]
pub struct TakenSender {
    /// Its row.
    pub id: SenderId,
    /// The sending number.
    pub phone_number: Option<String>,
    /// The messaging service.
    pub messaging_service_sid: Option<String>,
}

/// One message to send.
#[derive(Clone)]
pub struct TakenMessage {
    /// Its id.
    pub id: CampaignMessageId,
    /// The recipient, E.164.
    pub to: String,
    /// The text, if it is the same for everybody.
    pub body: Option<String>,
    /// The customer's values at launch, for a text with merge fields.
    pub merge_values: MergeValues,
}

/// Shows no personal data.
impl std::fmt::Debug for TakenMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TakenMessage")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A customer's values as frozen at launch.
#[derive(Clone, Default, Deserialize)]
pub struct MergeValues {
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    state: Option<String>,
    #[serde(default)]
    attributes: serde_json::Map<String, serde_json::Value>,
}

impl MergeValues {
    /// Reads the column `merge_values`; what is not ours counts as missing.
    pub(super) fn of(column: Option<serde_json::Value>) -> Self {
        column
            .and_then(|value| serde_json::from_value(value).ok())
            .unwrap_or_default()
    }

    /// The values of the text's merge fields.
    #[must_use]
    pub fn merge_fields<'a>(&'a self, phone: &'a str) -> MergeFields<'a> {
        MergeFields {
            first_name: self.first_name.as_deref(),
            last_name: self.last_name.as_deref(),
            email: self.email.as_deref(),
            phone: Some(phone),
            state: self.state.as_deref(),
            attributes: Some(&self.attributes),
        }
    }
}

/// What a take found.
#[derive(Debug)]
pub enum Taken {
    /// Messages to send.
    Messages(Take),
    /// Nothing to send for so long, unless the bell rings.
    Nothing(Duration),
}

/// Rings when there may be something to send.
#[derive(Debug)]
pub struct Bell(PgListener);

impl Bell {
    /// Waits for the next ring. A lost connection is reopened and rings once.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if the database can't be reached.
    pub async fn rung(&mut self) -> Result<(), DatabaseError> {
        self.0.try_recv().await?;
        Ok(())
    }
}

impl Sending {
    /// Takes up to `at_most` messages of the campaign whose turn it is. The claim is committed when
    /// this returns; its messages come into doubt after `doubt_after`.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; a claim may exist nevertheless, and then comes into doubt.
    pub async fn take(
        &self,
        worker: &str,
        at_most: u32,
        doubt_after: Duration,
    ) -> Result<Taken, DatabaseError> {
        let rows = sqlx::query!(
            r#"
            select claim_id, campaign_id, sender_id, phone_number, messaging_service_sid, message_id,
              "to", body, merge_values, template, validity_seconds, charged_segments, is_probe, wait_seconds
            from private.take_messages($1, $2, $3)
            "#,
            worker,
            i32::try_from(at_most).unwrap_or(i32::MAX),
            interval(doubt_after),
        )
        .fetch_all(self.pool())
        .await?;
        let mut take: Option<Take> = None;
        let mut wait = Duration::ZERO;
        for row in rows {
            let (Some(claim), Some(campaign), Some(sender), Some(id), Some(to)) = (
                row.claim_id,
                row.campaign_id,
                row.sender_id,
                row.message_id,
                row.to,
            ) else {
                wait = Duration::try_from_secs_f64(row.wait_seconds.unwrap_or_default())
                    .unwrap_or_default();
                continue;
            };
            take.get_or_insert_with(|| Take {
                claim: ClaimId(claim),
                campaign: CampaignId(campaign),
                sender: TakenSender {
                    id: SenderId(sender),
                    phone_number: row.phone_number,
                    messaging_service_sid: row.messaging_service_sid,
                },
                validity_seconds: row
                    .validity_seconds
                    .and_then(|seconds| u32::try_from(seconds).ok()),
                template: row.template,
                charged_segments: row.charged_segments.unwrap_or_default(),
                is_probe: row.is_probe.unwrap_or_default(),
                messages: Vec::with_capacity(at_most as usize),
            })
            .messages
            .push(TakenMessage {
                id: CampaignMessageId(id),
                to,
                body: row.body,
                merge_values: MergeValues::of(row.merge_values),
            });
        }
        Ok(take.map_or(Taken::Nothing(wait), Taken::Messages))
    }

    /// Listens for launches and resumes on its own connection. Not every pooler supports LISTEN,
    /// so callers must ask now and then as well.
    pub async fn listen(&self) -> Result<Bell, DatabaseError> {
        let mut listener = PgListener::connect_with(self.pool()).await?;
        listener.listen("sending").await?;
        Ok(Bell(listener))
    }
}
