//! The queue of batches. A batch names a range of positions; the rows hold the state.

use std::time::Duration;

use domain::CampaignId;
use sqlx::postgres::PgListener;

use super::handle::Sending;
use crate::DatabaseError;

/// A range of a campaign's messages, hidden from other workers for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// Its id in the queue.
    pub msg_id: i64,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// First position, from 1.
    pub first: i32,
    /// Last position, inclusive.
    pub last: i32,
}

/// Notifies when a campaign is launched.
#[derive(Debug)]
pub struct BatchBell(PgListener);

impl BatchBell {
    /// Waits for the next launch. A lost connection is reopened and notifies once.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if the database can't be reached.
    pub async fn rung(&mut self) -> Result<(), DatabaseError> {
        self.0.try_recv().await?;
        Ok(())
    }
}

impl Sending {
    /// Takes up to `at_most` batches; each reappears after `hidden_for` unless it is ended first.
    pub async fn take_batches(
        &self,
        hidden_for: Duration,
        at_most: i32,
    ) -> Result<Vec<Batch>, DatabaseError> {
        let batches = sqlx::query_as!(
            Batch,
            r#"
            select msg_id as "msg_id!", (message ->> 'campaign_id')::uuid as "campaign_id!",
              (message ->> 'first')::integer as "first!", (message ->> 'last')::integer as "last!"
            from pgmq.read('campaign_batches', $1, $2)
            "#,
            whole_seconds(hidden_for),
            at_most,
        )
        .fetch_all(self.pool())
        .await?;
        Ok(batches)
    }

    /// Keeps a batch hidden longer: its messages are waiting for the rate limit.
    pub async fn keep_batch(
        &self,
        batch: &Batch,
        hidden_for: Duration,
    ) -> Result<(), DatabaseError> {
        sqlx::query!(
            "select from pgmq.set_vt('campaign_batches', $1::bigint, $2::integer)",
            batch.msg_id,
            whole_seconds(hidden_for),
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Ends a batch; while any of its messages is pending it reappears after `comes_back_after`
    /// instead. Returns whether it has ended.
    pub async fn end_batch(
        &self,
        batch: &Batch,
        comes_back_after: Duration,
    ) -> Result<bool, DatabaseError> {
        let ended = sqlx::query_scalar!(
            r#"select private.end_batch($1, $2, $3, $4, $5) as "ended!""#,
            batch.msg_id,
            batch.campaign_id.0,
            batch.first,
            batch.last,
            whole_seconds(comes_back_after),
        )
        .fetch_one(self.pool())
        .await?;
        Ok(ended)
    }

    /// Listens for launches on its own connection. Not every pooler supports LISTEN, so
    /// callers must poll the queue as well.
    pub async fn listen(&self) -> Result<BatchBell, DatabaseError> {
        let mut listener = PgListener::connect_with(self.pool()).await?;
        listener.listen("campaign_batches").await?;
        Ok(BatchBell(listener))
    }
}

/// The queue uses whole seconds; rounded up, so that nothing reappears too early.
fn whole_seconds(duration: Duration) -> i32 {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_up() {
        assert_eq!(whole_seconds(Duration::ZERO), 0);
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_secs(3)), 3);
    }
}
