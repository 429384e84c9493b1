//! Senders, schedules, and what keeps campaigns moving.

use std::time::Duration;

use domain::{CampaignId, ProfileId};
use uuid::Uuid;

use super::{handle::Sending, interval::interval, takes::SenderId};
use crate::{DatabaseError, pool::patient};

/// A change of a launched campaign's status, with its counters at that moment.
#[derive(Debug, Clone)]
pub struct CampaignChange {
    /// The campaign.
    pub campaign: CampaignId,
    /// Its new status.
    pub status: String,
    /// Why, as a stable code, if it paused or failed.
    pub reason: Option<String>,
    /// Recipients as launched.
    pub total: i32,
    /// Accepted by Twilio.
    pub sent: i32,
    /// Delivered so far.
    pub delivered: i32,
    /// Failed so far.
    pub failed: i32,
    /// Without an outcome.
    pub pending: i32,
}

/// A sender fares badly on one day.
#[derive(Debug, Clone)]
pub struct SenderAlarm {
    /// The row of `private.senders`.
    pub sender: Uuid,
    /// The day, of UTC.
    pub day: String,
    /// What there is too much of, as a stable code: `filtered`, `unregistered`, `opted_out`.
    pub kind: String,
    /// Its share of the sender's messages.
    pub share: f64,
}

impl Sending {
    /// Changes of campaigns that no worker has logged yet, each returned once.
    pub async fn take_campaign_changes(&self) -> Result<Vec<CampaignChange>, DatabaseError> {
        let changes = sqlx::query_as!(
            CampaignChange,
            r#"
            with fresh as (
              select c.id from private.campaign_changes c
              where not c.logged
              order by c.id
              limit 100
              for no key update skip locked
            )
            update private.campaign_changes c set logged = true
            from fresh f
            where c.id = f.id
            returning c.campaign_id as "campaign!", c.status, c.reason, coalesce(c.total_recipients, 0) as "total!",
              coalesce(c.sent_count, 0) as "sent!", coalesce(c.delivered_count, 0) as "delivered!",
              coalesce(c.failed_count, 0) as "failed!", coalesce(c.pending_count, 0) as "pending!"
            "#,
        )
        .fetch_all(self.pool())
        .await?;
        Ok(changes)
    }

    /// Makes this sender the default one, with this rate if one is given.
    pub async fn register_sender(
        &self,
        phone_number: Option<&str>,
        messaging_service_sid: Option<&str>,
        segments_per_second: Option<f64>,
    ) -> Result<SenderId, DatabaseError> {
        let id = sqlx::query_scalar!(
            r#"select private.register_sender($1, $2, $3) as "id!""#,
            phone_number,
            messaging_service_sid,
            segments_per_second,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(SenderId(id))
    }

    /// Makes every worker wait before sending from this sender again: for `base`, and twice as long
    /// each time in a row up to `longest`. `reason` is a stable code. While one request probes, only its own
    /// failure (`by_probe`) counts.
    pub async fn hold_sender(
        &self,
        sender: SenderId,
        reason: &str,
        base: Duration,
        longest: Duration,
        by_probe: bool,
    ) -> Result<(), DatabaseError> {
        sqlx::query!(
            "select from private.hold_sender($1, $2, $3, $4, $5)",
            sender.0,
            reason,
            interval(base),
            interval(longest),
            by_probe,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Ends a sender's hold: a request of its own went through.
    pub async fn free_sender(&self, sender: SenderId) -> Result<(), DatabaseError> {
        sqlx::query!("select private.free_sender($1)", sender.0)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Launches one scheduled campaign that is due; `None` if none is.
    /// Side effect: one that can't be launched becomes `failed`, with the reason.
    pub async fn launch_due_campaign(&self) -> Result<Option<CampaignId>, DatabaseError> {
        // Put off by a timeout, it would take as long the next time.
        let mut patient = patient(self.pool()).await?;
        let launched = sqlx::query_scalar!("select private.launch_due_campaign()")
            .fetch_one(&mut *patient)
            .await?;
        patient.commit().await?;
        Ok(launched.map(CampaignId))
    }

    /// Ends campaigns with nothing pending, empties canceled ones, and finds lost work again.
    /// Returns whether there is more to do at once.
    pub async fn keep_campaigns_moving(&self) -> Result<bool, DatabaseError> {
        let more = sqlx::query_scalar!(r#"select private.keep_campaigns_moving() as "more!""#)
            .fetch_one(self.pool())
            .await?;
        Ok(more)
    }

    /// Adds up what happened to each sender's messages, and returns the alarms that it raised. If another
    /// worker is at it, it does nothing.
    pub async fn roll_up_senders(&self) -> Result<Vec<SenderAlarm>, DatabaseError> {
        let alarms = sqlx::query_as!(
            SenderAlarm,
            r#"
            select a.sender_id as "sender!", a.day::text as "day!", a.kind as "kind!", a.value as "share!"
            from private.roll_up_senders() a
            "#,
        )
        .fetch_all(self.pool())
        .await?;
        Ok(alarms)
    }

    /// Adds up tallies of messages for the analytics. Returns whether there are more; if another worker is at it, there are none.
    pub async fn roll_up_messages(&self) -> Result<bool, DatabaseError> {
        let more = sqlx::query_scalar!(r#"select private.roll_up_messages() as "more!""#)
            .fetch_one(self.pool())
            .await?;
        Ok(more)
    }

    /// Makes customers of newly suppressed numbers inactive; returns how many numbers.
    pub async fn apply_suppressions(&self) -> Result<i32, DatabaseError> {
        let applied = sqlx::query_scalar!(r#"select private.apply_suppressions() as "applied!""#)
            .fetch_one(self.pool())
            .await?;
        Ok(applied)
    }

    /// Stops all sending, or starts it again. Takes effect with the next take of every worker.
    pub async fn switch(&self, stopped: bool, reason: Option<&str>) -> Result<(), DatabaseError> {
        sqlx::query!(
            "
            update private.sending_switch
            set stopped_at = case when $1 then coalesce(stopped_at, now()) end, reason = case when $1 then $2 end
            ",
            stopped,
            reason,
        )
        .execute(self.pool())
        .await?;
        self.wake_workers().await
    }

    /// Stops what is sent for one account, or starts it again. Takes effect with the next take of every worker. False if
    /// nothing was stopped.
    pub async fn switch_account(
        &self,
        account: ProfileId,
        stopped: bool,
        reason: Option<&str>,
    ) -> Result<bool, DatabaseError> {
        let switched = if stopped {
            sqlx::query!(
                "
                insert into private.stopped_accounts as a (user_id, reason) values ($1, $2)
                on conflict (user_id) do update set reason = coalesce(excluded.reason, a.reason)
                ",
                account.0,
                reason,
            )
            .execute(self.pool())
            .await?
        } else {
            sqlx::query!(
                "delete from private.stopped_accounts where user_id = $1",
                account.0
            )
            .execute(self.pool())
            .await?
        };
        self.wake_workers().await?;
        Ok(switched.rows_affected() > 0)
    }

    async fn wake_workers(&self) -> Result<(), DatabaseError> {
        sqlx::query!("select from pg_notify('sending', '')")
            .execute(self.pool())
            .await?;
        Ok(())
    }
}
