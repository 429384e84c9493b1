//! Claims without an outcome: looked up at Twilio, never repeated blindly.

use chrono::TimeDelta;
use futures::{StreamExt as _, stream};
use rows_as_service::sending::{Batch, Doubt, Settled};
use twilio::Message;

use crate::upkeep::news_of;
use crate::{Error, Worker};

/// Our clock and Twilio's may differ by so much. What an earlier campaign sent within it is told
/// apart by its sid, which is known.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::minutes(2);
const LOOKUPS_AT_ONCE: usize = 10;

impl Worker {
    /// Settles the doubts of a batch that are old enough; what can't be settled stays in doubt.
    pub(crate) async fn settle_doubts(&self, batch: &Batch) -> Result<(), Error> {
        let doubts = self
            .database
            .doubts(batch, self.pacing.doubt_after())
            .await?;
        let lookups: Vec<_> = doubts.iter().map(|doubt| self.settle(doubt)).collect();
        let mut settled = stream::iter(lookups).buffer_unordered(LOOKUPS_AT_ONCE);
        while let Some(result) = settled.next().await {
            result?;
        }
        Ok(())
    }

    async fn settle(&self, doubt: &Doubt) -> Result<(), Error> {
        let since = doubt.attempted_at - CLOCKS_DIFFER_BY;
        let found = match self.twilio.find_messages(&doubt.phone_number, since).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(message.id = %doubt.id, %error, "sending.doubt_not_settled");
                return Ok(());
            }
        };
        let mut ours: Vec<&Message> = found
            .iter()
            .filter(|message| self.is_ours(message, doubt))
            .collect();
        ours.sort_by_key(|message| message.date_created);
        let sids: Vec<String> = ours.iter().map(|message| message.sid.clone()).collect();
        let settled = self
            .database
            .settle_doubt(doubt, &sids, self.pacing.doubt_after())
            .await?;
        tracing::info!(message.id = %doubt.id, ?settled, "sending.doubt_settled");
        if settled == Settled::Sent {
            // Its callbacks may have come and gone.
            let news: Vec<_> = ours
                .iter()
                .filter_map(|message| news_of(None, message))
                .collect();
            self.database.record_deliveries(&news).await?;
        }
        Ok(())
    }

    fn is_ours(&self, message: &Message, doubt: &Doubt) -> bool {
        let by_number = message.from.is_none()
            || self.settings_sender.phone_number.is_none()
            || message.from == self.settings_sender.phone_number;
        let by_service = self.settings_sender.messaging_service_sid.is_none()
            || message.messaging_service_sid == self.settings_sender.messaging_service_sid;
        message.to == doubt.phone_number
            && by_number
            && by_service
            && message
                .body
                .as_deref()
                .is_some_and(|body| body.trim_end() == doubt.body.trim_end())
    }
}
