//! A campaign sent by workers that are killed repeatedly.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, Row as _};

use testkit::{
    eventually,
    people::{Person, count},
};

use crate::{
    process::{Process, interrupted},
    stack::{Services, Stack, StackOptions},
};

/// The faults.
#[derive(Debug, Clone)]
pub struct Crashes {
    /// Concurrent send workers.
    pub workers: usize,
    /// How often one of them is killed, spread at random over the campaign.
    pub kills: u32,
    /// The share of requests whose connection breaks after Twilio's stand-in accepted the message.
    pub dropped: f64,
    /// The overall timeout.
    pub patience: Duration,
}

/// The result.
#[derive(Debug)]
pub struct Outcome {
    /// Messages that Twilio's stand-in accepted.
    pub accepted: u64,
    /// Distinct numbers among them.
    pub recipients: u64,
    /// Duplicate messages: same recipient, same text.
    pub duplicates: u64,
    /// The campaign's counters: total, sent, delivered, failed.
    pub counters: [u64; 4],
    /// The same, counted from its rows.
    pub rows: [u64; 4],
    /// Workers killed.
    pub killed: u32,
    /// Connections broken after accepting.
    pub broken_connections: u64,
}

/// `customers` rows of a CSV, each with a number of its own.
#[must_use]
pub fn customers_csv(customers: u32) -> Vec<u8> {
    let mut csv = String::from("phone,first_name\n");
    for customer in 0..customers {
        // From 212-2xx-xxxx on: any number of valid numbers.
        let _ = writeln!(csv, "+1212{:07},Customer {customer}", 2_000_000 + customer);
    }
    csv.into_bytes()
}

