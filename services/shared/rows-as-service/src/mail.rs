//! The e-mail outbox: leasing, finishing, pausing, and delivery events.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::MailId;
use serde_json::Value;

use crate::DatabaseError;

handle! {
    /// The e-mail outbox.
    Outbox
}

/// A mail leased by this worker until its lease expires.
#[derive(Clone)]
pub struct DueMail {
    /// Its id, which is also the idempotency key.
    pub id: MailId,
    /// The name of its template.
    pub kind: String,
    /// The recipient.
    pub recipient: String,
    /// The template's fields. May contain a reset token.
    pub contents: Value,
    /// How often it was leased, including this time.
    pub attempts: i32,
    /// When an earlier attempt may first have reached Resend, if any.
    pub in_doubt_since: Option<DateTime<Utc>>,
    /// Whether that is longer ago than Resend certainly keeps idempotency keys: it can't be
    /// retried safely.
    pub too_late: bool,
    /// Whether the address bounced or complained before.
    pub suppressed: bool,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
}

/// Shows neither the recipient nor the contents.
impl std::fmt::Debug for DueMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DueMail")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Why a mail ends without being sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailEnd {
    /// Resend refused it, or it could not be retried safely.
    Failed,
    /// Its recipient is suppressed.
    Suppressed,
    /// It is out of date, such as an expired reset.
    Canceled,
}

impl MailEnd {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Suppressed => "suppressed",
            Self::Canceled => "canceled",
        }
    }
}

/// The kind of a webhook event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailEventKind {
    /// Delivered.
    Delivered,
    /// The mail failed for good.
    Bounced,
    /// The mail failed, and may arrive at another time.
    BouncedForNow,
    /// The recipient marked it as spam.
    Complained,
    /// Resend sends nothing to the address.
    Suppressed,
    /// Not delivered yet.
    Delayed,
    /// Resend accepted the mail and could not send it; it may at another time.
    Failed,
    /// Nothing follows from it.
    Other,
}

impl MailEventKind {
    /// As `private.mail_events` spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Bounced => "bounced",
            Self::BouncedForNow => "bounced_for_now",
            Self::Complained => "complained",
            Self::Suppressed => "suppressed",
            Self::Delayed => "delayed",
            Self::Failed => "failed",
            Self::Other => "other",
        }
    }

    /// Whether no further mail may go to the recipient.
    #[must_use]
    pub const fn suppresses_recipient(self) -> bool {
        matches!(self, Self::Bounced | Self::Complained | Self::Suppressed)
    }
}

/// A webhook event to record.
#[derive(Debug)]
pub struct MailEvent<'a> {
    /// The webhook's own id (`svix-id`): a repeated delivery has the same id.
    pub id: &'a str,
    /// Its kind.
    pub kind: MailEventKind,
    /// The same in Resend's words.
    pub name: &'a str,
    /// Resend's id of the mail, if it is about one.
    pub provider_id: Option<&'a str>,
    /// Why the mail failed.
    pub detail: Option<&'a str>,
    /// When it happened.
    pub happened_at: Option<DateTime<Utc>>,
}

impl Outbox {
    /// Leases up to `limit` due mails to the caller, oldest first; none while sending is paused.
    /// Side effects: the attempt is counted; the lease of a dead worker expires after `lease`.
    pub async fn lease(&self, limit: i64, lease: Duration) -> Result<Vec<DueMail>, DatabaseError> {
        let mails = sqlx::query_file_as!(
            DueMail,
            "src/mail/lease_mails.sql",
            limit,
            lease.as_secs_f64()
        )
        .fetch_all(self.pool())
        .await?;
        Ok(mails)
    }

    /// Records that Resend has the mail. Its contents are erased unless it may have to be
    /// repeated; events that came before the answer are followed.
    pub async fn finish(&self, id: MailId, provider_id: Option<&str>) -> Result<(), DatabaseError> {
        sqlx::query!(
            "select private.finish_mail($1, $2)",
            id.0,
            provider_id as Option<&str>,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Gives a mail up, and erases its contents. `reason` is a short stable code.
    pub async fn give_up(
        &self,
        id: MailId,
        end: MailEnd,
        reason: &str,
    ) -> Result<(), DatabaseError> {
        sqlx::query!(
            "
            update private.mails
            set state = $2, last_error = $3, contents = '{}', leased_until = null, finished_at = now()
            where id = $1 and state = 'queued'
            ",
            id.0,
            end.as_str(),
            reason,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Puts a leased mail back for `wait`. `surely_unsent` says that Resend did not get it in
    /// this attempt, so the attempt does not put it in doubt.
    pub async fn postpone(
        &self,
        mail: &DueMail,
        wait: Duration,
        reason: &str,
        surely_unsent: bool,
    ) -> Result<(), DatabaseError> {
        sqlx::query!(
            "
            update private.mails
            set due_at = now() + make_interval(secs => $2), leased_until = null, last_error = $3,
              first_attempt_at = case when $4 then $5 else first_attempt_at end
            where id = $1 and state = 'queued'
            ",
            mail.id.0,
            wait.as_secs_f64(),
            reason,
            surely_unsent,
            mail.in_doubt_since,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Pauses all workers for `wait`: a quota is used up, or the account has a problem.
    pub async fn pause(&self, wait: Duration, reason: &str) -> Result<(), DatabaseError> {
        sqlx::query!(
            "
            insert into private.mail_pause (reason, paused_until)
            values ($2, now() + make_interval(secs => $1))
            on conflict (only_row) do update
              set reason = excluded.reason, paused_until = excluded.paused_until
            ",
            wait.as_secs_f64(),
            reason,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Records an event. A lasting failure stops further mail to its recipient, including queued
    /// mail; one that passes queues the mail again. False for an event that is already recorded.
    pub async fn record_event(&self, event: &MailEvent<'_>) -> Result<bool, DatabaseError> {
        let new = sqlx::query_scalar!(
            r#"select private.record_mail_event($1, $2, $3, $4, $5, $6) as "new!""#,
            event.id,
            event.kind.as_str(),
            event.name,
            event.provider_id as Option<&str>,
            event.detail as Option<&str>,
            event.happened_at as Option<DateTime<Utc>>,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(new)
    }
}
