//! `bench send`: sending a campaign compared with a bare load generator and with Twilio's own SDK,
//! all against the same stand-in for Twilio.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use futures::future::try_join_all;
use serde_json::json;
use sqlx::PgPool;
use stack::{Stack, TwilioStandIn, process::Process};
use testkit::{
    http_client,
    people::{Person, count},
};
use tokio::process::Command;

use crate::{launch::insert_customers, service::memory_mb};

const BODY: &str = "Our autumn sale starts today: 20% off until Sunday. Reply STOP to opt out.";
const STEP: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_mins(30);
/// The SDK is far slower: this many messages are enough to know how much.
const MOST_BY_SDK: u32 = 10_000;
const CONNECTIONS_OF_SDK: u32 = 50;

/// How much is sent, and how.
#[derive(Debug, Clone, Args)]
pub struct Load {
    /// Recipients of the campaign.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(2..=7_000_000))]
    recipients: u32,
    /// Connections to Twilio, over all workers.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    /// How long the stand-in for Twilio takes for a request, milliseconds.
    #[arg(long, default_value_t = 50)]
    latency: u64,
    /// Send workers.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    workers: u32,
    /// Lets the stand-in send its status callbacks meanwhile; otherwise only sending is measured.
    #[arg(long)]
    callbacks: bool,
}

pub async fn measure(stack: &Stack, load: &Load) -> Result<()> {
    ensure!(
        load.connections.is_multiple_of(load.workers),
        "the connections can't be shared equally by the workers"
    );
    let twilio = stack.twilio()?;
    let lost = if load.callbacks { 0.0 } else { 1.0 };
    let faults = json!({"latency_ms": load.latency, "callback_loss_ratio": lost});
    twilio.set_faults(&faults).await?;

    let (workers, peaks) = send_campaign(stack, &twilio, load).await?;
    reset(&twilio).await?;
    let bare = bare_load(stack, &twilio, load).await?;
    reset(&twilio).await?;
    let sdk = sdk(stack, &twilio, load.recipients.min(MOST_BY_SDK)).await?;

    println!(
        "{} recipients, {} connections, {} ms of latency",
        load.recipients, load.connections, load.latency
    );
    println!(
        "send workers ({})      {workers:>10.0} messages/s",
        load.workers
    );
    println!("bare load generator   {bare:>10.0} messages/s");
    println!("twilio SDK, {CONNECTIONS_OF_SDK} at once{sdk:>10.0} messages/s");
    println!("workers : bare        {:>10.2} x", workers / bare);
    println!("workers : SDK         {:>10.2} x", workers / sdk);
    for peak in peaks {
        println!("peak memory, worker   {peak:>10.0} MB");
    }
    Ok(())
}

/// Messages per second from the first to the last one accepted.
async fn rate(twilio: &TwilioStandIn, messages: u32) -> Result<f64> {
    let began = Instant::now();
    let mut tick = tokio::time::interval(STEP);
    let mut first = None;
    loop {
        tick.tick().await;
        let ledger = twilio.ledger().await?;
        let accepted = count(&ledger, "accepted");
        if accepted > 0 && first.is_none() {
            first = Some((accepted, Instant::now()));
        }
        if let Some((at_first, since)) = first
            && accepted >= u64::from(messages)
        {
            let after_first = u32::try_from(accepted - at_first)?;
            ensure!(after_first > 0, "too few messages to measure");
            return Ok(f64::from(after_first) / since.elapsed().as_secs_f64());
        }
        ensure!(began.elapsed() < PATIENCE, "not all was sent: {ledger}");
    }
}

/// Waits for the last callback, and forgets all messages.
async fn reset(twilio: &TwilioStandIn) -> Result<()> {
    twilio.wait_for_rest(PATIENCE).await?;
    twilio.forget_all().await
}

/// Messages per second of the workers, and the peak memory of each in megabytes.
async fn send_campaign(
    stack: &Stack,
    twilio: &TwilioStandIn,
    load: &Load,
) -> Result<(f64, Vec<f64>)> {
    let owner = Person::approved(&stack.environment, "bench").await?;
    let pool = PgPool::connect(stack.get("DNWERKS_TEST_DATABASE_URL")?).await?;
    insert_customers(&pool, owner.profile_id.parse()?, load.recipients).await?;
    sqlx::query("analyze").execute(&pool).await?;
    pool.close().await;
    let campaign = owner.write_campaign("bench", BODY).await?;
    owner.send_campaign(&campaign).await?;

    let mut environment: Vec<_> = stack.environment.clone().into_iter().collect();
    let concurrency = (load.connections / load.workers).to_string();
    environment.push(("SEND_CONCURRENCY".to_owned(), concurrency));
    environment.push(("RUST_LOG".to_owned(), "error".to_owned()));
    let arguments = ["send-worker", "--listen", "127.0.0.1:0"].map(str::to_owned);
    let workers = (0..load.workers)
        .map(|_| Process::start("dnwerks", &arguments, &environment, &stack.log()))
        .collect::<Result<Vec<_>>>()?;
    let rate = rate(twilio, load.recipients).await?;
    let peaks = workers
        .iter()
        .map(|worker| memory_mb(worker, "VmHWM"))
        .collect::<Result<Vec<_>>>()?;
    let ledger = twilio.ledger().await?;
    ensure!(count(&ledger, "duplicates") == 0, "duplicates: {ledger}");
    for worker in workers {
        worker.stop().await?;
    }
    Ok((rate, peaks))
}

/// Messages per second of tasks that only post, each over a connection of its own.
async fn bare_load(stack: &Stack, twilio: &TwilioStandIn, load: &Load) -> Result<f64> {
    let account = stack.get("TWILIO_ACCOUNT_SID")?;
    let token = stack.get("TWILIO_AUTH_TOKEN")?;
    let from = stack.get("TWILIO_PHONE_NUMBER")?;
    let hooks = stack.get("DNWERKS_API_URL")?;
    let url = format!(
        "{}/2010-04-01/Accounts/{account}/Messages.json",
        stack.get("TWILIO_API_URL")?
    );
    let http = http_client()?;
    let next = AtomicU32::new(0);
    let tasks = try_join_all((0..load.connections).map(async |_| {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= load.recipients {
                return anyhow::Ok(());
            }
            let to = format!("+1212{}", 2_000_001 + number);
            // Answered at once, with a refusal that the stand-in does not repeat: no database.
            let callback = format!("{hooks}/healthz?message=00000000-0000-7000-8000-{number:012x}");
            let answer = http
                .post(&url)
                .basic_auth(account, Some(token))
                .form(&[
                    ("To", to.as_str()),
                    ("From", from),
                    ("Body", BODY),
                    ("StatusCallback", &callback),
                ])
                .send()
                .await?
                .error_for_status()?;
            answer.bytes().await?;
        }
    }));
    let (rate, _) = tokio::try_join!(rate(twilio, load.recipients), tasks)?;
    Ok(rate)
}

/// Messages per second of Twilio's SDK for Node.js.
async fn sdk(stack: &Stack, twilio: &TwilioStandIn, messages: u32) -> Result<f64> {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../twilio-sdk/send-messages.mjs"
    );
    let sending = async {
        let output = Command::new("node")
            .args([
                script,
                &messages.to_string(),
                &CONNECTIONS_OF_SDK.to_string(),
            ])
            .envs(&stack.environment)
            .kill_on_drop(true)
            .output()
            .await
            .context("starting node")?;
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    };
    let (rate, ()) = tokio::try_join!(rate(twilio, messages), sending)?;
    Ok(rate)
}
