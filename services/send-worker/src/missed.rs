//! Messages whose callbacks never came: found by reading Twilio's list, page after page.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rows_as_service::DatabaseError;
use rows_as_service::callbacks::DeliveryNews;
use rows_as_service::sending::ListReading;
use twilio::{ListPage, Message, RequestError};

use crate::news::news_of;
use crate::{Error, Worker};

/// How long a page may take besides Twilio's own timeout. Afterwards another worker goes on.
const ROOM: Duration = Duration::from_mins(1);

impl Worker {
    /// Reads what became of messages whose callbacks are overdue from Twilio's list, one page at a time and in one
    /// worker at a time. Returns of how many it learned their end.
    ///
    /// # Errors
    /// [`Error`] from the database; then somebody goes on with the page when the lease has ended. Twilio's failures are
    /// logged, and the page is read later.
    pub async fn find_missed_callbacks(&self) -> Result<usize, Error> {
        let silent_for = self.pacing.ask_after();
        self.sending.find_silent_messages(silent_for).await?;
        let lease_for = self.list_timeout * 2 + ROOM;
        let Some(mut reading) = self.sending.take_list_reading(lease_for).await? else {
            return Ok(0);
        };
        let mut found = 0;
        let mut pages = 0;
        loop {
            let page = self
                .twilio
                .list_messages(
                    reading.first_day,
                    reading.last_day,
                    reading.next_page.as_deref(),
                )
                .await;
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    self.put_off(&reading, &error).await?;
                    return Ok(found);
                }
            };
            pages += 1;
            // Before the page counts as read: who goes on after us reads it again, which changes nothing.
            found += self.record_ends(&page.messages).await?;
            let Some(next) = next_page(page, reading.oldest) else {
                self.sending
                    .finish_list_reading(reading.lease, silent_for)
                    .await?;
                tracing::info!(pages, found, "sending.missed_callbacks_read");
                return Ok(found);
            };
            if !self
                .sending
                .advance_list_reading(reading.lease, &next, lease_for)
                .await?
            {
                return Ok(found);
            }
            reading.next_page = Some(next);
        }
    }

    /// Records the ends of those messages that wait for theirs. Returns how many.
    async fn record_ends(&self, messages: &[Message]) -> Result<usize, Error> {
        let ends: HashMap<&str, DeliveryNews> = messages
            .iter()
            .filter_map(|message| Some((message.sid.as_str(), news_of(message)?)))
            .collect();
        if ends.is_empty() {
            return Ok(0);
        }
        let sids: Vec<&str> = ends.keys().copied().collect();
        let open = self.sending.open_messages(&sids).await?;
        let news: Vec<DeliveryNews> = open
            .iter()
            .filter_map(|message| {
                Some(DeliveryNews {
                    message_id: Some(message.id),
                    ..ends.get(message.sid.as_str())?.clone()
                })
            })
            .collect();
        if news.is_empty() {
            return Ok(0);
        }
        let found = match self.deliveries.record(&news).await {
            Ok(()) => news.len(),
            Err(error) if is_refusal(&error) => self.record_singly(&news).await?,
            Err(error) => return Err(error.into()),
        };
        instruments::sending().missed_callbacks.inc_by(found as u64);
        Ok(found)
    }

    /// Records ends one by one, because the database refuses one of them: else nobody would ever get past its page.
    /// Returns how many it recorded.
    async fn record_singly(&self, news: &[DeliveryNews]) -> Result<usize, Error> {
        let mut recorded = 0;
        for one in news {
            match self.deliveries.record(std::slice::from_ref(one)).await {
                Ok(()) => recorded += 1,
                Err(error) if is_refusal(&error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    message.id = one.message_id.map(tracing::field::display),
                    "sending.missed_callback_refused"
                ),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(recorded)
    }

    /// Leaves the reading for later.
    async fn put_off(&self, reading: &ListReading, error: &RequestError) -> Result<(), Error> {
        tracing::warn!(%error, "sending.list_not_read");
        let wait_for = match error {
            RequestError::Throttled { retry_after } => *retry_after,
            _ => None,
        };
        // Links don't stay good for ever; and nothing is sent where a bad one leads.
        let again = matches!(
            error,
            RequestError::Refused { .. } | RequestError::ForeignLink
        );
        self.sending
            .put_off_list_reading(reading.lease, wait_for, again)
            .await?;
        Ok(())
    }
}

/// Whether the database refuses what it was told, and will again.
fn is_refusal(error: &DatabaseError) -> bool {
    matches!(error, DatabaseError::Statement(_)) && !error.is_transient()
}

/// The link to the next page, unless all that follows is older than `oldest`.
fn next_page(page: ListPage, oldest: DateTime<Utc>) -> Option<String> {
    let is_older = |message: &Message| {
        [message.date_created, message.date_sent]
            .into_iter()
            .flatten()
            .max()
            .is_some_and(|at| at < oldest)
    };
    let is_past = !page.messages.is_empty() && page.messages.iter().all(is_older);
    page.next.filter(|_| !is_past)
}
