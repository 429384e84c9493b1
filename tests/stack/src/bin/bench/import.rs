//! `bench import`: an import through HTTP compared with psql's `\copy` of the same rows, each
//! on a fresh database, and with a loop of supabase-js upserts.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use sqlx::PgPool;
use stack::{
    Stack,
    customers::{clean, clean_csv},
};
use testkit::{
    Tenant, TestDatabase, access_token, http_client,
    people::{Person, count, read},
};
use tokio::process::Command;

use crate::{figures::median, service::Service};

/// Unreachable on purpose: the secret is enough to check a token.
const SUPABASE_URL: &str = "http://127.0.0.1:1";
const SECRET: &str = "a-secret-of-benchmarks-with-32-bytes-or-more";
const COLUMNS: &str = "user_id, phone, first_name, last_name, email, state";
const PATIENCE: Duration = Duration::from_mins(30);

/// Seconds per method and run.
#[derive(Default)]
struct Took {
    copy: Vec<f64>,
    import: Vec<f64>,
    again: Vec<f64>,
    supabase_js: Vec<f64>,
}

pub async fn measure(stack: &Stack, rows: u32, runs: u32) -> Result<()> {
    let csv = clean_csv(rows);
    #[expect(clippy::cast_precision_loss, reason = "a size for people")]
    let megabytes = csv.len() as f64 / 1e6;
    println!("{rows} rows, {megabytes:.0} MB");
    let csv_file = stack.folder().join("customers.csv");
    std::fs::write(&csv_file, &csv)?;

    let tenth = {
        let fresh = Fresh::start(stack).await?;
        fresh.send(clean_csv(rows / 10)).await?;
        fresh.end().await?
    };
    let mut all = {
        let fresh = Fresh::start(stack).await?;
        fresh.send(csv.clone()).await?;
        fresh.end().await?
    };
    let owner = Person::approved(&stack.environment, "bench").await?;
    let mut took = Took::default();
    for _ in 0..runs {
        took.copy.push(copy(stack, rows).await?);
        let fresh = Fresh::start(stack).await?;
        let (seconds, report) = fresh.send(csv.clone()).await?;
        ensure!(count(&report, "inserted") == u64::from(rows), "{report}");
        took.import.push(seconds);
        checkpoint(fresh.database.pool()).await?;
        let (seconds, report) = fresh.send(csv.clone()).await?;
        ensure!(count(&report, "unchanged") == u64::from(rows), "{report}");
        took.again.push(seconds);
        all = all.max(fresh.end().await?);
        took.supabase_js
            .push(upsert(stack, &csv_file, &owner).await?);
    }
    print(took, rows, tenth, all);
    Ok(())
}

fn print(mut took: Took, rows: u32, tenth: f64, all: f64) {
    let copy = median(&mut took.copy);
    let import = median(&mut took.import);
    let again = median(&mut took.again);
    let supabase_js = median(&mut took.supabase_js);
    for (way, seconds) in [
        ("\\copy into customers", copy),
        ("import", import),
        ("import again", again),
        ("supabase-js", supabase_js),
    ] {
        println!(
            "{way:<22}{:>12.0} rows/s{seconds:>9.2} s",
            f64::from(rows) / seconds
        );
    }
    for (ratio, value, goal) in [
        ("import : \\copy", copy / import, "1.3"),
        ("import : supabase-js", supabase_js / import, "4"),
        ("import again : import", import / again, "3"),
    ] {
        println!("{ratio:<22}{value:>12.2} x    goal {goal}");
    }
    for (name, peak) in [("a tenth", tenth), ("all", all)] {
        println!("peak memory, {name:<10}{peak:>11.0} MB   goal below 100, and flat");
    }
}

/// A database without customers, and `dnwerks customer-import` on it.
struct Fresh {
    server: Service,
    tenant: Tenant,
    database: TestDatabase,
}

impl Fresh {
    async fn start(stack: &Stack) -> Result<Self> {
        let (database, tenant) = fresh_database(stack).await?;
        let url = database.url();
        let settings: BTreeMap<String, String> = [
            ("SUPABASE_DB_URL", url.as_str()),
            ("SUPABASE_URL", SUPABASE_URL),
            ("SUPABASE_JWT_SECRET", SECRET),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        Ok(Self {
            server: Service::start_alone("customer-import", &settings, &stack.log()).await?,
            tenant,
            database,
        })
    }

    /// Imports a file; returns seconds and the report.
    async fn send(&self, csv: String) -> Result<(f64, Value)> {
        let token = access_token(SUPABASE_URL, SECRET, self.tenant.user_id)?;
        let request = http_client()?
            .post(format!("{}/api/customers/import", self.server.address))
            .bearer_auth(token)
            .header("content-type", "text/csv")
            .timeout(PATIENCE)
            .body(csv);
        let began = Instant::now();
        let answer = read(request).await?;
        let seconds = began.elapsed().as_secs_f64();
        Ok((seconds, answer.success()?))
    }

    /// Stops it and returns its peak memory in megabytes.
    async fn end(self) -> Result<f64> {
        let peak = self.server.memory_mb("VmHWM")?;
        self.server.stop().await?;
        Ok(peak)
    }
}

async fn fresh_database(stack: &Stack) -> Result<(TestDatabase, Tenant)> {
    let database = TestDatabase::create_in(stack.get("DNWERKS_TEST_DATABASE_URL")?).await?;
    let tenant = database.tenant("approved").await?;
    checkpoint(database.pool()).await?;
    Ok((database, tenant))
}

/// Flushes pending writes, so that they do not slow the next measurement.
async fn checkpoint(pool: &PgPool) -> Result<()> {
    sqlx::query("checkpoint").execute(pool).await?;
    Ok(())
}

/// Seconds that psql takes for rows that are already in the table's format.
async fn copy(stack: &Stack, rows: u32) -> Result<f64> {
    let (database, tenant) = fresh_database(stack).await?;
    let file = plain_file(stack, rows, tenant)?;
    let command = format!(
        "\\copy public.customers ({COLUMNS}) from '{}'",
        file.display()
    );
    let began = Instant::now();
    let status = Command::new("psql")
        .args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-d"])
        .arg(database.url())
        .args(["-c", &command])
        .kill_on_drop(true)
        .status()
        .await
        .context("starting psql")?;
    ensure!(status.success(), "psql: {status}");
    Ok(began.elapsed().as_secs_f64())
}

fn plain_file(stack: &Stack, rows: u32, tenant: Tenant) -> Result<PathBuf> {
    let mut plain = String::new();
    for customer in clean(rows) {
        let _ = writeln!(
            plain,
            "{}\t{}\t{}\t{}\t{}\t{}",
            tenant.profile_id,
            customer.e164,
            customer.first_name,
            customer.last_name,
            customer.email,
            customer.state
        );
    }
    let file = stack.folder().join("customers.copy");
    std::fs::write(&file, plain)?;
    Ok(file)
}

/// Seconds for the loop that an import replaces, into the database that PostgREST serves.
async fn upsert(stack: &Stack, csv: &Path, owner: &Person) -> Result<f64> {
    let pool = PgPool::connect(stack.get("DNWERKS_TEST_DATABASE_URL")?).await?;
    sqlx::query("truncate public.customers cascade")
        .execute(&pool)
        .await?;
    pool.close().await;
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../supabase-js/upsert-customers.mjs"
    );
    let output = Command::new("node")
        .arg(script)
        .arg(csv)
        .arg(&owner.profile_id)
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
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
