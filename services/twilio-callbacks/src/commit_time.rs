//! Whether the database works or lets us wait.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Keeping a group is half a millisecond of work, or several where others work, too. If even the quickest statement
/// takes longer than this, it waits: for a disk, or for a database far away.
const SLOW: Duration = Duration::from_millis(1);
/// Of so many statements there is a quick one, however busy the machine is.
const WINDOW: u32 = 32;

/// The quickest of the last statements.
#[derive(Debug, Default)]
pub(crate) struct CommitTime(Mutex<Quickest>);

#[derive(Debug)]
struct Quickest {
    /// Of the last whole window.
    before: Duration,
    /// Of this one, and how many there were.
    now: Duration,
    statements: u32,
}

impl Default for Quickest {
    fn default() -> Self {
        Self {
            before: Duration::ZERO,
            now: Duration::MAX,
            statements: 0,
        }
    }
}

impl CommitTime {
    /// A statement took so long.
    pub(crate) fn took(&self, time: Duration) {
        let mut quickest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        quickest.now = quickest.now.min(time);
        quickest.statements += 1;
        if quickest.statements == WINDOW {
            *quickest = Quickest {
                before: quickest.now,
                ..Quickest::default()
            };
        }
    }

    /// Whether the last statements mostly waited, so that another one costs nothing meanwhile.
    pub(crate) fn is_long(&self) -> bool {
        let quickest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        quickest.before.min(quickest.now) > SLOW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_quick_statement_shows_that_the_others_were_only_held_up() {
        let [quick, slow] = [300, 3000].map(Duration::from_micros);
        let time = CommitTime::default();
        let take = |statements: u32, each: Duration| (0..statements).for_each(|_| time.took(each));
        take(WINDOW - 1, slow);
        assert!(!time.is_long(), "too few to tell");
        take(1, slow);
        assert!(time.is_long());
        take(1, quick);
        assert!(!time.is_long());
        take(2 * WINDOW - 2, slow);
        assert!(!time.is_long(), "the quick one is in the last window");
        take(1, slow);
        assert!(time.is_long());
    }
}
