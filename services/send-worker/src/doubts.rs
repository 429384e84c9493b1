//! Claims without an outcome: looked up at Twilio, never repeated blindly.

use chrono::TimeDelta;
use futures::{StreamExt as _, stream};
use rows_as_service::sending::{Batch, Doubt, Settled};
use twilio::Message;

use crate::upkeep::news_of;
use crate::{Error, Worker};

/// Our clock and Twilio's may differ by this much. A message that an earlier campaign sent within
/// that time is told apart by its sid, which is known.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::minutes(2);
const LOOKUPS_AT_ONCE: usize = 10;

impl Worker {
    /// Resolves the messages in doubt that are old enough; the rest stay in doubt.
    pub(crate) async fn settle_doubts(&self, batch: &Batch) -> Result<(), Error> {
        let doubts = self
            .sending
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
            .filter(|message| is_ours(message, doubt))
            .collect();
        ours.sort_by_key(|message| message.date_created);
        let sids: Vec<String> = ours.iter().map(|message| message.sid.clone()).collect();
        let settled = self
            .sending
            .settle_doubt(doubt, &sids, self.pacing.doubt_after())
            .await?;
        tracing::info!(message.id = %doubt.id, ?settled, "sending.doubt_settled");
        if settled == Settled::Sent {
            // Its callbacks may already have arrived.
            let news: Vec<_> = ours
                .iter()
                .filter_map(|message| news_of(None, message))
                .collect();
            self.deliveries.record(&news).await?;
        }
        Ok(())
    }
}

/// Whether Twilio's message is the one in doubt. If unsure, assume that it is: one text too few is
/// better than one too many. So the sender is ignored (it may have changed since), and of the
/// text only letters and digits are compared: Twilio prefixes a trial account's texts, and
/// its Smart Encoding replaces punctuation and spaces.
fn is_ours(message: &Message, doubt: &Doubt) -> bool {
    let ours = letters_and_digits(&doubt.body);
    message.to == doubt.phone_number
        && message
            .body
            .as_deref()
            .is_some_and(|body| letters_and_digits(body).ends_with(&ours))
}

fn letters_and_digits(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::letters_and_digits;

    #[test]
    fn what_twilio_does_to_a_text_on_its_way_does_not_hide_it() {
        let ours = letters_and_digits("Hi Zoë — 20% off “today”!");
        for theirs in [
            "Hi Zoë - 20% off \"today\"!",
            "Sent from your Twilio trial account - Hi Zoë — 20% off “today”!",
        ] {
            assert!(letters_and_digits(theirs).ends_with(&ours), "{theirs}");
        }
        assert!(!letters_and_digits("Hi Zoe - 20% off today!").ends_with(&ours));
    }
}
