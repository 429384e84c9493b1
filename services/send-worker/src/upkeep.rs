//! Periodic work besides sending: schedules, doubts, lost work, the senders' health, sums for the analytics.

use crate::{Error, Worker};

impl Worker {
    /// Launches the due campaigns, each in its own transaction; returns how many were handled.
    ///
    /// # Errors
    /// [`Error`] from the database.
    pub async fn launch_due(&self) -> Result<usize, Error> {
        let mut launched = 0;
        while let Some(campaign) = self.sending.launch_due_campaign().await? {
            tracing::info!(campaign.id = %campaign, "campaign.due");
            launched += 1;
        }
        Ok(launched)
    }

    /// Ends campaigns that have nothing pending, empties canceled ones, finds lost work again, and
    /// makes customers of suppressed numbers inactive.
    ///
    /// # Errors
    /// [`Error`] from the database.
    pub async fn keep_moving(&self) -> Result<(), Error> {
        while self.sending.keep_campaigns_moving().await? {}
        self.sending.apply_suppressions().await?;
        for change in self.sending.take_campaign_changes().await? {
            tracing::info!(
                campaign.id = %change.campaign,
                campaign.status = change.status,
                campaign.reason = change.reason,
                campaign.recipients = change.total,
                campaign.sent = change.sent,
                campaign.delivered = change.delivered,
                campaign.failed = change.failed,
                campaign.pending = change.pending,
                "campaign.changed"
            );
        }
        Ok(())
    }

    /// Adds up what happened to messages, for the analytics.
    ///
    /// # Errors
    /// [`Error`] from the database.
    pub async fn roll_up_messages(&self) -> Result<(), Error> {
        while self.sending.roll_up_messages().await? {}
        Ok(())
    }

    /// Adds up what happened to each sender's messages, and logs the alarms that this raises.
    ///
    /// # Errors
    /// [`Error`] from the database.
    pub async fn roll_up_senders(&self) -> Result<(), Error> {
        for alarm in self.sending.roll_up_senders().await? {
            instruments::sending().sender_alarms.inc_named(&alarm.kind);
            tracing::error!(
                sender.id = %alarm.sender,
                alarm.kind = alarm.kind,
                alarm.day = alarm.day,
                alarm.share = alarm.share,
                "sender.alarm"
            );
        }
        Ok(())
    }
}
