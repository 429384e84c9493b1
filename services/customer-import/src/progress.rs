//! How far an import's reader is.

use std::sync::atomic::AtomicU64;

/// How far the reader is; written by it, read by whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes of the file read so far.
    pub bytes: AtomicU64,
    /// Records read so far, the header included.
    pub rows: AtomicU64,
}
