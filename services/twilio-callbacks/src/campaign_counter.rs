//! Counts in campaigns what many callbacks said, ten times a second instead of with each of them: a campaign's row that
//! changes hundreds of times a second is slow to find while any long transaction runs (see `private.campaign_tallies`).

use std::time::Duration;

use rows_as_service::callbacks::{Counted, Deliveries, Tally};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

/// For how long at most what is recorded is not counted yet.
const COUNT_EVERY: Duration = Duration::from_millis(100);
/// With so many callbacks in a second they are counted later.
const MANY: usize = 100;

/// Says to the counter that there is something to count. When all are dropped, it counts once more and ends.
pub(crate) type Uncounted = mpsc::Sender<()>;

/// A place for one word is enough: it is about everything.
pub(crate) fn uncounted() -> (Uncounted, mpsc::Receiver<()>) {
    mpsc::channel(1)
}

/// Counts what is recorded until nobody records any more.
pub(crate) async fn count_recorded(deliveries: Deliveries, mut uncounted: mpsc::Receiver<()>) {
    let mut last = Tally::default();
    while uncounted.recv().await.is_some() {
        sleep(COUNT_EVERY).await;
        match deliveries.count_recorded(last).await {
            Ok(counted) => last = counted,
            // It is kept: upkeep counts it.
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "callbacks.counted_later"
            ),
        }
    }
}

/// How many callbacks come in a second.
pub(crate) struct Pace {
    second: Instant,
    callbacks: usize,
    in_last_second: usize,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self {
            second: Instant::now(),
            callbacks: 0,
            in_last_second: 0,
        }
    }

    /// Adds some that came now.
    pub(crate) fn add(&mut self, callbacks: usize) {
        let passed = self.second.elapsed();
        if passed >= Duration::from_secs(1) {
            // Of a second without any, the one before says nothing.
            let is_last = passed < Duration::from_secs(2);
            self.in_last_second = if is_last { self.callbacks } else { 0 };
            self.callbacks = 0;
            self.second = Instant::now();
        }
        self.callbacks += callbacks;
    }

    /// When what they say is counted: later, if there were many in the last whole second.
    pub(crate) fn counted(&self) -> Counted {
        if self.in_last_second >= MANY {
            Counted::Later
        } else {
            Counted::AtOnce
        }
    }
}
