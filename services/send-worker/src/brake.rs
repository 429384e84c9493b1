//! Slows this process down when Twilio asks for it or its outcomes are unknown.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// After this many unknown outcomes in a row, more requests would only put more messages in doubt.
const UNKNOWN_IN_A_ROW: u32 = 20;
const FIRST_HOLD: Duration = Duration::from_millis(100);
const LONGEST_HOLD: Duration = Duration::from_secs(30);
const TROUBLE_HOLD: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub struct Brake(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    held_until: Option<Instant>,
    throttled_in_a_row: u32,
    unknown_in_a_row: u32,
}

impl Brake {
    /// How long posting is paused.
    pub fn remaining(&self, now: Instant) -> Duration {
        self.state()
            .held_until
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// A request was answered, whatever the outcome.
    pub fn answered(&self) {
        let mut state = self.state();
        state.throttled_in_a_row = 0;
        state.unknown_in_a_row = 0;
    }

    /// Twilio is overloaded. Returns the hold: what Twilio asked for, or twice as long each
    /// time. Concurrent requests count once.
    pub fn throttled(&self, asked_for: Option<Duration>, now: Instant) -> Duration {
        let mut state = self.state();
        if let Some(until) = state
            .held_until
            .filter(|until| *until > now && asked_for.is_none())
        {
            return until - now;
        }
        let doubled = FIRST_HOLD.saturating_mul(1 << state.throttled_in_a_row.min(9));
        state.throttled_in_a_row += 1;
        state.hold(asked_for.unwrap_or(doubled).min(LONGEST_HOLD), now)
    }

    /// Twilio could not be reached, or its queue is full for an hour: wait for `hold`.
    pub fn hold(&self, hold: Duration, now: Instant) -> Duration {
        self.state().hold(hold, now)
    }

    /// A request's outcome is unknown. Returns the hold, if there have been too many.
    pub fn unknown(&self, now: Instant) -> Option<Duration> {
        let mut state = self.state();
        state.unknown_in_a_row += 1;
        (state.unknown_in_a_row >= UNKNOWN_IN_A_ROW).then(|| {
            state.unknown_in_a_row = 0;
            state.hold(TROUBLE_HOLD, now)
        })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn hold(&mut self, hold: Duration, now: Instant) -> Duration {
        let until = now + hold;
        self.held_until = Some(self.held_until.map_or(until, |other| other.max(until)));
        hold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_double_until_a_request_goes_through() {
        let brake = Brake::default();
        let mut now = Instant::now();
        for expected in [100, 200, 400].map(Duration::from_millis) {
            assert_eq!(brake.throttled(None, now), expected);
            now += expected;
        }
        brake.answered();
        assert_eq!(brake.throttled(None, now), FIRST_HOLD);
    }

    #[test]
    fn twilios_own_wish_counts_and_fellows_under_way_do_not_add_up() {
        let brake = Brake::default();
        let now = Instant::now();
        let wish = Duration::from_secs(2);
        assert_eq!(brake.throttled(Some(wish), now), wish);
        assert_eq!(brake.throttled(None, now), wish);
        assert_eq!(brake.remaining(now), wish);
    }

    #[test]
    fn a_row_of_unknown_outcomes_stops_the_posting_and_one_answer_ends_the_row() {
        let brake = Brake::default();
        let now = Instant::now();
        for _ in 1..UNKNOWN_IN_A_ROW {
            assert_eq!(brake.unknown(now), None);
        }
        brake.answered();
        for _ in 1..UNKNOWN_IN_A_ROW {
            assert_eq!(brake.unknown(now), None);
        }
        assert_eq!(brake.unknown(now), Some(TROUBLE_HOLD));
    }
}
