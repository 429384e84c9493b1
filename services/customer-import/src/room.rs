//! How much of the rejected rows is kept: a file may be nothing else.

use std::sync::atomic::{AtomicI64, Ordering};

use rows_as_service::imports::MOST_REJECTS_KEPT;

/// Bytes of all rejected rows of one file that are kept.
const MOST_BYTES: i64 = 64 * 1024 * 1024;

/// What is left for rejects; the threads that check share it.
#[derive(Debug)]
pub(crate) struct Room {
    rows: AtomicI64,
    bytes: AtomicI64,
}

impl Room {
    /// For one file. A dry run keeps none: its answer names the first.
    pub(crate) fn new(dry_run: bool) -> Self {
        let most = i64::try_from(MOST_REJECTS_KEPT).unwrap_or(i64::MAX);
        Self {
            rows: AtomicI64::new(if dry_run { 0 } else { most }),
            bytes: AtomicI64::new(MOST_BYTES),
        }
    }

    /// Whether a row of so many bytes may be kept.
    pub(crate) fn take(&self, bytes: usize) -> bool {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.rows.fetch_sub(1, Ordering::Relaxed) > 0
            && self.bytes.fetch_sub(bytes, Ordering::Relaxed) >= bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_bytes_are_limited_and_a_dry_run_keeps_none() {
        assert!(!Room::new(true).take(1));
        let room = Room::new(false);
        assert!(room.take(usize::try_from(MOST_BYTES).unwrap() - 1));
        assert!(room.take(1) && !room.take(1));
        let room = Room::new(false);
        assert_eq!(
            (0..MOST_REJECTS_KEPT + 5).filter(|_| room.take(1)).count(),
            MOST_REJECTS_KEPT
        );
    }
}
