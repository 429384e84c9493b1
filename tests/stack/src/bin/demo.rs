//! The main workflow with a live display: import, campaign, send, deliveries, counts.
#![allow(clippy::print_stdout, reason = "this program talks to a person")]

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use reqwest::Method;
use serde_json::{Value, json};
use stack::{Stack, StackOptions, process::interrupted};
use testkit::{
    eventually,
    people::{Person, count, read},
};

/// Runs the main workflow on this machine, with a realistic CSV, and reports the result.
#[derive(Debug, Parser)]
#[command(name = "scripts/demo")]
struct Arguments {
    /// The customers to import.
    #[arg(long, default_value = "tests/fixtures/customers.csv")]
    csv: PathBuf,
    /// The message; merge fields are `first_name`, `last_name`, `email`, `phone` and `state`.
    #[arg(
        long,
        default_value = "Hi {{ first_name | default('there') }}, our autumn sale starts today: 20% off everything until Sunday. Reply STOP to opt out."
    )]
    message: String,
    /// Timeout for the deliveries, in seconds.
    #[arg(long, default_value_t = 300)]
    patience: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = async {
        tokio::select! {
            done = run(Arguments::parse()) => done.map(|()| ExitCode::SUCCESS),
            // What was started ends with this program.
            again = interrupted_twice() => again.map(|()| ExitCode::from(130)),
        }
    };
    match done.await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The first Ctrl-C stops everything in order, which takes a few seconds; the second doesn't wait.
async fn interrupted_twice() -> Result<()> {
    interrupted().await?;
    eprintln!("\nStopping everything. Ctrl-C again doesn't wait.");
    interrupted().await
}

async fn run(arguments: Arguments) -> Result<()> {
    let csv = std::fs::read(&arguments.csv)
        .with_context(|| format!("reading {}", arguments.csv.display()))?;

    println!("Starting Postgres, the Supabase stand-in, the Twilio stand-in and dnwerks …");
    let options = StackOptions::default();
    let stack = tokio::select! {
        stack = Stack::start(&options) => stack?,
        _ = interrupted() => bail!("interrupted"),
    };
    let outcome = tokio::select! {
        outcome = main_job(&stack, &arguments, csv) => outcome,
        _ = interrupted() => Err(anyhow::anyhow!("interrupted")),
    };
    let stopped = stack.stop().await;
    outcome?;
    stopped?;
    println!(
        "\nWhere to look next\n  scripts/dev     leaves all of this running for a frontend, with addresses and keys\n  scripts/test    proves it\n  README.md       how it fits together, every setting, how to point it at a hosted project"
    );
    Ok(())
}

async fn main_job(stack: &Stack, arguments: &Arguments, csv: Vec<u8>) -> Result<()> {
    make_the_network_believable(stack).await?;
    let owner = Person::approved(&stack.environment, "owner").await?;
    println!("Signed in as {}\n", owner.email);

    let display = MultiProgress::new();
    let spinner = ProgressStyle::with_template("{spinner} {wide_msg}")?;
    let importing = display.add(ProgressBar::new_spinner().with_style(spinner).with_message(
        format!(
            "importing {} ({} KiB)",
            arguments.csv.display(),
            csv.len() / 1024
        ),
    ));
    importing.enable_steady_tick(Duration::from_millis(80));
    let started = Instant::now();
    let import = owner.import(csv).await?;
    let import_seconds = started.elapsed().as_secs_f64();
    importing.finish_with_message(format!(
        "imported {} of {} rows in {import_seconds:.2} s",
        count(&import, "inserted"),
        count(&import, "total_rows"),
    ));

    let campaign_id = owner
        .write_campaign("Autumn sale", &arguments.message)
        .await?;
    let started = Instant::now();
    let launched = owner.send_campaign(&campaign_id).await?;
    let total = count(&launched, "total_recipients");
    let sent = display.add(bar("sent", total));
    let settled = display.add(bar("settled", total));
    let mut sending_took = None;
    let campaign = eventually(
        "the last delivery",
        Duration::from_secs(arguments.patience),
        async || {
            let campaign = owner.campaign(&campaign_id).await?;
            let failed = count(&campaign, "failed_count");
            sent.set_position(count(&campaign, "sent_count"));
            settled.set_position(count(&campaign, "delivered_count") + failed);
            let ended = campaign["status"] == "sent" || campaign["status"] == "failed";
            if ended && sending_took.is_none() {
                sending_took = Some(started.elapsed());
            }
            Ok(
                (ended && count(&campaign, "delivered_count") + failed == total)
                    .then_some(campaign),
            )
        },
    )
    .await?;
    sent.finish();
    settled.finish();

    let failures = failures(&owner, &campaign_id).await?;
    report(
        &import,
        &campaign,
        &failures,
        sending_took.unwrap_or_default(),
    );
    adds_up(stack, &import, &campaign, &failures).await
}

