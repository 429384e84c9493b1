use std::{net::SocketAddr, time::Duration};

use axum::{Router, serve::ListenerExt as _};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long requests in flight may go on after shutdown was asked for. Orchestrators kill after 30 s.
pub const DRAIN: Duration = Duration::from_secs(25);

/// The listener broke.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP listener failed")]
pub struct ServeError(#[from] std::io::Error);

/// Serves until `shutdown`, then takes no new connections and lets requests in flight end, for at
/// most [`DRAIN`]. Handlers may ask for `ConnectInfo<SocketAddr>`.
///
/// # Errors
/// [`ServeError`] when the listener breaks.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    serve_with_drain(listener, router, shutdown, DRAIN).await
}

/// [`serve`] with another bound for requests in flight.
///
/// # Errors
/// [`ServeError`] when the listener breaks.
pub async fn serve_with_drain(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
    drain: Duration,
) -> Result<(), ServeError> {
    // Answers are small and written whole: Nagle's algorithm would only hold them back.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY not set");
        }
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving =
        axum::serve(listener, service).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let bound = async {
        shutdown.cancelled().await;
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        result = serving => result.map_err(ServeError),
        () = bound => {
            tracing::warn!(drain_s = drain.as_secs(), "requests in flight were cut off");
            Ok(())
        }
    }
}
