//! Measures the promised performance, compared with a plain implementation in the same run.
#![allow(clippy::print_stdout, reason = "this program talks to a person")]

mod analytics;
mod callbacks;
mod cpu;
mod disturbed;
mod figures;
mod footprint;
mod import;
mod launch;
mod list;
mod plain_handler;
mod search;
mod send;
mod service;
mod signed_load;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};
use stack::{
    Services, Stack, StackOptions,
    customers::{clean_csv, messy_csv},
    process::interrupted,
};

/// Measures the promised performance on this machine, compared with a plain implementation in the
/// same run. Starts everything it needs.
#[derive(Debug, Parser)]
#[command(name = "scripts/bench")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// A CSV through HTTP, against \copy into customers and against a loop of supabase-js upserts.
    Import {
        /// Customers in the file.
        #[arg(long, default_value_t = 1_000_000)]
        rows: u32,
        /// Runs per method.
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
        runs: u32,
    },
    /// Searches among many customers through dashboard-api.
    Search {
        /// Customers of the searching user.
        #[arg(long, default_value_t = 1_000_000)]
        rows: u32,
    },
    /// A list through dashboard-api, against the same directly from PostgREST.
    List,
    /// Launching a campaign, against one insert of the same rows into the same table without triggers.
    Launch {
        /// Recipients of the campaign.
        #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=7_000_000))]
        recipients: u32,
        /// Runs per method.
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
        runs: u32,
    },
    /// Sending a campaign, against a bare load generator and Twilio's own SDK.
    Send(send::Load),
    /// Status callbacks, against pgbench updating plain rows and a handler with one update per request.
    Callbacks(callbacks::Load),
    /// Status callbacks at a steady pace beside a flood of unsigned ones, and beside an import.
    Disturbed(disturbed::Load),
    /// Analytics of a campaign and of an account, against counting their messages by one statement each.
    Analytics(analytics::Load),
    /// Start-up time, idle memory, size of the binary.
    Process,
    /// Measures nothing: prints a CSV of invented customers, the same one every time.
    Customers {
        /// The kind of file.
        kind: Kind,
        /// Customers in the file.
        rows: u32,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Only valid rows with distinct phones.
    Clean,
    /// Like real files: many phone formats, duplicates, bad numbers, quotes, missing names.
    Messy,
}

#[tokio::main]
async fn main() -> Result<()> {
    let verb = Arguments::parse().verb;
    if let Verb::Customers { kind, rows } = verb {
        print!(
            "{}",
            match kind {
                Kind::Clean => clean_csv(rows),
                Kind::Messy => messy_csv(rows),
            }
        );
        return Ok(());
    }
    tokio::select! {
        measured = measure(verb) => measured,
        _ = interrupted() => Err(anyhow::anyhow!("interrupted")),
    }
}

async fn measure(verb: Verb) -> Result<()> {
    let stack = Stack::start(&StackOptions {
        // Callbacks of a campaign being sent need their receiver.
        services: if matches!(verb, Verb::Send(_)) {
            Services::WithoutSendWorker
        } else {
            Services::None
        },
        ..StackOptions::default()
    })
    .await?;
    match verb {
        Verb::Import { rows, runs } => import::measure(&stack, rows, runs).await?,
        Verb::Search { rows } => search::measure(&stack, rows).await?,
        Verb::List => list::measure(&stack).await?,
        Verb::Launch { recipients, runs } => launch::measure(&stack, recipients, runs).await?,
        Verb::Send(load) => send::measure(&stack, &load).await?,
        Verb::Callbacks(load) => callbacks::measure(&stack, &load).await?,
        Verb::Disturbed(load) => disturbed::measure(&stack, &load).await?,
        Verb::Analytics(load) => analytics::measure(&stack, &load).await?,
        Verb::Process => footprint::measure(&stack).await?,
        Verb::Customers { .. } => {}
    }
    stack.stop().await
}
