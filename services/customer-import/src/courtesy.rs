//! How imports, and what they leave to be done, give way: a file can wait, the callbacks and messages of others can't.

use std::{
    convert::Infallible,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use rows_as_service::{SOON, imports::Imports, within};
use tokio::time::Instant;

/// Time between two looks at how busy the database is; its statistics are about a second late.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// Commits a second from which on others are at work: processes that wait for work commit some ten a second.
const BUSY_FROM: f64 = 30.0;
/// Cells of one batch of rows in bytes, alone: large enough that handing it over costs nothing beside the work.
const BATCH_BYTES: usize = 64 * 1024;
/// The same while others are at work, who wait for as long as a batch takes: reading, checking and copying it is some
/// 1.4 ms of work, of several processors together.
const SMALL_BATCH_BYTES: usize = 8 * 1024;
/// The least time from one small batch to the next.
const BETWEEN_BATCHES: Duration = Duration::from_millis(4);

/// How many times as long as it worked Postgres rests while others are at work.
const RESTS: u32 = 3;

/// Whether others use the database at the moment, and how far imports hold back then.
#[derive(Debug, Default)]
pub struct Courtesy {
    others_are_at_work: AtomicBool,
}

impl Courtesy {
    /// Looks how busy the database is until it is dropped. Imports are hardly counted: each is one transaction.
    pub async fn watch(&self, imports: &Imports) -> Infallible {
        let mut ticks = tokio::time::interval(BETWEEN_LOOKS);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut last: Option<(Instant, i64)> = None;
        loop {
            ticks.tick().await;
            // Who can't be asked has other worries than our speed.
            let Ok(commits) = within(SOON, imports.commits()).await else {
                continue;
            };
            if let Some((then, before)) = last {
                #[expect(clippy::cast_precision_loss, reason = "a rate")]
                let rate = (commits - before) as f64 / then.elapsed().as_secs_f64();
                self.others_are_at_work
                    .store(rate >= BUSY_FROM, Ordering::Relaxed);
            }
            last = Some((Instant::now(), commits));
        }
    }

    /// Whether others commit more than processes do that wait for work.
    #[must_use]
    pub fn others_are_at_work(&self) -> bool {
        self.others_are_at_work.load(Ordering::Relaxed)
    }

    /// Bytes of cells after which a batch of rows is full.
    pub(crate) fn batch_bytes(&self) -> usize {
        if self.others_are_at_work() {
            SMALL_BATCH_BYTES
        } else {
            BATCH_BYTES
        }
    }

    /// How long to wait after a batch of rows that took so long.
    pub(crate) fn after_batch(&self, took: Duration) -> Duration {
        if self.others_are_at_work() {
            BETWEEN_BATCHES.saturating_sub(took)
        } else {
            Duration::ZERO
        }
    }

    /// How many times as long as it worked Postgres rests.
    pub(crate) fn rests(&self) -> u32 {
        if self.others_are_at_work() { RESTS } else { 0 }
    }

    /// Takes one step after the other while there is something left to do, and rests in between.
    pub(crate) async fn work_off<E, Step>(&self, mut step: impl FnMut() -> Step) -> Result<(), E>
    where
        Step: Future<Output = Result<bool, E>>,
    {
        loop {
            let began = Instant::now();
            if !step().await? {
                return Ok(());
            }
            tokio::time::sleep(self.after_work(began.elapsed())).await;
        }
    }

    /// How long to rest after Postgres has worked for so long.
    pub(crate) fn after_work(&self, took: Duration) -> Duration {
        self.rests() * took
    }
}
