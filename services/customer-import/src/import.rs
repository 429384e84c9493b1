//! One upload from its first byte to its report.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use domain::ProfileId;
use futures::{Stream, StreamExt as _, stream};
use rows_as_service::{
    Database,
    imports::{CustomerImport, ImportCounts, ImportError},
};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    ImportFailure, ImportParameters, ImportReport, Reject,
    columns::Field,
    crew::{Findings, read_and_check},
    report::MOST_REJECTS,
};

/// Pieces of the body that may wait for the reader.
const WAITING_PIECES: usize = 8;
/// Chunks of rows that may wait for COPY.
const WAITING_CHUNKS: usize = 4;
/// How long a refused upload is still read, so that its sender gets to see the answer.
const DRAIN: Duration = Duration::from_secs(10);

/// Who imports, and within which limits.
#[derive(Debug, Clone, Copy)]
pub struct ImportOptions {
    /// Owner of the customers.
    pub owner: ProfileId,
    /// Most bytes of a file.
    pub max_bytes: u64,
    /// Longest wait for the next piece of the file.
    pub max_stall: Duration,
    /// Threads that check rows.
    pub checkers: usize,
}

/// Imports a file that arrives as `body`, all of it or, on any error, nothing. Memory stays the
/// same however long the file is.
///
/// # Errors
/// [`ImportFailure`]; a row that is not valid is no error, but a reject in the report.
pub async fn import<E: std::error::Error>(
    database: &Database,
    options: ImportOptions,
    parameters: ImportParameters,
    body: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<ImportReport, ImportFailure> {
    let started = Instant::now();
    let import = CustomerImport {
        owner: options.owner,
        on_conflict: parameters.on_conflict,
        dry_run: parameters.dry_run,
    };
    let (pieces, waiting_pieces) = mpsc::channel(WAITING_PIECES);
    let (chunks, waiting_chunks) = mpsc::channel(WAITING_CHUNKS);
    let checkers = options.checkers.max(1);
    let threads = tokio::task::spawn_blocking(move || {
        read_and_check(waiting_pieces, &parameters, checkers, chunks)
    });
    let findings = Mutex::new(Findings::default());
    // The channel ends also when a thread dies: only its own word makes the end an end.
    let end =
        stream::once(end_of(threads, &findings)).filter_map(|end| async { end.err().map(Err) });
    let rows = ReceiverStream::new(waiting_chunks).chain(end);

    let (counts, ()) = tokio::join!(
        database.import_customers(import, Box::pin(rows)),
        feed(body, options, pieces)
    );
    let counts = counts.map_err(|error| match error {
        ImportError::Rows(failure) => failure,
        ImportError::Database(error) => ImportFailure::Database(error),
    })?;
    let findings = findings
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let report = report(import.dry_run, &counts, findings, started.elapsed());
    tracing::info!(
        import.dry_run = report.dry_run,
        import.total_rows = report.total_rows,
        import.inserted = report.inserted,
        import.updated = report.updated,
        import.unchanged = report.unchanged,
        import.duplicates = report.duplicates,
        import.rejected = report.rejected,
        import.elapsed_ms = report.elapsed_ms,
        "customers imported"
    );
    Ok(report)
}

/// Hands the body on, piece by piece, as fast as it is read.
async fn feed<E: std::error::Error>(
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    options: ImportOptions,
    pieces: mpsc::Sender<Result<Bytes, ImportFailure>>,
) {
    let mut left = options.max_bytes;
    let failure = loop {
        let piece = match tokio::time::timeout(options.max_stall, body.next()).await {
            Err(_) => break ImportFailure::StalledUpload(options.max_stall.as_secs()),
            Ok(None) => return,
            Ok(Some(Err(error))) => {
                tracing::debug!(error = %error, "an upload broke off");
                break ImportFailure::BrokenUpload;
            }
            Ok(Some(Ok(piece))) => piece,
        };
        let Some(rest) = left.checked_sub(piece.len() as u64) else {
            break ImportFailure::TooLarge(options.max_bytes);
        };
        left = rest;
        if pieces.send(Ok(piece)).await.is_err() {
            // The reader refused the file. Its sender still writes, and hears only afterwards.
            let drain = async { while let Some(Ok(_)) = body.next().await {} };
            let _ = tokio::time::timeout(DRAIN, drain).await;
            return;
        }
    };
    // Where nobody listens any more, another failure came first.
    let _ = pieces.send(Err(failure)).await;
}

async fn end_of(
    threads: JoinHandle<Result<Findings, ImportFailure>>,
    findings: &Mutex<Findings>,
) -> Result<(), ImportFailure> {
    let found = threads.await.map_err(|_| ImportFailure::Interrupted)??;
    *findings.lock().unwrap_or_else(PoisonError::into_inner) = found;
    Ok(())
}

fn report(
    dry_run: bool,
    counts: &ImportCounts,
    findings: Findings,
    elapsed: Duration,
) -> ImportReport {
    const UNAVAILABLE: &str = "phone_unavailable";
    let mut rejects = findings.rejects;
    let header = |field: Field| findings.columns.headers[field as usize].clone();
    if counts.unavailable > 0 {
        rejects.by_code.insert(UNAVAILABLE, counts.unavailable);
        rejects
            .kept
            .extend(counts.unavailable_rows.iter().map(|&row| Reject {
                row,
                column: header(Field::Phone),
                code: UNAVAILABLE,
                detail: "this phone number is not available to this account".to_owned(),
                value: None,
            }));
        rejects.kept.sort_by_key(|reject| reject.row);
        rejects.kept.truncate(MOST_REJECTS);
    }
    let rejected = rejects.count();
    ImportReport {
        dry_run,
        total_rows: findings.total_rows,
        inserted: counts.inserted,
        updated: counts.updated,
        unchanged: counts.unchanged,
        duplicates: counts.duplicates,
        rejected,
        rejects_truncated: rejected > rejects.kept.len() as u64,
        rejected_by_code: rejects.by_code,
        rejects: rejects.kept,
        columns: Field::ALL
            .into_iter()
            .filter(|&field| findings.columns.indexes[field as usize].is_some())
            .map(|field| (field.as_str(), header(field)))
            .collect(),
        ignored_columns: findings.columns.ignored,
        elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
    }
}