/// A realistic network: some phones are off, some numbers are landlines, and one connection
/// in a hundred breaks after Twilio has accepted the message.
async fn make_the_network_believable(stack: &Stack) -> Result<()> {
    let faults = json!({
        "undelivered_ratio": 0.03,
        "drop_after_ratio": 0.01,
        "latency_ms": 20
    });
    stack.twilio()?.set_faults(&faults).await
}

/// Failed messages by reason, read page by page like the frontend does.
async fn failures(owner: &Person, campaign_id: &str) -> Result<BTreeMap<String, u64>> {
    const PAGE: usize = 1000;
    let mut reasons = BTreeMap::new();
    for page in 0.. {
        let rows = read(owner.rest(
            Method::GET,
            &format!(
                "campaign_messages?campaign_id=eq.{campaign_id}&status=eq.failed&select=error_message&order=id&limit={PAGE}&offset={}",
                page * PAGE
            ),
        ))
        .await?
        .success()?;
        let rows = rows.as_array().context("no list of messages")?;
        for row in rows {
            let reason = row["error_message"].as_str().unwrap_or("no reason given");
            *reasons.entry(reason.to_owned()).or_default() += 1;
        }
        if rows.len() < PAGE {
            break;
        }
    }
    Ok(reasons)
}

fn report(import: &Value, campaign: &Value, failures: &BTreeMap<String, u64>, took: Duration) {
    let sent = count(campaign, "sent_count");
    println!("\nImport        {:>6} rows", count(import, "total_rows"));
    for kind in ["inserted", "updated", "unchanged", "duplicates", "rejected"] {
        println!("  {kind:<12}{:>6}", count(import, kind));
    }
    let mut why: BTreeMap<&str, u64> = BTreeMap::new();
    for reject in import["rejects"].as_array().into_iter().flatten() {
        *why.entry(reject["code"].as_str().unwrap_or("unknown"))
            .or_default() += 1;
    }
    for (code, rows) in why {
        println!("    {code:<24}{rows:>6}");
    }
    println!(
        "Campaign      {:>6} recipients, {}",
        count(campaign, "total_recipients"),
        campaign["status"]
    );
    println!("  sent        {sent:>6}");
    println!("  delivered   {:>6}", count(campaign, "delivered_count"));
    println!("  failed      {:>6}", count(campaign, "failed_count"));
    for (reason, messages) in failures {
        println!("    {messages:>6}  {reason}");
    }
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = sent as f64 / took.as_secs_f64().max(0.001);
    println!(
        "Speed         {rate:>6.0} messages a second, launch to last answer, in a debug build"
    );
}

/// The demo checks itself: the reported counts must match what happened.
async fn adds_up(
    stack: &Stack,
    import: &Value,
    campaign: &Value,
    failures: &BTreeMap<String, u64>,
) -> Result<()> {
    let parts: u64 = ["inserted", "updated", "unchanged", "duplicates", "rejected"]
        .into_iter()
        .map(|kind| count(import, kind))
        .sum();
    ensure!(
        parts == count(import, "total_rows"),
        "the import does not add up: {import}"
    );
    let settled = count(campaign, "delivered_count") + count(campaign, "failed_count");
    ensure!(
        settled == count(campaign, "total_recipients"),
        "the campaign does not add up: {campaign}"
    );
    ensure!(
        failures.values().sum::<u64>() == count(campaign, "failed_count"),
        "failures do not add up"
    );
    let ledger = stack.twilio()?.ledger().await?;
    ensure!(
        count(&ledger, "accepted") == count(campaign, "sent_count")
            && count(&ledger, "duplicates") == 0,
        "Twilio's ledger says otherwise: {ledger}"
    );
    println!(
        "Ledger        {:>6} messages accepted by Twilio's stand-in, none twice",
        count(&ledger, "accepted")
    );
    Ok(())
}

fn bar(name: &'static str, total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:>9} {pos}/{len} {wide_bar} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style).with_message(name)
}
