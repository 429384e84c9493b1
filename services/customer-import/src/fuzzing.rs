//! A door for tests and the fuzz target: everything that happens to a file before the database.

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::{
    courtesy::Courtesy, failure::ImportFailure, file, parameters::ImportParameters,
    progress::Progress,
};

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Rows with anything in them.
    pub total_rows: u64,
    /// The rows as COPY gets them, customers and rejects.
    pub staged: Vec<u8>,
}

/// Reads, maps, checks and encodes `file` as it arrives in pieces of `piece` bytes.
///
/// # Errors
/// [`ImportFailure`] where the file as a whole is unusable.
pub fn read(
    file: &[u8],
    piece: usize,
    parameters: &ImportParameters,
) -> Result<Read, ImportFailure> {
    let pieces = file.chunks(piece.max(1));
    let (sender, receiver) = mpsc::channel(pieces.len() + 1);
    for piece in pieces {
        // There is room for all of them.
        let _ = sender.try_send(Ok(Bytes::copy_from_slice(piece)));
    }
    drop(sender);
    let (chunks, mut staged_chunks) = mpsc::channel(file.len() + 1);
    let progress = Progress::default();
    let courtesy = Courtesy::default();
    let findings = file::read_and_check(
        receiver,
        parameters,
        1,
        u64::MAX,
        chunks,
        &progress,
        &courtesy,
    )?;
    let mut staged = Vec::new();
    while let Ok(chunk) = staged_chunks.try_recv() {
        staged.extend(chunk?);
    }
    Ok(Read {
        total_rows: findings.checked.total_rows,
        staged,
    })
}
