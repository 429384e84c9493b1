//! One file from its first byte to its last record: what it is, and what is in it.

use std::{sync::atomic::Ordering, time::Instant};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use crate::{
    batch::Batch,
    columns::{Columns, is_data},
    courtesy::Courtesy,
    crew::{Chunks, Crew},
    failure::ImportFailure,
    findings::Findings,
    glued_rows::holds_rows,
    parameters::ImportParameters,
    progress::Progress,
    reader::{Record, RecordReader, Taken},
    room::Room,
    text::{CellEncoding, Encoding, Transcoder, delimiter_of, is_binary, separator_line},
};

/// Bytes that are looked at to tell encoding and delimiter, where the file has so many.
const SNIFFED_BYTES: usize = 64 * 1024;

/// Pieces of the file, or why there are no more.
pub(crate) type Pieces = mpsc::Receiver<Result<Bytes, ImportFailure>>;

/// Reads the whole file and has it checked. Blocks; ends early when nobody takes `chunks` any more.
///
/// # Errors
/// The first thing that makes the file as a whole unusable.
pub(crate) fn read_and_check(
    pieces: Pieces,
    parameters: &ImportParameters,
    checkers: usize,
    rows_left: u64,
    chunks: Chunks,
    progress: &Progress,
    courtesy: &Courtesy,
) -> Result<Findings, ImportFailure> {
    let mut source = Source {
        pieces,
        hash: Sha256::new(),
        bytes: 0,
        progress,
    };
    let mut desk = Desk {
        parameters,
        encoding: CellEncoding::default(),
        delimiter: 0,
        has_header: true,
        batch: Batch::default(),
        crew: None,
        rows_left,
        checkers,
        chunks: Some(chunks),
        courtesy,
        batch_began: Instant::now(),
    };
    let read = read(&mut source, &mut desk);
    // A refused upload must not wait for a place in a channel that nobody reads.
    drop(source.pieces);
    let Some(crew) = desk.crew else {
        return Err(read.err().unwrap_or(ImportFailure::EmptyFile));
    };
    let delimiter = desk.delimiter;
    let last = read.map(|()| desk.batch);
    let (checked, columns) = crew.finish(last)?;
    Ok(Findings {
        encoding: desk.encoding.name(checked.found_windows_1252),
        checked,
        columns,
        has_header: desk.has_header,
        delimiter,
        file_hash: source.hash.finalize().into(),
        bytes: source.bytes,
    })
}

/// The file's bytes as they come.
struct Source<'a> {
    pieces: Pieces,
    hash: Sha256,
    bytes: u64,
    progress: &'a Progress,
}

impl Source<'_> {
    fn next(&mut self) -> Result<Option<Bytes>, ImportFailure> {
        let piece = self.pieces.blocking_recv().transpose()?;
        if let Some(piece) = &piece {
            self.hash.update(piece);
            self.bytes += piece.len() as u64;
            self.progress.bytes.store(self.bytes, Ordering::Relaxed);
        }
        Ok(piece)
    }

    /// The first pieces, enough to tell what the file is, and whether more may follow.
    fn sniff(&mut self) -> Result<(Vec<u8>, bool), ImportFailure> {
        let mut start = Vec::new();
        while start.len() < SNIFFED_BYTES {
            match self.next()? {
                Some(piece) => start.extend_from_slice(&piece),
                None => return Ok((start, false)),
            }
        }
        Ok((start, true))
    }
}

