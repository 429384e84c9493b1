//! The uploads under way in this process, of which a slow one gives way when others wait.

use std::{
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use crate::progress::Progress;

/// An upload younger than this has not shown yet how fast it is.
const GRACE: Duration = Duration::from_secs(5);
/// Bytes a second, over its whole time, below which an upload gives way to others: a mobile connection has more.
const FAIR: u64 = 64 * 1024;

/// One upload, from its first byte to its last.
#[derive(Debug)]
pub struct Upload {
    started: Instant,
    progress: Arc<Progress>,
    gives_way: CancellationToken,
    has_ended: AtomicBool,
}

impl Upload {
    /// One that begins now.
    #[must_use]
    pub fn new(progress: Arc<Progress>) -> Self {
        Self {
            started: Instant::now(),
            progress,
            gives_way: CancellationToken::new(),
            has_ended: AtomicBool::new(false),
        }
    }

    /// Says that the last byte is there: from now on, its import depends on nobody's connection.
    pub(crate) fn end(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
    }

    pub(crate) const fn started(&self) -> Instant {
        self.started
    }

    /// Waits until others need its place more.
    pub(crate) async fn must_give_way(&self) {
        self.gives_way.cancelled().await;
    }

    /// Bytes a second so far; `None` where that shows nothing yet.
    fn speed(&self) -> Option<u64> {
        let passed = self.started.elapsed();
        let bytes = self.progress.bytes.load(Ordering::Relaxed);
        (passed >= GRACE).then(|| bytes / passed.as_secs().max(1))
    }
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Uploads(Arc<Mutex<Vec<Weak<Upload>>>>);

impl Uploads {
    /// Notes one that begins now.
    pub(crate) fn begin(&self, progress: Arc<Progress>) -> Arc<Upload> {
        let upload = Arc::new(Upload::new(progress));
        self.all().push(Arc::downgrade(&upload));
        upload
    }

    /// Ends the slowest upload, if one is slower than is fair.
    pub(crate) fn let_slowest_give_way(&self) -> bool {
        let uploads = self.all();
        let slowest = uploads
            .iter()
            .filter_map(Weak::upgrade)
            .filter(|upload| !upload.gives_way.is_cancelled())
            .filter(|upload| !upload.has_ended.load(Ordering::Relaxed))
            .filter_map(|upload| Some((upload.speed().filter(|speed| *speed < FAIR)?, upload)))
            .min_by_key(|(speed, _)| *speed);
        slowest.is_some_and(|(_, upload)| {
            upload.gives_way.cancel();
            true
        })
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Upload>>> {
        let mut uploads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uploads.retain(|upload| upload.strong_count() > 0);
        uploads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(uploads: &Uploads, bytes: u64, seconds: u64) -> Arc<Upload> {
        let progress = Arc::new(Progress::default());
        progress.bytes.store(bytes, Ordering::Relaxed);
        let started = Instant::now()
            .checked_sub(Duration::from_secs(seconds))
            .unwrap();
        let upload = Arc::new(Upload {
            started,
            ..Upload::new(progress)
        });
        uploads.all().push(Arc::downgrade(&upload));
        upload
    }

    #[test]
    fn the_slowest_gives_way_and_neither_a_fast_nor_a_new_one() {
        let uploads = Uploads::default();
        let fast = upload(&uploads, 100 * FAIR, 10);
        let new = upload(&uploads, 0, 1);
        assert!(!uploads.let_slowest_give_way());
        let ended = upload(&uploads, 0, 10);
        ended.end();
        let slow = upload(&uploads, 9 * FAIR, 10);
        let slower = upload(&uploads, 100, 10);
        assert!(uploads.let_slowest_give_way());
        assert!(slower.gives_way.is_cancelled() && !slow.gives_way.is_cancelled());
        assert!(uploads.let_slowest_give_way() && slow.gives_way.is_cancelled());
        assert!(!uploads.let_slowest_give_way());
        assert!(!fast.gives_way.is_cancelled() && !new.gives_way.is_cancelled());
        drop((fast, new, ended, slow, slower));
        assert!(uploads.all().is_empty());
    }
}
