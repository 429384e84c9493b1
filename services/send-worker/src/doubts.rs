//! Claims without an outcome: looked up at Twilio, never repeated blindly.

use std::time::Duration;

use chrono::TimeDelta;
use domain::{MessageTemplate, Segments};
use futures::{StreamExt as _, stream};
use rows_as_service::sending::{Doubt, Settled};
use twilio::{Message, may_be_same_text};

use crate::news::news_of;
use crate::{Error, Worker};

/// Our clock and Twilio's may differ by this much. A message that an earlier campaign sent within
/// that time is told apart by its sid, which is known.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::hours(1);
const LOOKUPS_AT_ONCE: usize = 10;
const CLAIMS_A_ROUND: i32 = 20;
/// The second look is this long after the first, the third twice as long after the second, and so on.
const AGAIN_AFTER: Duration = Duration::from_mins(1);
/// What Twilio has not shown in a day is not repeated any more: the text would be out of date.
const GIVE_UP_AFTER: Duration = Duration::from_hours(24);

impl Worker {
    /// Resolves claims that are in doubt; the rest stay in doubt. Returns how many messages were
    /// looked at.
    ///
    /// # Errors
    /// [`Error`] from the database. Twilio's failures are logged and retried later.
    pub async fn settle_doubts(&self) -> Result<usize, Error> {
        let doubts = self
            .sending
            .take_doubts(CLAIMS_A_ROUND, AGAIN_AFTER, GIVE_UP_AFTER)
            .await?;
        // Before the looks for which it vouches: meanwhile a list that lags may catch up.
        let newest = if doubts.iter().any(|doubt| doubt.may_be_absent) {
            self.newest_sids().await
        } else {
            None
        };
        let lookups: Vec<_> = doubts
            .iter()
            .map(|doubt| self.settle(doubt, newest.as_deref()))
            .collect();
        let mut settled = stream::iter(lookups).buffer_unordered(LOOKUPS_AT_ONCE);
        while let Some(result) = settled.next().await {
            result?;
        }
        Ok(doubts.len())
    }

    /// `newest`: what Twilio's list showed at its top before.
    async fn settle(&self, doubt: &Doubt, newest: Option<&[String]>) -> Result<(), Error> {
        let since = doubt.claimed_at - CLOCKS_DIFFER_BY;
        let found = match self.twilio.find_messages(&doubt.to, since).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(message.id = %doubt.id, %error, "sending.doubt_not_settled");
                return Ok(());
            }
        };
        let text = text_of(doubt);
        let mut ours: Vec<&Message> = found
            .iter()
            .filter(|message| is_ours(message, doubt, text.as_deref()))
            .collect();
        ours.sort_by_key(|message| message.date_created);
        let sids: Vec<String> = ours.iter().map(|message| message.sid.clone()).collect();
        let newest = newest.filter(|_| doubt.may_be_absent && sids.is_empty());
        // The answer was lost, so nobody has recorded yet what was sent.
        let sent = text.as_deref().and_then(|text| {
            let segments = Segments::count(text).ok()?.count;
            Some((text, i16::try_from(segments).ok()?))
        });
        let settled = self
            .sending
            .settle_doubt(doubt, &sids, newest, sent)
            .await?;
        tracing::info!(message.id = %doubt.id, ?settled, "sending.doubt_settled");
        instruments::sending().doubts_settled.inc(match settled {
            Settled::Sent => "sent",
            Settled::Absent => "absent",
            Settled::Contested => "contested",
            Settled::Unknown => "unknown",
            Settled::Already => "settled",
        });
        if settled == Settled::Sent {
            // Its callbacks may already have arrived.
            let news: Vec<_> = ours.iter().filter_map(|message| news_of(message)).collect();
            self.deliveries.record(&news).await?;
        }
        Ok(())
    }

    /// What Twilio's list shows at its top. Lists have been seen to lag by hours; what they don't show
    /// proves something only if they show what came later.
    async fn newest_sids(&self) -> Option<Vec<String>> {
        match self.twilio.newest_messages().await {
            Ok(newest) => Some(newest.into_iter().map(|message| message.sid).collect()),
            Err(error) => {
                tracing::warn!(%error, "sending.list_not_read");
                None
            }
        }
    }
}

/// The text that was sent, if it was.
fn text_of(doubt: &Doubt) -> Option<String> {
    if let Some(body) = &doubt.body {
        return Some(body.clone());
    }
    let template = MessageTemplate::parse(doubt.template.as_deref()?).ok()?;
    template
        .render(&doubt.merge_values.merge_fields(&doubt.to))
        .ok()
}

/// Whether Twilio's message may be the one in doubt. If unsure, assume that it is: one text too few is
/// better than one too many. So the sender is ignored (it may have changed since), and a text that
/// Twilio has redacted, or that we don't know, may be ours.
fn is_ours(message: &Message, doubt: &Doubt, text: Option<&str>) -> bool {
    let theirs = message.body.as_deref().filter(|body| !body.is_empty());
    message.to == doubt.to
        && match (text, theirs) {
            (Some(text), Some(theirs)) => may_be_same_text(text, theirs),
            _ => true,
        }
}
