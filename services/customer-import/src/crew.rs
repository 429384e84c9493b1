//! The threads that check, each with a queue of its own; their rows go on to COPY.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use tokio::sync::mpsc;

use crate::{
    batch::Batch, check::Checker, columns::Columns, failure::ImportFailure, questions::Unknown,
    rejects::Rejects, room::Room, text::CellEncoding, words::Words,
};

/// Batches that may wait for one checker.
const WAITING_BATCHES: usize = 2;

/// Where encoded rows go.
pub(crate) type Chunks = mpsc::Sender<Result<Vec<u8>, ImportFailure>>;

/// What the checkers found, together or each of them.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) rejects: Rejects,
    pub(crate) warnings: Rejects,
    /// Words that are not known.
    pub(crate) unknown: Unknown,
    /// Rows that say that somebody must not be texted, and that somebody may be.
    pub(crate) verdicts: [u64; 2],
    pub(crate) total_rows: u64,
    /// Whether a cell was taken for Windows-1252.
    pub(crate) found_windows_1252: bool,
}

/// The checkers at work. Batches go round.
pub(crate) struct Crew {
    columns: Arc<Columns>,
    queues: Vec<SyncSender<Batch>>,
    threads: Vec<JoinHandle<Result<Checked, ImportFailure>>>,
    next: usize,
}

impl Crew {
    pub(crate) fn start(
        checkers: usize,
        columns: Columns,
        words: &Words,
        encoding: CellEncoding,
        room: Room,
        chunks: &Chunks,
    ) -> Self {
        let room = Arc::new(room);
        let columns = Arc::new(columns);
        let words = Arc::new(words.clone());
        let (queues, threads) = (0..checkers)
            .map(|_| {
                let (queue, waiting) = sync_channel(WAITING_BATCHES);
                let (columns, words) = (Arc::clone(&columns), Arc::clone(&words));
                let room = Arc::clone(&room);
                let chunks = chunks.clone();
                let work = move || {
                    let checker = Checker::new(&columns, &words, encoding, &room);
                    check_batches(checker, &waiting, &chunks)
                };
                (queue, std::thread::spawn(work))
            })
            .unzip();
        Self {
            columns,
            queues,
            threads,
            next: 0,
        }
    }

    /// Where each field stands in a record.
    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    pub(crate) fn hand_over(&mut self, batch: Batch) -> Result<(), ImportFailure> {
        self.next = (self.next + 1) % self.queues.len();
        // A checker that is gone says why when it is joined.
        self.queues[self.next]
            .send(batch)
            .map_err(|_| ImportFailure::Interrupted)
    }

    /// Hands over the last batch, unless reading failed, and waits for everybody.
    pub(crate) fn finish(
        mut self,
        last: Result<Batch, ImportFailure>,
    ) -> Result<(Checked, Columns), ImportFailure> {
        let mut failure = last.and_then(|batch| self.hand_over(batch)).err();
        drop(self.queues);
        let mut all = Checked::default();
        for thread in self.threads {
            match thread.join() {
                Ok(Ok(checked)) => {
                    all.rejects.merge(checked.rejects);
                    all.warnings.merge(checked.warnings);
                    all.unknown.merge(checked.unknown);
                    all.verdicts[0] += checked.verdicts[0];
                    all.verdicts[1] += checked.verdicts[1];
                    all.total_rows += checked.total_rows;
                    all.found_windows_1252 |= checked.found_windows_1252;
                }
                // What stopped a checker is the cause of what the reader met then.
                Ok(Err(cause)) => failure = Some(cause),
                Err(_) => failure = Some(ImportFailure::Interrupted),
            }
        }
        match failure {
            Some(failure) => Err(failure),
            None => Ok((all, Arc::unwrap_or_clone(self.columns))),
        }
    }
}

fn check_batches(
    mut checker: Checker<'_>,
    waiting: &Receiver<Batch>,
    chunks: &Chunks,
) -> Result<Checked, ImportFailure> {
    for batch in waiting {
        let rows = checker.check(&batch)?;
        if !rows.is_empty() {
            chunks
                .blocking_send(Ok(rows))
                .map_err(|_| ImportFailure::Interrupted)?;
        }
    }
    Ok(Checked {
        rejects: checker.rejects,
        warnings: checker.warnings,
        unknown: checker.unknown,
        verdicts: checker.verdicts,
        total_rows: checker.total_rows,
        found_windows_1252: checker.found_windows_1252,
    })
}
