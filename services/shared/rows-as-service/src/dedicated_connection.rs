//! A connection of the pool that one task keeps between its statements.

use std::time::{Duration, Instant};

use sqlx::{PgPool, Postgres, pool::PoolConnection};

use crate::DatabaseError;

/// After so long it passes through the pool once, which closes what has become too old.
const KEPT_FOR: Duration = Duration::from_secs(10);

/// For a task that runs hundreds of statements a second. The pool asks the database before and after each of them whether
/// a connection still works, and hands its connections out in turn, so that each statement meets a backend whose caches
/// have long been about something else.
#[derive(Debug)]
pub(crate) struct DedicatedConnection {
    pool: PgPool,
    held: Option<Held>,
}

/// The connection, for one statement. If it isn't put back, after an error for instance, the pool looks after it.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) connection: PoolConnection<Postgres>,
    since: Instant,
}

impl DedicatedConnection {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self { pool, held: None }
    }

    /// The one that is held, or one of the pool's.
    pub(crate) async fn take(&mut self) -> Result<Held, DatabaseError> {
        if let Some(held) = self.held.take() {
            return Ok(held);
        }
        Ok(Held {
            connection: self.pool.acquire().await?,
            since: Instant::now(),
        })
    }

    /// Holds it for the next statement, unless others need it more.
    pub(crate) fn put_back(&mut self, held: Held) {
        let all_are_taken = self.pool.num_idle() == 0
            && self.pool.size() >= self.pool.options().get_max_connections();
        if !all_are_taken && held.since.elapsed() < KEPT_FOR {
            self.held = Some(held);
        }
    }

    pub(crate) const fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Gives it to the pool.
    pub(crate) fn release(&mut self) {
        self.held = None;
    }
}
