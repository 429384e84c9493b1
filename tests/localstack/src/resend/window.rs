//! The limit of requests a second.

use std::time::{Duration, Instant};

/// The requests of the second that is running.
#[derive(Default)]
pub(super) struct Window {
    begun: Option<Instant>,
    used: u32,
}

impl Window {
    /// Takes one request and returns what is left, or none if nothing was.
    pub(super) fn take(&mut self, limit: u32) -> Option<u32> {
        let now = Instant::now();
        if self
            .begun
            .is_none_or(|begun| now.duration_since(begun) >= Duration::from_secs(1))
        {
            *self = Self {
                begun: Some(now),
                used: 0,
            };
        }
        self.used = self.used.saturating_add(1);
        limit.checked_sub(self.used)
    }
}
