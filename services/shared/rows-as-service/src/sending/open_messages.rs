//! Messages that Twilio took and of which no callback has told the end.

use std::time::Duration;

use domain::CampaignMessageId;

use super::{handle::Sending, interval::interval};
use crate::DatabaseError;

/// A message that Twilio took and whose delivery is not known.
#[derive(Debug, Clone)]
pub struct OpenMessage {
    /// The message.
    pub id: CampaignMessageId,
    /// Twilio's id.
    pub sid: String,
}

impl Sending {
    /// Takes up to `at_most` messages of the last two days of which nothing was heard for
    /// `silent_for`. Side effect: `updated_at` moves, so that the next ones come next time, and
    /// each is asked about once in `silent_for`.
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
