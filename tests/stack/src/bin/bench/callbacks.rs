//! `bench callbacks`: status callbacks through HTTP, compared with pgbench updating one plain row at a time,
//! and with a plain handler that does so for each request.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use sqlx::{PgPool, types::Uuid};
use stack::Stack;
use testkit::TestDatabase;
use tokio::process::Command;

use crate::{
    figures::{median, quantile},
    launch::insert_customers,
    plain_handler::PlainHandler,
    service::Service,
    signed_load::{SignedLoad, Target},
};

const BODY: &str = "Our autumn sale starts today: 20% off until Sunday. Reply STOP to opt out.";
const CLIENTS_OF_PGBENCH: u32 = 16;
const ROUND_OF_PGBENCH: Duration = Duration::from_secs(5);
/// One in so many fails, with a code that suppresses its number.
const FAILURES: u32 = 50;

/// How many callbacks, over how many connections.
#[derive(Debug, Clone, Args)]
pub struct Load {
    /// Messages; each gets one callback.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..=7_000_000))]
    messages: u32,
    /// Connections that each send one callback after the other.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4096))]
    connections: u32,
    /// Rounds of each.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

pub async fn measure(stack: &Stack, load: &Load) -> Result<()> {
    let mut rates = [const { Vec::new() }; 3];
    let mut latencies = Vec::new();
    let mut peak: f64 = 0.0;
    let mut group_sizes = Vec::new();
    let mut costs = [const { Vec::new() }; 3];
    for _ in 0..load.runs {
        let prepared = Prepared::new(stack, load.messages).await?;
        rates[0].push(pgbench(&prepared.database.url(), load.messages, stack.folder()).await?);
        let plain = PlainHandler::start(&prepared.database.url(), prepared.token.clone()).await?;
        let answered = prepared
            .load(plain.target(), 0, usize::MAX)
            .run(load.connections)
            .await?;
        rates[1].push(answered.rate);
        plain.stop().await;

        let mut settings = stack.environment.clone();
        settings.insert("SUPABASE_DB_URL".to_owned(), prepared.database.url());
        let service = Service::start("twilio-callbacks", &settings, &stack.log()).await?;
        let requests = prepared.load(Target::of(&service.address)?, 0, usize::MAX);
        let before = service.cpu(prepared.database.pool()).await?;
        let answered = requests.run(load.connections).await?;
        let used = service.cpu(prepared.database.pool()).await?.since(before);
        for (costs, cost) in costs.iter_mut().zip(used.microseconds_per(load.messages)) {
            costs.push(cost);
        }
        rates[2].push(answered.rate);
        latencies.extend(answered.milliseconds);
        peak = peak.max(service.memory_mb("VmHWM")?);
        service.stop().await?;
        group_sizes.push(prepared.check(load.messages).await?);
    }
    let [pgbench, plain, ours] = rates.each_mut().map(|rates| median(rates));
    println!(
        "{} callbacks, {} connections, median of {}",
        load.messages, load.connections, load.runs
    );
    println!("pgbench, {CLIENTS_OF_PGBENCH} clients, one plain row {pgbench:>10.0} rows/s");
    println!("one update per request          {plain:>10.0} callbacks/s");
    println!("dnwerks twilio-callbacks        {ours:>10.0} callbacks/s");
    println!(
        "dnwerks : pgbench               {:>10.2} x    goal 2.5",
        ours / pgbench
    );
    println!(
        "dnwerks : one update            {:>10.2} x    goal 2.5",
        ours / plain
    );
    for share in [0.5, 0.99, 0.999] {
        println!(
            "answered within, {:>5.1} %        {:>10.1} ms",
            share * 100.0,
            quantile(&mut latencies, share)
        );
    }
    println!("goal: 99 % within 20 ms");
    let [service, database, generator] = costs.each_mut().map(|costs| median(costs));
    println!(
        "CPU of one callback: dnwerks {service:.1} us, Postgres {database:.1} us, this generator {generator:.1} us"
    );
    println!(
        "callbacks per statement         {:>10.0}",
        median(&mut group_sizes)
    );
    println!("peak memory                     {peak:>10.0} MB   goal below 40");
    Ok(())
}

/// A database with one campaign that was sent, and a plain table with as many rows.
pub struct Prepared {
    pub database: TestDatabase,
    /// The owner in Auth.
    pub user: Uuid,
    owner: Uuid,
    token: String,
    account: String,
    /// Our id and Twilio's of each message, in no order, as callbacks come.
    messages: Vec<(Uuid, String)>,
}

impl Prepared {
    pub async fn new(stack: &Stack, messages: u32) -> Result<Self> {
        let database = TestDatabase::create_in(stack.get("DNWERKS_TEST_DATABASE_URL")?).await?;
        let tenant = database.tenant("approved").await?;
        let owner = tenant.profile_id;
        let pool = database.pool();
        insert_customers(pool, owner, messages).await?;
        send_campaign(pool, owner).await?;
        for statement in [
            "create table public.plain_messages as
               select m.position as id, m.twilio_sid, m.status, m.delivered_at, m.updated_at from public.campaign_messages m",
            "alter table public.plain_messages add primary key (id)",
            "create unique index on public.plain_messages (twilio_sid)",
        ] {
            sqlx::query(statement).execute(pool).await?;
        }
        settle(pool).await?;
        let messages = sqlx::query_as(
            "select m.id, m.twilio_sid from public.campaign_messages m order by md5(m.twilio_sid)",
        )
        .fetch_all(pool)
        .await?;
        Ok(Self {
            database,
            user: tenant.user_id,
            owner,
            token: stack.get("TWILIO_AUTH_TOKEN")?.to_owned(),
            account: stack.get("TWILIO_ACCOUNT_SID")?.to_owned(),
            messages,
        })
    }

