//! What is done to our processes and their connections.

use std::time::Duration;

use anyhow::Result;
use nix::sys::signal::Signal;
use rand::{RngExt as _, rngs::StdRng};
use sqlx::{Connection as _, PgConnection};
use tokio_util::sync::CancellationToken;

use crate::{process::Process, stack::Stack};

/// Between two deeds, milliseconds.
const PAUSE: std::ops::Range<u64> = 500..3_000;
/// How long a process stands still, milliseconds.
pub(super) const STANDSTILL: std::ops::Range<u64> = 500..6_000;

/// What was done.
#[derive(Debug, Default)]
pub struct Harm {
    /// Workers killed.
    pub killed: u32,
    /// Workers that stood still for some seconds, and went on.
    pub stopped: u32,
    /// Connections to the database that were cut.
    pub connections_cut: u64,
    /// Crashes of Postgres.
    pub database_crashes: u64,
}

/// The send workers, and what is done to them.
pub(super) struct Violence<'a> {
    stack: &'a Stack,
    workers: Vec<Process>,
    pub(super) harm: Harm,
}

impl<'a> Violence<'a> {
    pub(super) fn new(stack: &'a Stack, workers: usize) -> Result<Self> {
        let workers = (0..workers)
            .map(|_| start_worker(stack))
            .collect::<Result<_>>()?;
        Ok(Self {
            stack,
            workers,
            harm: Harm::default(),
        })
    }

    /// Hurts one worker or another until `ending`.
    pub(super) async fn rage(
        &mut self,
        mut dice: StdRng,
        ending: &CancellationToken,
    ) -> Result<()> {
        while ending
            .run_until_cancelled(tokio::time::sleep(Duration::from_millis(
                dice.random_range(PAUSE),
            )))
            .await
            .is_some()
        {
            let victim = dice.random_range(0..self.workers.len());
            match dice.random_range(0..3) {
                0 => {
                    self.workers.swap_remove(victim).kill().await?;
                    self.workers.push(start_worker(self.stack)?);
                    self.harm.killed += 1;
                }
                1 => {
                    self.workers[victim].signal(Signal::SIGSTOP)?;
                    tokio::time::sleep(Duration::from_millis(dice.random_range(STANDSTILL))).await;
                    self.workers[victim].signal(Signal::SIGCONT)?;
                    self.harm.stopped += 1;
                }
                // Nothing to cut while the database is down.
                _ => self.harm.connections_cut += self.cut_connections().await.unwrap_or_default(),
            }
        }
        Ok(())
    }

    /// Cuts half of all connections but those of the torture itself, whatever they are doing.
    async fn cut_connections(&self) -> Result<u64> {
        let mut connection =
            PgConnection::connect(self.stack.get("DNWERKS_TEST_DATABASE_URL")?).await?;
        let cut: i64 = sqlx::query_scalar(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity
             where backend_type = 'client backend' and application_name like 'dnwerks%' and random() < 0.5",
        )
        .fetch_one(&mut connection)
        .await?;
        Ok(u64::try_from(cut)?)
    }

    /// Starts again what has ended.
    pub(super) fn revive(&mut self) -> Result<()> {
        for worker in &mut self.workers {
            if worker.ended()?.is_some() {
                *worker = start_worker(self.stack)?;
            }
        }
        Ok(())
    }

    pub(super) async fn end(self) -> Result<Harm> {
        for worker in self.workers {
            worker.stop().await?;
        }
        Ok(self.harm)
    }
}

fn start_worker(stack: &Stack) -> Result<Process> {
    stack.start_service(&[
        "send-worker".into(),
        "--listen".into(),
        "127.0.0.1:0".into(),
    ])
}
