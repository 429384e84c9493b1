//! Kills send workers at random while Twilio drops connections, and counts what arrived.
#![allow(clippy::print_stdout, reason = "this program talks to a person")]

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Parser;
use stack::crashes::{Crashes, customers_csv, survive};

/// Sends one campaign with several send workers that are killed with SIGKILL at random times and
/// restarted, while Twilio's stand-in breaks connections after accepting the message; then compares
/// its ledger with the database. Exit code 0: every recipient was texted exactly once.
#[derive(Debug, Parser)]
#[command(name = "scripts/exactly-once")]
struct Arguments {
    /// The number of customers.
    #[arg(long, default_value_t = 10_000)]
    customers: u32,
    /// The number of concurrent send workers.
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// The total number of kills.
    #[arg(long, default_value_t = 12)]
    kills: u32,
    /// The share of messages whose connection breaks after Twilio accepted them.
    #[arg(long, default_value_t = 0.02)]
    dropped: f64,
    /// Timeout in seconds.
    #[arg(long, default_value_t = 900)]
    patience: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    println!(
        "{} customers, {} send workers, {} kills, {} of connections dropped after accepting",
        arguments.customers, arguments.workers, arguments.kills, arguments.dropped
    );
    let started = Instant::now();
    let outcome = survive(
        &Crashes {
            workers: arguments.workers,
            kills: arguments.kills,
            dropped: arguments.dropped,
            patience: Duration::from_secs(arguments.patience),
        },
        customers_csv(arguments.customers),
    )
    .await?;
    println!(
        "{outcome:#?}\nevery recipient exactly once, counters equal the rows, {:.0} s",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}
