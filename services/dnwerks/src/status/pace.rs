//! How fast campaigns are being sent.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use tokio::time::Instant;
use uuid::Uuid;

/// What is older says nothing about the present.
const WINDOW: Duration = Duration::from_secs(30);
/// In less time, a handful of messages would make a rate.
const LEAST: Duration = Duration::from_secs(3);

/// Counts of campaigns as they were seen lately.
#[derive(Debug, Default)]
pub(super) struct Pace(HashMap<Uuid, VecDeque<(Instant, i64)>>);

impl Pace {
    /// Remembers how many messages of each campaign are done by now, and forgets campaigns that have ended.
    pub(super) fn note(&mut self, now: Instant, done: &HashMap<Uuid, i64>) {
        self.0.retain(|id, _| done.contains_key(id));
        for (id, messages) in done {
            let seen = self.0.entry(*id).or_default();
            seen.push_back((now, *messages));
            while seen
                .front()
                .is_some_and(|(at, _)| now.duration_since(*at) > WINDOW)
            {
                seen.pop_front();
            }
        }
    }

    /// Messages a second over the last half minute; `None` until there is enough to say so.
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub(super) fn per_second(&self, id: Uuid) -> Option<f64> {
        let seen = self.0.get(&id)?;
        let ((begin, first), (end, last)) = (seen.front()?, seen.back()?);
        let span = end.duration_since(*begin);
        (span >= LEAST).then(|| (last - first).max(0) as f64 / span.as_secs_f64())
    }
}
