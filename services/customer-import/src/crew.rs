//! The threads of one import: one reads and splits, others check and hand their rows to COPY.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::{
    ImportFailure, ImportParameters,
    check::{Batch, Checker},
    columns::Columns,
    reader::{Record, RecordReader},
    report::Rejects,
    text::{Encoding, Transcoder, delimiter_of},
};

/// Batches that may wait for one checker.
const WAITING_BATCHES: usize = 2;
/// Cells of one batch, in bytes: large enough that handing it over costs nothing beside the work.
const BATCH_BYTES: usize = 64 * 1024;
/// Bytes that are looked at to tell encoding and delimiter, unless a line ends sooner.
const SNIFFED_BYTES: usize = 64 * 1024;

/// Pieces of the file, or why there are no more.
pub(crate) type Pieces = mpsc::Receiver<Result<Bytes, ImportFailure>>;
/// Where encoded rows go.
pub(crate) type Chunks = mpsc::Sender<Result<Vec<u8>, ImportFailure>>;

/// What was found, once every thread came to the end of the file.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) rejects: Rejects,
    pub(crate) total_rows: u64,
    pub(crate) columns: Columns,
}

/// Reads the whole file and has it checked. Blocks; ends early when nobody takes `chunks` any more.
///
/// # Errors
/// The first thing that makes the file as a whole unusable.
pub(crate) fn read_and_check(
    mut pieces: Pieces,
    parameters: &ImportParameters,
    checkers: usize,
    chunks: Chunks,
) -> Result<Findings, ImportFailure> {
    let mut desk = Desk {
        parameters,
        encoding: Encoding::Utf8,
        batch: Batch::default(),
        crew: None,
        checkers,
        chunks: Some(chunks),
    };
    let read = read(&mut pieces, &mut desk);
    // A refused upload must not wait for a place in a channel that nobody reads.
    drop(pieces);
    match desk.crew {
        None => Err(read.err().unwrap_or(ImportFailure::EmptyFile)),
        Some(crew) => crew.finish(read.map(|()| desk.batch)),
    }
}

fn read(pieces: &mut Pieces, desk: &mut Desk<'_>) -> Result<(), ImportFailure> {
    let (start, mut more) = sniff(pieces)?;
    let (marked, mark) = Encoding::of_mark(&start).unzip();
    let encoding = marked
        .or(desk.parameters.encoding)
        .unwrap_or(Encoding::Utf8);
    desk.encoding = encoding;
    let mut transcoder = Transcoder::new(encoding);
    let invalid = |row| ImportFailure::InvalidEncoding(row, encoding.name());

    let text = transcoder
        .decode(&start[mark.unwrap_or(0)..], !more)
        .map_err(|_| invalid(1))?;
    let delimiter = desk
        .parameters
        .delimiter
        .unwrap_or_else(|| delimiter_of(&text));
    let mut reader = RecordReader::new(delimiter);
    let mut each = |record: Record<'_>| desk.take(&record);
    reader.push(&text, &mut each)?;
    while more {
        let piece = pieces.blocking_recv().transpose()?;
        more = piece.is_some();
        let text = transcoder
            .decode(piece.as_deref().unwrap_or_default(), !more)
            .map_err(|_| invalid(reader.row()))?;
        reader.push(&text, &mut each)?;
    }
    reader.finish(&mut each)
}

/// The first pieces, enough to tell what the file is, and whether more may follow.
fn sniff(pieces: &mut Pieces) -> Result<(Vec<u8>, bool), ImportFailure> {
    let mut start = Vec::new();
    while start.len() < SNIFFED_BYTES && !(start.len() > 3 && start.contains(&b'\n')) {
        match pieces.blocking_recv().transpose()? {
            Some(piece) => start.extend_from_slice(&piece),
            None => return Ok((start, false)),
        }
    }
    Ok((start, true))
}

/// Takes the records one by one: the first is the header, the others are gathered to batches.
struct Desk<'a> {
    parameters: &'a ImportParameters,
    encoding: Encoding,
    batch: Batch,
    crew: Option<Crew>,
    checkers: usize,
    chunks: Option<Chunks>,
}

impl Desk<'_> {
    fn take(&mut self, record: &Record<'_>) -> Result<(), ImportFailure> {
        let Some(crew) = &mut self.crew else {
            return self.open(record);
        };
        self.batch.push(record, &crew.columns);
        if self.batch.len() >= BATCH_BYTES {
            let next = Batch::with_capacity(BATCH_BYTES);
            crew.hand_over(std::mem::replace(&mut self.batch, next))?;
        }
        Ok(())
    }

    fn open(&mut self, header: &Record<'_>) -> Result<(), ImportFailure> {
        let cells = (0..header.len())
            .map(|index| std::str::from_utf8(header.cell(index)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| ImportFailure::InvalidEncoding(header.row, self.encoding.name()))?;
        let columns = Columns::of_header(&cells, self.parameters)?;
        if let Some(chunks) = self.chunks.take() {
            self.crew = Some(Crew::start(
                self.checkers,
                columns,
                self.encoding.name(),
                &chunks,
            ));
        }
        Ok(())
    }
}

type Checked = Result<(Rejects, u64), ImportFailure>;

/// The checkers at work. Each has its own queue, and batches go round.
struct Crew {
    columns: Arc<Columns>,
    queues: Vec<SyncSender<Batch>>,
    threads: Vec<JoinHandle<Checked>>,
    next: usize,
}

impl Crew {
    fn start(checkers: usize, columns: Columns, encoding: &'static str, chunks: &Chunks) -> Self {
        let columns = Arc::new(columns);
        let (queues, threads) = (0..checkers)
            .map(|_| {
                let (queue, waiting) = sync_channel(WAITING_BATCHES);
                let (columns, chunks) = (Arc::clone(&columns), chunks.clone());
                let work = move || check_batches(&columns, encoding, &waiting, &chunks);
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

    fn hand_over(&mut self, batch: Batch) -> Result<(), ImportFailure> {
        self.next = (self.next + 1) % self.queues.len();
        // A checker that is gone says why when it is joined.
        self.queues[self.next]
            .send(batch)
            .map_err(|_| ImportFailure::Interrupted)
    }

    /// Hands over the last batch, unless reading failed, and waits for everybody.
    fn finish(mut self, last: Result<Batch, ImportFailure>) -> Result<Findings, ImportFailure> {
        let mut failure = last.and_then(|batch| self.hand_over(batch)).err();
        drop(self.queues);
        let mut findings = Findings::default();
        for thread in self.threads {
            match thread.join() {
                Ok(Ok((rejects, rows))) => {
                    findings.rejects.merge(rejects);
                    findings.total_rows += rows;
                }
                // What stopped a checker is the cause of what the reader met then.
                Ok(Err(cause)) => failure = Some(cause),
                Err(_) => failure = Some(ImportFailure::Interrupted),
            }
        }
        findings.columns = Arc::unwrap_or_clone(self.columns);
        failure.map_or(Ok(findings), Err)
    }
}

fn check_batches(
    columns: &Columns,
    encoding: &'static str,
    waiting: &Receiver<Batch>,
    chunks: &Chunks,
) -> Checked {
    let mut checker = Checker::new(columns, encoding);
    for batch in waiting {
        let rows = checker.check(&batch)?;
        if !rows.is_empty() {
            chunks
                .blocking_send(Ok(rows))
                .map_err(|_| ImportFailure::Interrupted)?;
        }
    }
    Ok((checker.rejects, checker.total_rows))
}
