//! Campaigns of several accounts, sent while everything fails that can: `scripts/torture`.
//!
//! `violence` hurts our processes and the database, `people` change their minds, and `judgement` compares what Twilio's
//! stand-in accepted with what the database says and with what people asked for. The seed decides what is done to whom;
//! what it meets on the way depends on the machine.

mod judgement;
mod people;
mod tenants;
mod violence;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use testkit::eventually;
use tokio_util::sync::CancellationToken;

pub use judgement::Findings;
use people::{Deeds, People};
use tenants::open_accounts;
use violence::{Harm, Violence};

use crate::{
    crashes::Bystanders,
    process::interrupted,
    stack::{Services, Stack, StackOptions},
};

/// A request that Twilio takes this late: long after its client gave up, and after the first look for it.
const LATE: Duration = Duration::from_secs(8);
const STEP: Duration = Duration::from_millis(250);

/// How much is sent, and by how many.
#[derive(Debug, Clone)]
pub struct Torture {
    /// Decides what happens to whom.
    pub seed: u64,
    /// Recipients, over all accounts.
    pub recipients: u32,
    /// Accounts; each sends one campaign.
    pub accounts: u32,
    /// Send workers.
    pub workers: usize,
    /// Postgres crashes.
    pub database_crashes: u32,
    /// The overall timeout.
    pub patience: Duration,
}

/// What was done, and what was found.
#[derive(Debug)]
pub struct Report {
    /// What was done to processes and connections.
    pub harm: Harm,
    /// What people did.
    pub deeds: Deeds,
    /// What came of it.
    pub findings: Findings,
}