/// Reads to the end.
fn read(source: &mut Source<'_>, desk: &mut Desk<'_>) -> Result<(), ImportFailure> {
    let (start, mut more) = source.sniff()?;
    if is_binary(&start) {
        return Err(ImportFailure::NotCsv);
    }
    let (marked, mark) = Encoding::of_mark(&start).unzip();
    desk.encoding = CellEncoding(
        marked
            .or(desk.parameters.encoding)
            .or_else(|| Encoding::of_zeros(&start)),
    );
    let encoding = desk.encoding.0.unwrap_or(Encoding::Utf8);
    let mut transcoder = Transcoder::new(encoding);
    let invalid = |row| ImportFailure::InvalidEncoding(row, encoding.name());

    let text = transcoder
        .decode(&start[mark.unwrap_or(0)..], !more)
        .map_err(|_| invalid(1))?;
    let (separator, skipped) = separator_line(&text).unzip();
    let text = &text[skipped.unwrap_or(0)..];
    let delimiter = desk
        .parameters
        .delimiter
        .or(separator)
        .unwrap_or_else(|| delimiter_of(text));
    desk.delimiter = delimiter;
    let mut reader = RecordReader::new(delimiter);
    let progress = source.progress;
    let mut each = |record: Record<'_>| {
        let row = record.row.unsigned_abs().into();
        progress.rows.store(row, Ordering::Relaxed);
        desk.take(&record)
    };
    reader.push(text, &mut each)?;
    while more {
        let piece = source.next()?;
        more = piece.is_some();
        let text = transcoder
            .decode(piece.as_deref().unwrap_or_default(), !more)
            .map_err(|_| invalid(reader.row()))?;
        reader.push(&text, &mut each)?;
    }
    reader.finish(&mut each)
}

/// Takes the records one by one: the first may be the header, the others are gathered to batches.
struct Desk<'a> {
    parameters: &'a ImportParameters,
    encoding: CellEncoding,
    delimiter: u8,
    has_header: bool,
    batch: Batch,
    crew: Option<Crew>,
    /// Rows that this account may still send today.
    rows_left: u64,
    checkers: usize,
    chunks: Option<Chunks>,
    courtesy: &'a Courtesy,
    batch_began: Instant,
}

impl Desk<'_> {
    fn take(&mut self, record: &Record<'_>) -> Result<Taken, ImportFailure> {
        if self.crew.is_none() {
            self.open(record)?;
            if self.has_header {
                return Ok(Taken::Yes);
            }
        }
        let Some(crew) = &mut self.crew else {
            return Err(ImportFailure::Interrupted);
        };
        if u64::from(record.row.unsigned_abs()) > self.rows_left {
            return Err(ImportFailure::DailyLimit);
        }
        if holds_rows(record, self.delimiter, crew.columns()) {
            return Ok(Taken::HoldsRows);
        }
        self.batch.push(record);
        let full = self.courtesy.batch_bytes();
        if self.batch.len() >= full {
            let next = Batch::with_capacity(full);
            crew.hand_over(std::mem::replace(&mut self.batch, next))?;
            std::thread::sleep(self.courtesy.after_batch(self.batch_began.elapsed()));
            self.batch_began = Instant::now();
        }
        Ok(Taken::Yes)
    }

    /// Learns from the first record what the columns are.
    fn open(&mut self, first: &Record<'_>) -> Result<(), ImportFailure> {
        let cells = (0..first.len())
            .map(|index| self.encoding.text(first.row, first.cell(index)))
            .collect::<Result<Vec<_>, _>>()?;
        let cells: Vec<&str> = cells.iter().map(|cell| &**cell).collect();
        self.has_header = self.parameters.header.unwrap_or_else(|| !is_data(&cells));
        // Text read in the wrong encoding, or no text: Postgres stores no NUL, and nobody has named a column so.
        if self.has_header && cells.iter().any(|cell| cell.contains('\0')) {
            return Err(ImportFailure::NotCsv);
        }
        let columns = if self.has_header {
            Columns::of_header(&cells, &self.parameters.mapping)?
        } else {
            Columns::of_first_row(&cells, &self.parameters.mapping)?
        };
        if let Some(chunks) = self.chunks.take() {
            let words = &self.parameters.words;
            self.crew = Some(Crew::start(
                self.checkers,
                columns,
                words,
                self.encoding,
                Room::new(self.parameters.dry_run),
                &chunks,
            ));
        }
        Ok(())
    }
}
