//! Leases queued mails, sends each, and records the outcome.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::Clock;
use resend::{Client, Email, NextStep, Quota, SendError};
use rows_as_service::{
    DatabaseError,
    mail::{DueMail, MailEnd, Outbox},
    within,
};
use tokio_util::sync::CancellationToken;

use crate::{
    settings::Settings,
    template::{Templates, UnknownMail},
};

/// Mails per round.
const ROUND: i64 = 10;
/// Longer than a round in which every send times out, so that no other worker takes the mails.
const LEASE: Duration = Duration::from_mins(5);
/// The interval between polls of an empty outbox.
const IDLE: Duration = Duration::from_secs(1);
/// The first delay before a retry; doubled every time.
const FIRST_WAIT: Duration = Duration::from_secs(15);
/// The maximum delay between retries.
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// A mail that could not be sent for this long is out of date.
const STALE: TimeDelta = TimeDelta::days(3);

/// Why a round ended early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed; leases expire on their own.
    #[error("the outbox could not be read or written")]
    Postgres(#[from] DatabaseError),
    /// The templates are malformed.
    #[error("the templates could not be read")]
    Templates(#[source] UnknownMail),
}

/// Sends the mails in the outbox. Any number of workers may run.
#[derive(Clone)]
pub struct MailWorker {
    outbox: Outbox,
    resend: Client,
    templates: Templates,
    clock: Arc<dyn Clock>,
}

impl MailWorker {
    /// Builds a worker.
    ///
    /// # Errors
    /// [`Error::Templates`].
    pub fn new(
        settings: &Settings,
        outbox: Outbox,
        resend: Client,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let templates = Templates::new(settings.frontend_url.clone()).map_err(Error::Templates)?;
        Ok(Self {
            outbox,
            resend,
            templates,
            clock,
        })
    }

    /// Sends until `shutdown`. A mail being sent at that moment is finished first; the rest of
    /// its round is returned to the outbox.
    ///
    /// # Errors
    /// None at present: database failures are retried.
    pub async fn run(&self, shutdown: CancellationToken) -> Result<(), Error> {
        while !shutdown.is_cancelled() {
            // Afterwards others may take its mails: a request that repeats one has the same key.
            let wait = match within(LEASE, self.run_once(&shutdown)).await {
                Ok(0) => IDLE,
                Ok(_) => continue,
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the outbox is out of reach"
                    );
                    FIRST_WAIT
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = shutdown.cancelled() => {}
            }
        }
        Ok(())
    }

    /// One round: leases due mails and handles each. Returns how many were leased.
    ///
    /// # Errors
    /// [`Error::Postgres`]; unhandled mails are leased again later.
    pub async fn run_once(&self, shutdown: &CancellationToken) -> Result<usize, Error> {
        let mails = self.outbox.lease(ROUND, LEASE).await?;
        let mut stopped = false;
        for mail in &mails {
            if stopped || shutdown.is_cancelled() {
                self.outbox
                    .postpone(mail, Duration::ZERO, "not_tried", true)
                    .await?;
            } else {
                stopped = self.deal_with(mail).await?;
            }
        }
        Ok(mails.len())
    }

    /// Sends one mail. Returns true if sending must pause.
    #[tracing::instrument(name = "mail.send", level = "debug", skip_all)]
    async fn deal_with(&self, mail: &DueMail) -> Result<bool, Error> {
        if mail.suppressed {
            self.give_up(mail, MailEnd::Suppressed, "suppressed")
                .await?;
            return Ok(false);
        }
        if mail.too_late {
            tracing::warn!(mail.id = %mail.id, mail.kind, "a mail in doubt is too old to be repeated safely");
            self.give_up(mail, MailEnd::Failed, "in_doubt").await?;
            return Ok(false);
        }
        if self.is_stale(mail) {
            self.give_up(mail, MailEnd::Canceled, "out_of_date").await?;
            return Ok(false);
        }
        let rendered = match self.templates.render(&mail.kind, &mail.contents) {
            Ok(rendered) => rendered,
            Err(error) => {
                tracing::error!(mail.id = %mail.id, error = &error as &dyn std::error::Error, "a mail can't be rendered");
                self.give_up(mail, MailEnd::Failed, "unrenderable").await?;
                return Ok(false);
            }
        };
        let email = Email {
            to: &mail.recipient,
            subject: &rendered.subject,
            html: &rendered.html,
            text: &rendered.text,
            headers: std::collections::BTreeMap::default(),
        };
        match self.resend.send(&email, &mail.id.to_string()).await {
            Ok(sent) => {
                self.outbox.finish(mail.id, Some(&sent.id)).await?;
                instruments::mails().tried.inc("sent");
                tracing::info!(mail.id = %mail.id, mail.kind, "mail sent");
                if let Some(limit) = sent.rate_limit.filter(|limit| limit.remaining == 0) {
                    tokio::time::sleep(limit.reset.min(IDLE)).await;
                }
                Ok(false)
            }
            // Only an earlier attempt can have used the key: Resend has the mail.
            Err(SendError::IdempotencyMismatch) => {
                self.outbox.finish(mail.id, None).await?;
                instruments::mails().tried.inc("sent");
                Ok(false)
            }
            Err(error) => self.note_failure(mail, &error).await,
        }
    }

    /// Records why a send failed. Returns true if sending must pause.
    async fn note_failure(&self, mail: &DueMail, error: &SendError) -> Result<bool, Error> {
        let code = error.code();
        // All others are an answer (or no connection): Resend did not accept the mail.
        let in_doubt = matches!(
            error,
            SendError::NoAnswer(_) | SendError::Unclear(_) | SendError::ConcurrentRequest
        );
        match error.next_step() {
            NextStep::Repeat(asked) => {
                let wait = asked.unwrap_or_else(|| wait_before(mail.attempts));
                tracing::warn!(mail.id = %mail.id, mail.error = code, wait_s = wait.as_secs(), "mail postponed");
                self.outbox.postpone(mail, wait, code, !in_doubt).await?;
                instruments::mails().tried.inc("postponed");
                Ok(matches!(error, SendError::RateLimited { .. }))
            }
            NextStep::GiveUp => {
                tracing::warn!(mail.id = %mail.id, mail.error = code, "mail given up");
                self.give_up(mail, MailEnd::Failed, code).await?;
                Ok(false)
            }
            step @ (NextStep::AwaitQuota(_) | NextStep::AwaitOperator) => {
                let wait = match step {
                    NextStep::AwaitQuota(Quota::Daily) => Duration::from_hours(1),
                    NextStep::AwaitQuota(Quota::Monthly) => Duration::from_hours(6),
                    _ => Duration::from_mins(5),
                };
                tracing::error!(
                    mail.error = code,
                    wait_s = wait.as_secs(),
                    "no mail can be sent"
                );
                instruments::mails().tried.inc("paused");
                self.outbox.pause(wait, code).await?;
                self.outbox
                    .postpone(mail, Duration::ZERO, code, true)
                    .await?;
                Ok(true)
            }
        }
    }

    async fn give_up(&self, mail: &DueMail, end: MailEnd, code: &str) -> Result<(), Error> {
        self.outbox.give_up(mail.id, end, code).await?;
        instruments::mails().tried.inc(match end {
            MailEnd::Failed => "failed",
            MailEnd::Suppressed => "suppressed",
            MailEnd::Canceled => "canceled",
        });
        Ok(())
    }

    /// An expired reset, or a mail that is days old.
    fn is_stale(&self, mail: &DueMail) -> bool {
        let now = self.clock.now();
        let runs_out = (mail.kind == "password_reset")
            .then(|| {
                mail.contents
                    .get("expires_at")?
                    .as_str()?
                    .parse::<chrono::DateTime<chrono::Utc>>()
                    .ok()
            })
            .flatten();
        runs_out.is_some_and(|at| at <= now) || mail.created_at + STALE < now
    }
}

/// Doubles with every attempt, up to the maximum.
fn wait_before(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts.clamp(1, 12) - 1).unwrap_or_default();
    (FIRST_WAIT * 2_u32.pow(doublings)).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        let waits: Vec<u64> = [1, 2, 3, 9, 100].map(|n| wait_before(n).as_secs()).into();
        assert_eq!(waits, [15, 30, 60, 3600, 3600]);
    }
}