/// Sends the campaigns under torture and judges what arrived. `progress` is told of every quarter of a second.
///
/// # Errors
/// If the campaigns don't end in time, or for each kind of thing that must not happen and did.
pub async fn endure(torture: &Torture, progress: impl Fn(&str)) -> Result<Report> {
    let stack = Stack::start(&StackOptions {
        services: Services::WithoutSendWorker,
        settings: [
            ("TWILIO_TIMEOUT_SECONDS", "2"),
            ("SEND_DOUBT_AFTER_SECONDS", "5"),
            ("SEND_ASK_AFTER_SECONDS", "5"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
        ..StackOptions::default()
    })
    .await?;
    let report = tokio::select! {
        report = Box::pin(run(&stack, torture, &progress)) => report,
        _ = interrupted() => Err(anyhow::anyhow!("interrupted")),
    };
    let log = std::fs::read_to_string(stack.log()).unwrap_or_default();
    let stopped = stack.stop().await;
    let report = report.with_context(|| {
        let kept = std::env::temp_dir().join(format!("torture-{}.log", torture.seed));
        let _ = std::fs::write(&kept, &log);
        format!(
            "seed {}; the log of our processes is kept in {}",
            torture.seed,
            kept.display()
        )
    })?;
    stopped?;
    Ok(report)
}

async fn run(stack: &Stack, torture: &Torture, progress: &impl Fn(&str)) -> Result<Report> {
    let began = Instant::now();
    let tenants = open_accounts(stack, torture.accounts, torture.recipients).await?;
    let twilio = stack.twilio()?;
    twilio.set_faults(&everything_fails(torture.seed)).await?;
    for tenant in &tenants {
        tenant.person.send_campaign(&tenant.campaign).await?;
    }

    let ending = CancellationToken::new();
    let mut violence = Violence::new(stack, torture.workers)?;
    let people = People::new(stack, &tenants)?;
    let (by_force, by_people) = (
        StdRng::seed_from_u64(torture.seed),
        StdRng::seed_from_u64(!torture.seed),
    );
    let watching = async {
        let mut crashes = 0;
        let mut watch = Watch::new(stack);
        let result = loop {
            tokio::time::sleep(STEP).await;
            if began.elapsed() > torture.patience {
                break Err(anyhow::anyhow!("not all was taken in time"));
            }
            // While the database is down it can't be asked.
            let Ok(left) = watch.untaken().await else {
                continue;
            };
            progress(&format!(
                "{} s, {left} not taken yet",
                began.elapsed().as_secs()
            ));
            if left == 0 {
                break Ok(());
            }
            // Spread over the campaigns.
            let done = u64::from(torture.recipients).saturating_sub(left);
            if done * u64::from(torture.database_crashes + 1)
                > u64::from(torture.recipients) * (crashes + 1)
                && crashes < u64::from(torture.database_crashes)
                && watch.crash_database().await.is_ok()
            {
                crashes += 1;
            }
        };
        ending.cancel();
        result.map(|()| crashes)
    };
    let (crashes, hurt, deeds) = tokio::join!(
        watching,
        violence.rage(by_force, &ending),
        people.act(by_people, &ending)
    );
    hurt?;
    let deeds = deeds?;
    violence.harm.database_crashes = crashes?;

    // What is left is in doubt. Nothing is late any more before the time passes in which doubts are settled.
    twilio.set_faults(&json!({"smart_encoding": true})).await?;
    violence.revive()?;
    twilio.wait_for_rest(torture.patience).await?;
    let mut bystanders = Bystanders::new(stack).await?;
    let mut watch = Watch::new(stack);
    eventually("the end of all doubts", torture.patience, async || {
        let open = watch.open().await?;
        progress(&format!(
            "{} s, {open} without an end",
            began.elapsed().as_secs()
        ));
        if open > 0 {
            bystanders.let_time_pass().await?;
        }
        Ok((open == 0).then_some(()))
    })
    .await?;
    let harm = violence.end().await?;
    let findings = judgement::judge(stack, &tenants, &deeds).await?;
    findings.ensure_innocence()?;
    Ok(Report {
        harm,
        deeds,
        findings,
    })
}

fn everything_fails(seed: u64) -> serde_json::Value {
    json!({
        "seed": seed,
        "latency_ms": 20,
        "drop_after_ratio": 0.05,
        "late_ratio": 0.05,
        "late_ms": LATE.as_millis(),
        "fail_before_ratio": 0.025,
        "fail_after_ratio": 0.025,
        "throttle_ratio": 0.05,
        "smart_encoding": true,
        "callback_repeat_ratio": 0.05,
        "callback_loss_ratio": 0.05,
        "callback_reorder_ratio": 0.05,
    })
}

/// A connection to the database that is opened again when it breaks.
struct Watch<'a> {
    stack: &'a Stack,
    connection: Option<PgConnection>,
}

impl<'a> Watch<'a> {
    const fn new(stack: &'a Stack) -> Self {
        Self {
            stack,
            connection: None,
        }
    }

    async fn connection(&mut self) -> Result<&mut PgConnection> {
        if self.connection.is_none() {
            let url = self.stack.get("DNWERKS_TEST_DATABASE_URL")?;
            self.connection = Some(PgConnection::connect(url).await?);
        }
        self.connection.as_mut().context("just connected")
    }

    async fn number(&mut self, statement: &'static str) -> Result<u64> {
        let connection = self.connection().await?;
        let answer: Result<i64, _> = sqlx::query_scalar(statement).fetch_one(connection).await;
        if answer.is_err() {
            self.connection = None;
        }
        Ok(u64::try_from(answer?)?)
    }

    /// Messages of campaigns being sent, or paused, that no worker has.
    async fn untaken(&mut self) -> Result<u64> {
        self.number(
            "select (select coalesce(sum(r.last - r.next + 1), 0) from private.send_ranges r)::bigint
               + (select count(*) from private.send_retries)",
        )
        .await
    }

    /// Messages whose end is not known.
    async fn open(&mut self) -> Result<u64> {
        self.number(
            "select count(*) from public.campaign_messages m where m.status in ('pending', 'sent')",
        )
        .await
    }

    async fn crash_database(&mut self) -> Result<()> {
        self.connection = None;
        self.stack.crash_postgres().await
    }
}
