use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    serve::{Listener as _, ListenerExt as _},
};
use tokio::{
    net::TcpListener,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::sync::CancellationToken;

use crate::{connection, limits::Limits};

/// Serves until `shutdown`, then takes no new connections and lets requests in flight end, for at
/// most [`Limits::drain`]. Handlers may ask for `ConnectInfo<SocketAddr>`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: CancellationToken,
) {
    // Answers are small and written whole: Nagle's algorithm would only hold them back.
    let mut listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY not set");
        }
    });
    let places = Arc::new(Semaphore::new(limits.connections as usize));
    let hurry = Arc::new(AtomicBool::new(false));
    let cut_off = CancellationToken::new();
    let _cut_off_at_the_end = cut_off.clone().drop_guard();

    let accepting = async {
        loop {
            let place = free_place(&places, &hurry).await;
            let (stream, peer): (_, SocketAddr) = listener.accept().await;
            let connection = connection::serve(
                stream,
                peer,
                router.clone(),
                limits,
                Arc::clone(&hurry),
                shutdown.clone(),
            );
            let cut_off = cut_off.clone();
            tokio::spawn(async move {
                cut_off.run_until_cancelled_owned(connection).await;
                drop(place);
            });
        }
    };
    shutdown.run_until_cancelled(accepting).await;
    drop(listener);

    // Every connection holds a place until it ends.
    hurry.store(true, Ordering::Relaxed);
    let all_ended = places.acquire_many(limits.connections);
    if tokio::time::timeout(limits.drain, all_ended).await.is_err() {
        tracing::warn!(
            drain_s = limits.drain.as_secs(),
            "requests in flight were cut off"
        );
    }
}

/// Waits for a place; meanwhile connections without a request are told to hurry.
async fn free_place(places: &Arc<Semaphore>, hurry: &AtomicBool) -> Option<OwnedSemaphorePermit> {
    if let Ok(place) = Arc::clone(places).try_acquire_owned() {
        return Some(place);
    }
    tracing::warn!("all connections are taken: those without a request are closed");
    hurry.store(true, Ordering::Relaxed);
    let place = Arc::clone(places).acquire_owned().await;
    hurry.store(false, Ordering::Relaxed);
    place.ok()
}
