//! One process of dnwerks, as it runs in production.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use sqlx::PgPool;
use stack::process::Process;
use testkit::{free_port, http_client};

use crate::cpu::CpuSeconds;

/// Interval of the readiness checks.
const STEP: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_secs(30);

/// A dnwerks process that is ready.
pub struct Service {
    /// Where it listens.
    pub address: String,
    /// How long it took to become ready.
    pub started_in: Duration,
    process: Process,
}

impl Service {
    /// Starts `dnwerks` with this subcommand and these settings, on a free port, and waits until all
    /// that it depends on answers too.
    pub async fn start(
        subcommand: &str,
        settings: &BTreeMap<String, String>,
        log: &Path,
    ) -> Result<Self> {
        Self::start_until(subcommand, settings, log, "/readyz").await
    }

    /// The same for one that only uses the database: waits until it answers itself.
    pub async fn start_alone(
        subcommand: &str,
        settings: &BTreeMap<String, String>,
        log: &Path,
    ) -> Result<Self> {
        Self::start_until(subcommand, settings, log, "/healthz").await
    }

    async fn start_until(
        subcommand: &str,
        settings: &BTreeMap<String, String>,
        log: &Path,
        question: &str,
    ) -> Result<Self> {
        let listen = format!("127.0.0.1:{}", free_port()?);
        let address = format!("http://{listen}");
        let mut settings = settings.clone();
        for (name, value) in [
            ("LISTEN", listen.as_str()),
            ("PUBLIC_BASE_URL", &address),
            ("NEXTAUTH_URL", &address),
            ("RUST_LOG", "error"),
        ] {
            settings.insert(name.to_owned(), value.to_owned());
        }
        let settings: Vec<_> = settings.into_iter().collect();
        let client = http_client()?;
        let ready = format!("{address}{question}");
        let began = Instant::now();
        let mut process = Process::start("dnwerks", &[subcommand.to_owned()], &settings, log)?;
        let mut tick = tokio::time::interval(STEP);
        loop {
            tick.tick().await;
            let answer = client.get(&ready).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            if let Some(status) = process.ended()? {
                bail!(
                    "dnwerks {subcommand} ended with {status}:\n{}",
                    std::fs::read_to_string(log)?
                );
            }
            ensure!(
                began.elapsed() < PATIENCE,
                "dnwerks {subcommand} was not ready within {PATIENCE:?}"
            );
        }
        Ok(Self {
            address,
            started_in: began.elapsed(),
            process,
        })
    }

    /// Memory in megabytes: `VmRSS` for current, `VmHWM` for peak.
    pub fn memory_mb(&self, what: &str) -> Result<f64> {
        memory_mb(&self.process, what)
    }

    /// CPU time until now, of this process, of the Postgres of `pool`, and of this program.
    pub async fn cpu(&self, pool: &PgPool) -> Result<CpuSeconds> {
        let id = self.process.id().context("the process has ended")?;
        CpuSeconds::now(id, pool).await
    }

    pub async fn stop(self) -> Result<()> {
        self.process.stop().await
    }
}

/// A process's memory in megabytes: `VmRSS` for current, `VmHWM` for peak.
pub fn memory_mb(process: &Process, what: &str) -> Result<f64> {
    let id = process.id().context("the process has ended")?;
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix(what)?.strip_prefix(':'))
        .and_then(|value| value.trim().strip_suffix(" kB"))
        .with_context(|| format!("no {what} in /proc/{id}/status"))?;
    Ok(kilobytes.trim().parse::<f64>()? / 1024.0)
}
