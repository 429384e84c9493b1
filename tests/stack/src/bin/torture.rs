//! Sends campaigns while everything fails that can, and judges what arrived.
#![allow(clippy::print_stdout, reason = "this program talks to a person")]

use std::{
    io::{IsTerminal as _, stdout},
    time::{Duration, Instant},
};

use anyhow::Result;
use clap::Parser;
use indicatif::ProgressBar;
use stack::torture::{Torture, endure};

/// Several accounts send a campaign each, while send workers are killed and stand still, connections are cut, Postgres
/// crashes, Twilio's stand-in drops, delays, refuses and throttles requests and repeats, loses and reorders callbacks, and
/// people opt out, change their numbers, delete customers, pause campaigns and reject accounts. Exit code 0: nobody was
/// texted twice, nobody was forgotten, nobody was texted after STOP was answered, and all counters equal the rows.
#[derive(Debug, Parser)]
#[command(name = "scripts/torture")]
struct Arguments {
    /// Decides what happens to whom.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Recipients, over all accounts.
    #[arg(long, default_value_t = 100_000)]
    recipients: u32,
    /// Accounts; each sends one campaign.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    accounts: u32,
    /// Send workers.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    workers: u32,
    /// How often Postgres crashes.
    #[arg(long, default_value_t = 2)]
    database_crashes: u32,
    /// Timeout in seconds.
    #[arg(long, default_value_t = 3_600)]
    patience: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    println!("{arguments:?}");
    let began = Instant::now();
    let bar = ProgressBar::new_spinner();
    let report = endure(
        &Torture {
            seed: arguments.seed,
            recipients: arguments.recipients,
            accounts: arguments.accounts,
            workers: usize::try_from(arguments.workers)?,
            database_crashes: arguments.database_crashes,
            patience: Duration::from_secs(arguments.patience),
        },
        |line| {
            if stdout().is_terminal() {
                bar.set_message(line.to_owned());
            }
        },
    )
    .await?;
    bar.finish_and_clear();
    println!(
        "{:#?}\n{} opted out, {} numbers changed, {} customers deleted, {} pauses, {} rejections\n{:#?}\nnobody twice, \
         nobody forgotten, nobody after STOP, counters equal the rows: {:.0} s",
        report.harm,
        report.deeds.stopped.len(),
        report.deeds.changed.len(),
        report.deeds.deleted.len(),
        report.deeds.pauses,
        report.deeds.rejections,
        report.findings,
        began.elapsed().as_secs_f64()
    );
    Ok(())
}
