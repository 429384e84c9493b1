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
    pace.note(Instant::now(), &snapshot.campaigns);
    Ok(snapshot.lines(pace))
}
