//! Counts in campaigns what many callbacks said, ten times a second instead of with each of them: a campaign's row that
//! changes hundreds of times a second is slow to find while any long transaction runs (see `private.campaign_tallies`).

use std::{mem, time::Duration};

use rows_as_service::{
    SOON,
    callbacks::{Counted, Deliveries, Tally},
    within,
};
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    time::{Instant, timeout_at},
};

/// For how long at least what is recorded waits for more, and
const COUNT_EVERY: Duration = Duration::from_millis(100);
/// how many times as long as counting takes: each time leaves one more version of the row.
const COUNTING_RESTS: u32 = 20;
/// For how long at most, whatever counting takes. Upkeep counts what is older.
const COUNT_WITHIN: Duration = Duration::from_secs(1);
/// When nothing more is to be counted for so long, an answer that is held back may be the last one.
const QUIET: Duration = Duration::from_millis(10);
/// A statement that noted a tally may commit so much after one that noted a later tally.
const LATE_BY: Duration = Duration::from_secs(1);
/// With so many callbacks in a second they are counted later.
const MANY: usize = 100;

/// Says to the counter that there is something to count. When all are dropped, it counts once more and ends.
#[derive(Clone)]
pub(crate) struct Uncounted(mpsc::UnboundedSender<Option<Held>>);

/// An answer that is held back.
pub(crate) type Held = oneshot::Sender<bool>;

impl Uncounted {
    pub(crate) fn channel() -> (Self, mpsc::UnboundedReceiver<Option<Held>>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// The answer to one of the callbacks is `held` back until they are counted, or until more is to be counted: then it was
    /// not the last one.
    pub(crate) fn say(&self, held: Option<Held>) {
        // The counter ends after all who say this.
        let _ = self.0.send(held);
    }
}

/// Counts what is recorded.
pub(crate) struct CampaignCounter {
    deliveries: Deliveries,
    /// Held while counting: who counts next finds nothing that is locked by the one before.
    place: Mutex<Place>,
}

/// After which tally to go on. All before it are long gone, and slow to pass while a long transaction runs.
struct Place {
    after: Tally,
    /// The last that was counted by that time.
    last: (Instant, Tally),
}

impl Place {
    fn new(now: Instant) -> Self {
        Self {
            after: Tally::default(),
            last: (now, Tally::default()),
        }
    }

    fn counted(&mut self, tally: Tally, now: Instant) {
        if now - self.last.0 >= LATE_BY {
            self.after = self.last.1;
            self.last = (now, tally.max(self.last.1));
        }
    }
}

impl CampaignCounter {
    pub(crate) fn new(deliveries: Deliveries) -> Self {
        Self {
            deliveries,
            place: Mutex::new(Place::new(Instant::now())),
        }
    }

    /// Counts what is recorded by now. If that fails it is kept: upkeep counts it.
    pub(crate) async fn count(&self) {
        let mut place = self.place.lock().await;
        match within(SOON, self.deliveries.count_recorded(place.after)).await {
            Ok(last) => place.counted(last, Instant::now()),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "callbacks.counted_later"
            ),
        }
    }

    /// Counts what is recorded until nobody records any more.
    pub(crate) async fn count_recorded(
        &self,
        mut uncounted: mpsc::UnboundedReceiver<Option<Held>>,
    ) {
        let mut rests = COUNT_EVERY;
        while let Some(mut held) = uncounted.recv().await {
            let due = Instant::now() + rests;
            let until = |held: &Option<Held>| match held {
                Some(_) => due.min(Instant::now() + QUIET),
                None => due,
            };
            while let Ok(Some(later)) = timeout_at(until(&held), uncounted.recv()).await {
                release(mem::replace(&mut held, later));
            }
            let began = Instant::now();
            self.count().await;
            release(held);
            rests = (COUNTING_RESTS * began.elapsed()).clamp(COUNT_EVERY, COUNT_WITHIN);
        }
    }
}

/// Gives an answer that was held back.
pub(crate) fn release(held: Option<Held>) {
    if let Some(held) = held {
        // The caller may have hung up; that is harmless.
        let _ = held.send(true);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_commits_a_second_late_is_still_counted_and_what_is_gone_for_longer_is_passed_by() {
        let [none, first, second, third] = [0, 10, 20, 30].map(Tally);
        let began = Instant::now();
        let mut place = Place::new(began);
        for (seconds, tally, after) in [
            (0.0, first, none),
            (1.0, second, none),
            // The second one is not a second old.
            (1.5, third, none),
            (2.0, none, second),
            // It never goes back.
            (3.0, none, second),
        ] {
            place.counted(tally, began + LATE_BY.mul_f64(seconds));
            assert_eq!(place.after, after, "after {seconds} s");
        }
    }
}