/// Sends a campaign to the customers of `csv` under `crashes` and counts what arrived.
///
/// # Errors
/// If the campaign does not end in time, if a recipient was missed or texted twice, or if
/// counters and rows differ.
pub async fn survive(crashes: &Crashes, csv: Vec<u8>) -> Result<Outcome> {
    let stack = Stack::start(&StackOptions {
        services: Services::WithoutSendWorker,
        settings: [
            ("TWILIO_TIMEOUT_SECONDS", "2"),
            ("SEND_DOUBT_AFTER_SECONDS", "5"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
        ..StackOptions::default()
    })
    .await?;
    let outcome = tokio::select! {
        outcome = send_among_crashes(&stack, crashes, csv) => outcome,
        _ = interrupted() => Err(anyhow::anyhow!("interrupted")),
    };
    let log = std::fs::read_to_string(stack.log()).unwrap_or_default();
    let stopped = stack.stop().await;
    let outcome = outcome.with_context(|| {
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    })?;
    stopped?;
    Ok(outcome)
}

async fn send_among_crashes(stack: &Stack, crashes: &Crashes, csv: Vec<u8>) -> Result<Outcome> {
    let twilio = stack.twilio()?;
    let faults = json!({"drop_after_ratio": crashes.dropped, "latency_ms": 20, "seed": rand::random::<u32>()});
    twilio.set_faults(&faults).await?;
    let owner = Person::approved(&stack.environment, "owner").await?;
    let import = owner.import(csv).await?;
    let customers = count(&import, "inserted");
    ensure!(customers > 0, "no customer was imported: {import}");
    let campaign_id = owner
        .write_campaign("Crashes", "Hello {{ first_name }}")
        .await?;
    owner.send_campaign(&campaign_id).await?;

    let mut workers = Vec::new();
    for _ in 0..crashes.workers {
        workers.push(start_worker(stack)?);
    }
    // Each kill waits for the campaign to reach a random point, so that it always happens while
    // messages are being sent. Not near its end: what a killed worker had claimed is missing there.
    let points: BTreeSet<u64> = (0..crashes.kills)
        .map(|_| rand::random::<u64>() % (customers / 2).max(1))
        .collect();
    let mut killed = 0;
    for point in points {
        let reached = eventually("a further message", crashes.patience, async || {
            let campaign = owner.campaign(&campaign_id).await?;
            let ended = campaign["status"] != "sending";
            let reached = count(&campaign, "sent_count") >= point;
            Ok((ended || reached).then_some(!ended))
        })
        .await?;
        if !reached {
            break;
        }
        let victim = rand::random::<u32>() as usize % workers.len();
        workers.swap_remove(victim).kill().await?;
        workers.push(start_worker(stack)?);
        killed += 1;
    }

    let mut bystanders = Bystanders::new(stack).await?;
    let campaign = eventually("the campaign's end", crashes.patience, async || {
        let campaign = owner.campaign(&campaign_id).await?;
        if campaign["status"] == "sending" {
            bystanders.let_time_pass().await?;
        }
        let settled = count(&campaign, "delivered_count") + count(&campaign, "failed_count");
        Ok((campaign["status"] != "sending" && settled == customers).then_some(campaign))
    })
    .await?;
    for worker in workers {
        worker.stop().await?;
    }
    let ledger = twilio.ledger().await?;
    let outcome = Outcome {
        accepted: count(&ledger, "accepted") - bystanders.texted,
        recipients: count(&ledger, "distinct_recipients") - u64::from(bystanders.texted > 0),
        duplicates: count(&ledger, "duplicates"),
        counters: [
            "total_recipients",
            "sent_count",
            "delivered_count",
            "failed_count",
        ]
        .map(|counter| count(&campaign, counter)),
        rows: count_rows(stack, &campaign_id).await?,
        killed,
        broken_connections: count(&ledger["faults"], "drop_after"),
    };
    judge(&outcome, customers, &campaign)?;
    Ok(outcome)
}

/// What a message that a killed worker had claimed and never posted waits for: time, and later messages in
/// Twilio's list, without which nothing proves that Twilio does not have it.
pub(crate) struct Bystanders {
    clock: PgConnection,
    sender: Person,
    texted: u64,
    passed: Instant,
}

impl Bystanders {
    pub(crate) async fn new(stack: &Stack) -> Result<Self> {
        let sender = Person::approved(&stack.environment, "bystander").await?;
        sender
            .import(b"phone,first_name\n+13105550199,Bystander\n".to_vec())
            .await?;
        Ok(Self {
            clock: PgConnection::connect(stack.get("SUPABASE_DB_URL")?).await?,
            sender,
            texted: 0,
            passed: Instant::now(),
        })
    }

    /// Once a second, some minutes pass and somebody is texted.
    pub(crate) async fn let_time_pass(&mut self) -> Result<()> {
        if self.passed.elapsed() < Duration::from_secs(1) {
            return Ok(());
        }
        self.passed = Instant::now();
        sqlx::query("update private.clock_offset set moved_by = moved_by + interval '4 minutes'")
            .execute(&mut self.clock)
            .await?;
        self.texted += 1;
        let campaign = self
            .sender
            .write_campaign("Bystander", &format!("Text {}", self.texted))
            .await?;
        self.sender.send_campaign(&campaign).await?;
        eventually(
            "the bystander's text",
            Duration::from_secs(30),
            async || {
                let campaign = self.sender.campaign(&campaign).await?;
                Ok((campaign["status"] == "sent").then_some(()))
            },
        )
        .await
    }
}

fn judge(outcome: &Outcome, customers: u64, campaign: &Value) -> Result<()> {
    ensure!(
        campaign["status"] == "sent",
        "the campaign ended as {campaign}"
    );
    ensure!(
        outcome.accepted == customers && outcome.recipients == customers && outcome.duplicates == 0,
        "not exactly once for {customers} customers: {outcome:#?}"
    );
    ensure!(
        outcome.counters == outcome.rows,
        "counters and rows differ: {outcome:#?}"
    );
    ensure!(
        outcome.counters == [customers, customers, customers, 0],
        "not everything was delivered: {outcome:#?}"
    );
    Ok(())
}

fn start_worker(stack: &Stack) -> Result<Process> {
    stack.start_service(&[
        "send-worker".into(),
        "--listen".into(),
        "127.0.0.1:0".into(),
    ])
}

async fn count_rows(stack: &Stack, campaign_id: &str) -> Result<[u64; 4]> {
    let mut connection = PgConnection::connect(stack.get("SUPABASE_DB_URL")?).await?;
    let row = sqlx::query(
        "select count(*), count(sent_at), count(*) filter (where status = 'delivered'),
           count(*) filter (where status = 'failed')
         from public.campaign_messages where campaign_id = $1::uuid",
    )
    .bind(campaign_id)
    .fetch_one(&mut connection)
    .await?;
    let mut counts = [0; 4];
    for (index, value) in counts.iter_mut().enumerate() {
        *value = u64::try_from(row.try_get::<i64, _>(index)?)?;
    }
    Ok(counts)
}
