//! The body of a request on its way to the reader.

use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use tokio::sync::mpsc;

use crate::{failure::ImportFailure, uploads::Upload, watch::Watch};

/// How long a refused upload is still read, so that its sender gets to see the answer.
const DRAIN: Duration = Duration::from_secs(10);
/// Slower than this many bytes a second, over its whole time, an upload only keeps a place from others.
const SLOWEST: u64 = 1024;

/// What an upload may cost.
#[derive(Debug, Clone, Copy)]
pub struct UploadLimits {
    /// Most bytes of a file.
    pub max_bytes: u64,
    /// Bytes that the account may still send today.
    pub bytes_left: u64,
    /// Rows that it may.
    pub rows_left: u64,
    /// Longest wait for the next piece of the file.
    pub max_stall: Duration,
    /// Longest time from the first byte to the last.
    pub max_time: Duration,
}

/// Hands the body on, piece by piece, as fast as it is read.
pub(crate) async fn feed<E: std::error::Error>(
    body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    limits: UploadLimits,
    upload: &Upload,
    watch: &Watch,
    pieces: mpsc::Sender<Result<Bytes, ImportFailure>>,
) {
    pass_on(body, limits, upload, watch, pieces).await;
    upload.end();
}

async fn pass_on<E: std::error::Error>(
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    limits: UploadLimits,
    upload: &Upload,
    watch: &Watch,
    pieces: mpsc::Sender<Result<Bytes, ImportFailure>>,
) {
    let deadline = upload.started() + limits.max_time;
    let mut received = 0_u64;
    let failure = loop {
        let next = tokio::select! {
            next = tokio::time::timeout(limits.max_stall, body.next()) => next,
            () = watch.stopped() => break ImportFailure::Interrupted,
            () = upload.must_give_way() => break ImportFailure::GaveWay,
            () = tokio::time::sleep_until(deadline.into()) => {
                break ImportFailure::LongUpload(limits.max_time.as_secs());
            }
        };
        let piece = match next {
            Err(_) => break ImportFailure::StalledUpload(limits.max_stall.as_secs()),
            Ok(None) => return,
            Ok(Some(Err(error))) => {
                tracing::debug!(error = %error, "an upload broke off");
                break ImportFailure::BrokenUpload;
            }
            Ok(Some(Ok(piece))) => piece,
        };
        received += piece.len() as u64;
        if received > limits.max_bytes {
            break ImportFailure::TooLarge(limits.max_bytes);
        }
        if received > limits.bytes_left {
            break ImportFailure::DailyLimit;
        }
        let waited = upload.started().elapsed();
        if waited > limits.max_stall && received / SLOWEST < waited.as_secs() {
            break ImportFailure::SlowUpload(SLOWEST);
        }
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
