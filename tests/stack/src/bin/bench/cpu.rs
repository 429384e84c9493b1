//! CPU time of processes: unlike elapsed time, it hardly depends on what else the machine does.

use std::fs;

use anyhow::{Context as _, Result};
use sqlx::PgPool;

/// Of Linux on every platform that it runs on.
const TICKS_PER_SECOND: u32 = 100;

/// What a run has used so far, in seconds of CPU.
#[derive(Debug, Clone, Copy, Default)]
pub struct CpuSeconds {
    /// The service.
    pub service: f64,
    /// Postgres, with all of its processes.
    pub database: f64,
    /// This program, which makes the load.
    pub load: f64,
}

impl CpuSeconds {
    /// What was used since `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            service: self.service - earlier.service,
            database: self.database - earlier.database,
            load: self.load - earlier.load,
        }
    }

    /// Microseconds of each for one of so many requests.
    #[must_use]
    pub fn microseconds_per(self, requests: u32) -> [f64; 3] {
        [self.service, self.database, self.load].map(|seconds| seconds * 1e6 / f64::from(requests))
    }

    /// Reads the clocks: of this service, of the Postgres behind this pool, and of this program.
    pub async fn now(service: u32, pool: &PgPool) -> Result<Self> {
        let backend: i32 = sqlx::query_scalar("select pg_backend_pid()")
            .fetch_one(pool)
            .await?;
        let postmaster = Clock::of(&backend.to_string())?.parent;
        let mut database = Clock::of(&postmaster)?.seconds;
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            // What ended meanwhile is counted in its parent's clock.
            if let Some(clock) = name.to_str().and_then(|id| Clock::of(id).ok())
                && clock.parent == postmaster
            {
                database += clock.seconds;
            }
        }
        Ok(Self {
            service: Clock::of(&service.to_string())?.seconds,
            database,
            load: Clock::of("self")?.seconds,
        })
    }
}

struct Clock {
    parent: String,
    /// Its own and those of its children that have ended.
    seconds: f64,
}

impl Clock {
    /// Of a process; see `man 5 proc_pid_stat`.
    fn of(process: &str) -> Result<Self> {
        let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
        let (_, fields) = text.rsplit_once(") ").context("no /proc stat")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        let ticks: u32 = fields
            .get(11..15)
            .context("a short /proc stat")?
            .iter()
            .map(|ticks| ticks.parse::<u32>())
            .sum::<Result<_, _>>()?;
        Ok(Self {
            parent: fields.get(1).context("no parent")?.to_string(),
            seconds: f64::from(ticks) / f64::from(TICKS_PER_SECOND),
        })
    }
}
