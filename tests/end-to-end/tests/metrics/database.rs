//! What the database refuses or keeps waiting: each shows in its metric, and no longer once that is over.

use anyhow::Result;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};

use super::{scrape::Scraper, stage::Stage};

/// A function that is not there for a while, as where a migration and a process don't fit.
struct Missing<'a> {
    stage: &'a Stage,
    functions: &'a [&'a str],
}

impl<'a> Missing<'a> {
    async fn these(stage: &'a Stage, functions: &'a [&'a str]) -> Result<Self> {
        for name in functions {
            let sql = format!("alter function private.{name} rename to {name}_missing");
            stage.sql(&sql).await?;
        }
        Ok(Self { stage, functions })
    }

    async fn come_back(self) -> Result<()> {
        for name in self.functions {
            let sql = format!("alter function private.{name}_missing rename to {name}");
            self.stage.sql(&sql).await?;
        }
        Ok(())
    }
}

/// Outcomes that can't be written: their messages come into doubt, and are settled once they can.
pub async fn loses_outcomes(stage: &Stage, metrics: &Scraper) -> Result<()> {
    let before = metrics.read().await?;
    // A callback would settle the doubt.
    let silence = json!({"callback_loss_ratio": 1.0});
    stage.stack.twilio()?.set_faults(&silence).await?;
    let missing = Missing::these(stage, &["record_outcomes", "take_doubts"]).await?;
    stage.send(json!([])).await?;
    metrics
        .moves(
            &before,
            &[
                "dnwerks_outcomes_not_recorded_total",
                r#"dnwerks_send_worker_failures_total{work="upkeep"}"#,
                r#"dnwerks_queue_waiting{queue="doubts"}"#,
                r#"dnwerks_queue_oldest_seconds{queue="doubts"}"#,
            ],
        )
        .await?;
    let before = metrics.read().await?;
    missing.come_back().await?;
    let found = r#"dnwerks_doubts_looked_at_total{result="sent"}"#;
    metrics.moves(&before, &[found]).await?;
    stage.stack.twilio()?.set_faults(&json!({})).await?;
    Ok(())
}

/// Messages that nobody takes, a campaign that nobody launches, a mail that is held back.
pub async fn keeps_waiting(stage: &Stage, metrics: &Scraper) -> Result<()> {
    let before = metrics.read().await?;
    let (due, _) = stage.campaign(json!([])).await?;
    let missing = Missing::these(stage, &["take_messages", "launch_due_campaign"]).await?;
    stage.send(json!([])).await?;
    stage
        .sql(&format!(
            "update public.campaigns set status = 'scheduled', scheduled_at = now() where id = '{due}'"
        ))
        .await?;
    stage
        .sql("insert into private.mail_pause (reason, paused_until) values ('test', now() + interval '1 hour')")
        .await?;
    stage
        .sql("insert into private.mails (kind, recipient) values ('approval', 'held-back@people.test')")
        .await?;
    let queues = ["messages", "campaigns", "mails"];
    let waiting = queues.map(|queue| format!("dnwerks_queue_waiting{{queue=\"{queue}\"}}"));
    let oldest = queues.map(|queue| format!("dnwerks_queue_oldest_seconds{{queue=\"{queue}\"}}"));
    let mut moving = vec![r#"dnwerks_send_worker_failures_total{work="take"}"#];
    moving.extend(waiting.iter().chain(&oldest).map(String::as_str));
    metrics.moves(&before, &moving).await?;
    stage.sql("delete from private.mail_pause").await?;
    missing.come_back().await?;
    for series in &waiting {
        metrics.falls_to_none(series).await?;
    }
    Ok(())
}

/// Callbacks that can't be written yet.
pub async fn holds_callbacks_up(stage: &Stage, metrics: &Scraper) -> Result<()> {
    let before = metrics.read().await?;
    let waiting = "dnwerks_callbacks_waiting";
    let mut locking: PgConnection = stage.connection().await?;
    let mut lock = locking.begin().await?;
    sqlx::query("lock table private.twilio_events in access exclusive mode")
        .execute(&mut *lock)
        .await?;
    stage.send(json!([])).await?;
    metrics.moves(&before, &[waiting]).await?;
    lock.rollback().await?;
    metrics.falls_to_none(waiting).await
}
