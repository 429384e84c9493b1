//! The end of the process, for handlers that would outlast it.

use tokio_util::sync::CancellationToken;

/// Cancelled when the process stops: then streams, which would go on for an hour, end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stopping(pub(crate) CancellationToken);
