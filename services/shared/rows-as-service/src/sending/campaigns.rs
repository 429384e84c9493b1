//! A send worker's operations on campaigns, and the rate limit that workers share.

use std::time::Duration;

use domain::CampaignId;

use super::handle::Sending;
use crate::DatabaseError;

/// A batch's campaign.
#[derive(Debug, Clone)]
pub struct BatchCampaign {
    /// Whether it is being sent; otherwise its batches do nothing.
    pub is_sending: bool,
    /// Its text, with merge fields.
    pub message_body: String,
}

impl Sending {
    /// Launches due scheduled campaigns, each once; returns how many it handled.
    /// Side effect: those that can't be launched become `failed`, with the reason.
    pub async fn launch_due_campaigns(&self) -> Result<i32, DatabaseError> {
        let launched =
            sqlx::query_scalar!(r#"select private.launch_due_campaigns() as "launched!""#)
                .fetch_one(self.pool())
                .await?;
        Ok(launched)
    }

    /// Ends campaigns with nothing pending that are not ended yet; returns how many.
    pub async fn end_finished_campaigns(&self) -> Result<i32, DatabaseError> {
        let ended = sqlx::query_scalar!(r#"select private.end_finished_campaigns() as "ended!""#)
            .fetch_one(self.pool())
            .await?;
        Ok(ended)
    }

    /// The campaign of a batch, `None` once it has been deleted.
    pub async fn campaign(&self, id: CampaignId) -> Result<Option<BatchCampaign>, DatabaseError> {
        let campaign = sqlx::query_as!(
            BatchCampaign,
            r#"
            select coalesce(status = 'sending', false) as "is_sending!", coalesce(message_body, '') as "message_body!"
            from public.campaigns where id = $1
            "#,
            id.0,
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(campaign)
    }

    /// Stops a campaign: it becomes `failed` for `reason` (a stable code), and its messages that
    /// are not claimed yet fail with `reason_text`.
    pub async fn stop_campaign(
        &self,
        id: CampaignId,
        reason: &str,
        reason_text: &str,
    ) -> Result<(), DatabaseError> {
        sqlx::query!(
            "select private.stop_campaign($1, $2, $3)",
            id.0,
            reason,
            reason_text
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Reserves `segments` in the sender's rate limit; returns how long to wait before sending.
    /// Without a rate only holds apply.
    pub async fn reserve_pace(
        &self,
        sender: &str,
        segments: i32,
        segments_per_second: Option<f64>,
    ) -> Result<Duration, DatabaseError> {
        let wait = sqlx::query_scalar!(
            r#"select extract(epoch from private.reserve_pace($1, $2, $3))::double precision as "wait!""#,
            sender,
            segments,
            segments_per_second,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(Duration::try_from_secs_f64(wait).unwrap_or_default())
    }

    /// Makes every worker wait before sending from this sender again.
    pub async fn hold_sender(&self, sender: &str, wait: Duration) -> Result<(), DatabaseError> {
        sqlx::query!(
            "select private.hold_sender($1, $2)",
            sender,
            wait.as_secs_f64()
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
