//! Rate limits of the account and of each sender.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::options::Options;

#[derive(Default)]
pub(super) struct Limits {
    /// When the account's bucket was last checked, and its level.
    bucket: Option<(Instant, f64)>,
    /// When each sender's queue will be empty.
    empty_at: HashMap<Box<str>, Instant>,
}

impl Limits {
    /// Takes one create request from the account's bucket; returns whether there was one.
    pub(super) fn take_request(&mut self, options: &Options, now: Instant) -> bool {
        let Some(rate) = options.account_rate.map(f64::from) else {
            return true;
        };
        let (since, held) = self.bucket.unwrap_or((now, rate));
        let held = (held + now.duration_since(since).as_secs_f64() * rate).min(rate);
        let taken = held >= 1.0;
        self.bucket = Some((now, if taken { held - 1.0 } else { held }));
        taken
    }

    /// Queues segments at a sender; returns the delay, or `None` if the queue is full.
    pub(super) fn enqueue(
        &mut self,
        options: &Options,
        sender: &str,
        segments: u16,
        now: Instant,
    ) -> Option<Duration> {
        let Some(rate) = options.sender_rate.filter(|rate| *rate > 0.0) else {
            return Some(Duration::ZERO);
        };
        let empty_at = self
            .empty_at
            .get(sender)
            .copied()
            .map_or(now, |at| at.max(now));
        let wait = empty_at.duration_since(now);
        if wait > options.sender_queue {
            return None;
        }
        let takes = Duration::from_secs_f64(f64::from(segments) / rate);
        self.empty_at.insert(sender.into(), empty_at + takes);
        Some(wait)
    }
}
