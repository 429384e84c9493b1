//! Messages whose callbacks are overdue, and the reading of Twilio's list that looks for them.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use domain::CampaignMessageId;
use uuid::Uuid;

use super::{handle::Sending, interval::interval};
use crate::DatabaseError;

/// Rows of a step: few enough for a statement of some hundred milliseconds.
const ROWS_A_STEP: i32 = 500;

/// The reading of Twilio's list, which only one worker has at a time.
#[derive(Debug, Clone)]
pub struct ListReading {
    /// Proves whose it is.
    pub lease: Uuid,
    /// The first day to read, of UTC.
    pub first_day: NaiveDate,
    /// The last day to read.
    pub last_day: NaiveDate,
    /// Nothing that is looked for is older, by Twilio's clock.
    pub oldest: DateTime<Utc>,
    /// Twilio's link to the page to go on with, if somebody has begun.
    pub next_page: Option<String>,
}

/// A message that Twilio accepted and whose end is unknown.
#[derive(Debug, Clone)]
pub struct OpenMessage {
    /// The message.
    pub id: CampaignMessageId,
    /// Twilio's id.
    pub sid: String,
}

impl Sending {
    /// Finds messages without a callback for `silent_for`; the next reading of Twilio's list looks for them.
    pub async fn find_silent_messages(&self, silent_for: Duration) -> Result<(), DatabaseError> {
        loop {
            let looked_at = sqlx::query_scalar!(
                r#"select private.find_silent_messages($1, $2) as "looked_at!""#,
                interval(silent_for),
                ROWS_A_STEP,
            )
            .fetch_one(self.pool())
            .await?;
            if looked_at < ROWS_A_STEP {
                return Ok(());
            }
        }
    }

    /// Takes the reading of Twilio's list for `lease_for`: the one that somebody left, or a new one. `None` if somebody
    /// has it or nothing is due.
    pub async fn take_list_reading(
        &self,
        lease_for: Duration,
    ) -> Result<Option<ListReading>, DatabaseError> {
        let reading = sqlx::query_as!(
            ListReading,
            r#"
            select r.lease as "lease!", r.first_day as "first_day!", r.last_day as "last_day!", r.oldest as "oldest!",
              r.next_page
            from private.take_list_reading($1) r
            "#,
            interval(lease_for),
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(reading)
    }

    /// Keeps the link to the page that comes next, and the reading for `lease_for` from now on. Returns whether it is
    /// still this lease's.
    pub async fn advance_list_reading(
        &self,
        lease: Uuid,
        next_page: &str,
        lease_for: Duration,
    ) -> Result<bool, DatabaseError> {
        let is_ours = sqlx::query_scalar!(
            r#"select private.advance_list_reading($1, $2, $3) as "is_ours!""#,
            lease,
            next_page,
            interval(lease_for),
        )
        .fetch_one(self.pool())
        .await?;
        Ok(is_ours)
    }

    /// Gives the reading back because Twilio did not answer, for as long as Twilio says or longer each time in a
    /// row; `again`: from the first page.
    pub async fn put_off_list_reading(
        &self,
        lease: Uuid,
        wait_for: Option<Duration>,
        again: bool,
    ) -> Result<(), DatabaseError> {
        sqlx::query!(
            "select private.put_off_list_reading($1, $2, $3)",
            lease,
            wait_for.map(interval),
            again,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Ends the reading. What it did not find is looked for again, but not at once.
    pub async fn finish_list_reading(
        &self,
        lease: Uuid,
        silent_for: Duration,
    ) -> Result<(), DatabaseError> {
        sqlx::query!(
            "select private.finish_list_reading($1, $2)",
            lease,
            interval(silent_for),
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Those of Twilio's messages that are ours and whose end is unknown.
    pub async fn open_messages(&self, sids: &[&str]) -> Result<Vec<OpenMessage>, DatabaseError> {
        let messages = sqlx::query_as!(
            OpenMessage,
            r#"select o.id as "id!", o.sid as "sid!" from private.open_messages($1) o"#,
            sids as &[&str],
        )
        .fetch_all(self.pool())
        .await?;
        Ok(messages)
    }
}