    /// Another campaign to all customers, which nobody has begun to send.
    pub async fn launch_another(&self) -> Result<()> {
        let pool = self.database.pool();
        launch_campaign(pool, self.owner).await?;
        settle(pool).await
    }

    /// One callback for each of so many messages.
    pub fn load(&self, target: Target, skipped: usize, most: usize) -> SignedLoad {
        let mut load = SignedLoad::new(target, &self.token, &self.account);
        let messages = self.messages.iter().skip(skipped).take(most);
        for (n, (id, sid)) in (0_u32..).zip(messages) {
            load.add(*id, sid, n.is_multiple_of(FAILURES).then_some(30005));
        }
        load
    }

    /// Nothing was lost, and everything was counted. Returns how many callbacks one statement wrote on average.
    async fn check(&self, messages: u32) -> Result<f64> {
        let (delivered, failed, events, counted, group): (i64, i64, i64, i64, f64) = sqlx::query_as(
            "select count(*) filter (where m.status = 'delivered'), count(*) filter (where m.status = 'failed'),
               (select count(*) from private.twilio_events), (select delivered_count + failed_count from public.campaigns)::bigint,
               (select count(*)::float8 / count(distinct e.xmin::text) from private.twilio_events e)
             from public.campaign_messages m",
        )
        .fetch_one(self.database.pool())
        .await?;
        let messages = i64::from(messages);
        ensure!(
            delivered + failed == messages && events >= messages && counted == messages,
            "of {messages} callbacks {delivered} are delivered, {failed} failed, {events} kept, {counted} counted"
        );
        Ok(group)
    }
}

/// As many WAL files as a server keeps that has been running for a while; what follows uses them again.
const FILL_WAL: &str = "
    do $$ begin
      while (select count(*) from pg_ls_waldir())
        < pg_size_bytes(current_setting('min_wal_size')) / pg_size_bytes(current_setting('wal_segment_size'))
      loop
        perform pg_logical_emit_message(false, 'bench', '');
        perform pg_switch_wal();
      end loop;
    end $$";

/// Does what Postgres would do by itself some time after so many new rows: else the next rounds measure autovacuum, and
/// how new WAL files are made.
async fn settle(pool: &PgPool) -> Result<()> {
    for statement in ["vacuum analyze", FILL_WAL, "checkpoint"] {
        sqlx::query(statement).execute(pool).await?;
    }
    Ok(())
}

/// A campaign to all of the owner's customers, at any hour.
async fn launch_campaign(pool: &PgPool, owner: Uuid) -> Result<()> {
    let campaign: Uuid = sqlx::query_scalar(
        "insert into public.campaigns (user_id, name, message_body, quiet_hours) values ($1, 'bench', $2, false) returning id",
    )
    .bind(owner)
    .bind(BODY)
    .fetch_one(pool)
    .await?;
    sqlx::query("select from private.launch_campaign($1)")
        .bind(campaign)
        .execute(pool)
        .await?;
    Ok(())
}

/// A campaign all of whose messages Twilio has.
async fn send_campaign(pool: &PgPool, owner: Uuid) -> Result<()> {
    launch_campaign(pool, owner).await?;
    sqlx::query(
        "update public.campaign_messages set status = 'sent', sent_at = now(), segments = 1, twilio_sid = 'SM' || md5(id::text)",
    )
    .execute(pool)
    .await?;
    sqlx::query("delete from private.send_ranges")
        .execute(pool)
        .await?;
    Ok(())
}

/// Rows per second of pgbench, one plain row in each transaction.
async fn pgbench(url: &str, rows: u32, folder: &Path) -> Result<f64> {
    let script = folder.join("one_row.sql");
    std::fs::write(
        &script,
        format!(
            "\\set id random(1, {rows})\n\
             update public.plain_messages set status = 'delivered', delivered_at = now(), updated_at = now() where id = :id;\n"
        ),
    )?;
    let output = Command::new("pgbench")
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
        .arg(format!("--client={CLIENTS_OF_PGBENCH}"))
        .arg(format!("--time={}", ROUND_OF_PGBENCH.as_secs()))
        .arg("--file")
        .arg(&script)
        .arg(url)
        .kill_on_drop(true)
        .output()
        .await
        .context("starting pgbench")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "pgbench: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    text.lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
        .with_context(|| format!("pgbench says no rate:\n{text}"))
}
