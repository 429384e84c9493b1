//! How fast this process gets answers, which decides how far ahead it takes messages.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The rate is of this much time.
const WINDOW: Duration = Duration::from_millis(200);
/// Messages taken ahead are posted within about this time. It must cover a take and hide it.
const AHEAD: f64 = 0.03;
const MOST_AHEAD: u32 = 250;

#[derive(Debug)]
pub struct Meter(Mutex<Count>);

#[derive(Debug)]
struct Count {
    since: Instant,
    answers: u32,
    per_second: f64,
}

impl Meter {
    pub fn new(now: Instant) -> Self {
        Self(Mutex::new(Count {
            since: now,
            answers: 0,
            per_second: 0.0,
        }))
    }

    /// One more answer of Twilio's.
    pub fn count(&self, now: Instant) {
        let mut count = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        count.answers += 1;
        count.renew(now);
    }

    /// How many messages to take ahead of free requests: none while answers are slow, so that
    /// nothing waits here while it could be stopped or claimed elsewhere.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small positive number"
    )]
    pub fn ahead(&self, now: Instant) -> u32 {
        let mut count = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        count.renew(now);
        ((count.per_second * AHEAD) as u32).min(MOST_AHEAD)
    }
}

impl Count {
    fn renew(&mut self, now: Instant) {
        let passed = now.duration_since(self.since);
        if passed >= WINDOW {
            self.per_second = f64::from(self.answers) / passed.as_secs_f64();
            self.answers = 0;
            self.since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_answers_take_nothing_ahead_and_fast_ones_a_little() {
        let begin = Instant::now();
        let meter = Meter::new(begin);
        assert_eq!(meter.ahead(begin), 0);
        for n in 0..4000 {
            meter.count(begin + Duration::from_millis(n / 4));
        }
        assert!((100..=130).contains(&meter.ahead(begin + Duration::from_secs(1))));
        assert_eq!(meter.ahead(begin + Duration::from_secs(9)), 0);
    }
}
