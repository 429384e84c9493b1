//! SIGTERM and SIGINT, for every process alike.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that is cancelled by the first SIGTERM or SIGINT. A second signal ends the process at
/// once; that loses nothing either, since every claim and outcome is durable.
///
/// # Errors
/// When the signals can't be listened to.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        for wave in 0.. {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if wave > 0 {
                tracing::warn!("asked twice to stop: ending at once");
                std::process::exit(130);
            }
            tracing::info!("stopping: what is in flight is finished first");
            cancelled.cancel();
        }
    });
    Ok(token)
}
