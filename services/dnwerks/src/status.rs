//! `dnwerks status`: how everything stands, live on a terminal.
#![allow(clippy::print_stdout, reason = "this subcommand talks to a person")]

mod pace;
mod snapshot;

use std::{io::IsTerminal as _, time::Duration};

use anstream::println;
use anyhow::Result;
use clap::Args;
use rows_as_service::{Database, status::SystemStatus};
use tokio::time::{Instant, MissedTickBehavior};

use crate::terminal::Screen;

use self::{pace::Pace, snapshot::Snapshot};

/// What `dnwerks status --help` teaches.
pub const AFTER_HELP: &str = "\
Examples:
  dnwerks status                                       in place, every second, until Ctrl-C
  dnwerks status --once
  dnwerks status --json | jq '.queues'

Processes are those that are connected to the database; a dashboard-api alone is not. Campaigns show their rate and when they
will have been sent at it; mails, the newest 500 of the last day.";

/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(1);

/// How to show it, and how to reach the database.
#[derive(Debug, Args)]
#[group(skip)]
pub struct ShowStatus {
    /// Show it once and end, as where the output is no terminal.
    #[arg(long)]
    once: bool,

    /// Show it once, as JSON.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: rows_as_service::Settings,
}

/// Shows it; on a terminal until somebody ends it.
pub async fn run(settings: ShowStatus) -> Result<()> {
    let database = Database::connect(&settings.database, "dnwerks status").await?;
    let status = SystemStatus::new(database);
    if settings.json {
        println!("{:#}", status.read().await?);
        return Ok(());
    }
    if settings.once || !std::io::stdout().is_terminal() {
        for line in look(&status, &mut Pace::default()).await? {
            println!("{line}");
        }
        return Ok(());
    }
    tokio::select! {
        ended = watch(&status) => ended,
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
    }
}

async fn watch(status: &SystemStatus) -> Result<()> {
    let mut screen = Screen::new();
    let mut pace = Pace::default();
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        screen.show(&look(status, &mut pace).await?)?;
    }
}

async fn look(status: &SystemStatus, pace: &mut Pace) -> Result<Vec<String>> {
    let snapshot: Snapshot = serde_json::from_value(status.read().await?)?;
    pace.note(Instant::now(), &snapshot.done());
    Ok(snapshot.lines(pace))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::*;

    /// A system in trouble, with a campaign of which `pending` messages are left.
    fn troubled(pending: i64) -> Snapshot {
        serde_json::from_value(json!({
            "at": "2026-11-23T12:00:00+00:00",
            "sending": { "stopped_at": "2026-11-23T11:00:00+00:00", "reason": "Twilio asks us to" },
            "processes": [{ "name": "send-worker@host/7", "connections": 3, "busy": 1, "since": "2026-11-23T09:00:00+00:00" }],
            "senders": [{
                "phone_number": "+15005550006", "messaging_service_sid": null, "is_default": true, "segments_per_second": 10.0,
                "held_until": "2026-11-23T12:01:00+00:00", "hold_reason": "twilio_unavailable", "alarms": ["filtered"],
                "today": { "sent": 10, "failed": { "30003": 2 }, "delivery_rate": 0.8 },
            }],
            "campaigns": [{
                "id": "0199c0de-0000-7000-8000-000000000001", "name": "Sale\u{1b}[2J", "owner": "ann@example.com", "status": "sending",
                "reason": null, "launched_at": "2026-11-23T11:58:20+00:00", "total": 1000, "delivered": 5, "failed": 1,
                "pending": pending, "in_doubt": 2, "waits_until": null,
            }],
            "small_campaigns": 1, "scheduled": { "campaigns": 2, "next_at": "2026-11-24T00:00:00+00:00" },
            "queues": [{ "queue": "messages", "waiting": 990, "oldest_seconds": 180 }],
            "search_backlog": { "parts": 1, "failed": 1 },
            "imports": [{
                "file_name": "shop.csv", "owner": "ann@example.com", "phase": "reading", "dry_run": true, "file_bytes": 200,
                "bytes_read": 50, "rows_read": 7,
            }],
            "mails": {
                "queued": 1, "recent": 3, "sent": 2, "failed": 1, "suppressed": 0,
                "paused_until": "2026-11-23T13:00:00+00:00", "pause_reason": "daily_quota",
            },
            "errors": [{ "at": "2026-11-23T11:59:00+00:00", "where": "mail approval", "what": "refused" }],
        }))
        .unwrap()
    }

    #[test]
    fn a_look_says_what_is_in_the_way() {
        let lines = troubled(900).lines(&Pace::default()).join("\n");
        let lines = console::strip_ansi_codes(&lines);
        for part in [
            "sending is stopped since 2026-11-23 11:00:00 UTC: Twilio asks us to",
            "send-worker      host/7                   3 connections, 1 busy, oldest 3 h",
            "80.0 % delivered, 2 failed with 30003, held until 2026-11-23 12:01:00 UTC: twilio_unavailable, alarm: filtered",
            "Sale\u{fffd}[2J  100/1000 (10 %), 5 delivered, 1 failed, 2 in doubt, 1.0/s since its launch, ends about 2026-11-23 12:15:00 UTC",
            "and 1 tests and replies",
            "2 scheduled, the next for 2026-11-24 00:00:00 UTC",
            "messages               990, the first for 3 min",
            "1 parts, 1 failed",
            "shop.csv  reading, 25 %, 7 rows read, dry run, for ann@example.com",
            "1 queued; of the newest 3: 2 sent, 1 failed, 0 suppressed; paused until 2026-11-23 13:00:00 UTC: daily_quota",
            "2026-11-23 11:59:00 UTC  mail approval: refused",
        ] {
            assert!(lines.contains(part), "{part} is not in: {lines}");
        }
    }

    #[test]
    fn the_rate_is_that_of_the_last_half_minute() {
        let begin = Instant::now();
        let mut pace = Pace::default();
        for (seconds, pending) in [(0, 1000), (50, 500), (80, 200)] {
            let now = begin + Duration::from_secs(seconds);
            pace.note(now, &troubled(pending).done());
        }
        let id = *troubled(0).done().keys().next().unwrap();
        assert_eq!(pace.per_second(id), Some(10.0));
        let lines = troubled(200).lines(&pace).join("\n");
        let lines = console::strip_ansi_codes(&lines);
        assert!(
            lines.contains("10.0/s, ends about 2026-11-23 12:00:20 UTC"),
            "{lines}"
        );
        // Who is gone is forgotten.
        pace.note(begin, &HashMap::new());
        assert_eq!(pace.per_second(id), None);
    }
}
