//! How callbacks went, by number.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What became of callbacks so far.
#[derive(Default)]
pub(super) struct CallbackCounts {
    pub(super) answered: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) repeated: AtomicU64,
    pub(super) retried: AtomicU64,
    pub(super) under_way: AtomicUsize,
}

impl CallbackCounts {
    pub(super) fn by_name(&self) -> BTreeMap<&'static str, u64> {
        [
            ("answered", &self.answered),
            ("failed", &self.failed),
            ("lost", &self.lost),
            ("repeated", &self.repeated),
            ("retried", &self.retried),
        ]
        .into_iter()
        .map(|(name, count)| (name, count.load(Ordering::Relaxed)))
        .collect()
    }

    pub(super) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Relaxed)
    }

    pub(super) fn reset(&self) {
        for count in [
            &self.answered,
            &self.failed,
            &self.lost,
            &self.repeated,
            &self.retried,
        ] {
            count.store(0, Ordering::Relaxed);
        }
    }
}
