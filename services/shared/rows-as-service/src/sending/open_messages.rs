//! Messages that Twilio accepted and that have no final callback.

use std::time::Duration;

use domain::CampaignMessageId;

use super::{handle::Sending, interval::interval};
use crate::DatabaseError;

/// A message that Twilio accepted and whose delivery is unknown.
#[derive(Debug, Clone)]
pub struct OpenMessage {
    /// The message.
    pub id: CampaignMessageId,
    /// Twilio's id.
    pub sid: String,
}

impl Sending {
    /// Takes up to `at_most` messages of the last two days without a callback for
    /// `silent_for`. Side effect: updates `updated_at`, so that the next call returns others, and
    /// each is checked once in `silent_for`.
    pub async fn take_open_messages(
        &self,
        silent_for: Duration,
        at_most: i64,
    ) -> Result<Vec<OpenMessage>, DatabaseError> {
        let messages = sqlx::query_file_as!(
            OpenMessage,
            "src/sending/take_open_messages.sql",
            interval(silent_for),
            at_most
        )
        .fetch_all(self.pool())
        .await?;
        Ok(messages)
    }
}
