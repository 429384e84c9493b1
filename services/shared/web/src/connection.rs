//! One connection: hyper speaks HTTP on it, and it is closed when it only takes up room.
//!
//! hyper has one limit for the wait for a request and for its head, and none for the preface of
//! HTTP/2 or for bodies. Here what arrives is noted below hyper, and requests above it.

use std::{
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::ConnectInfo,
    http::Request,
};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, MissedTickBehavior, Sleep},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::limits::Limits;

/// Most bytes of a request's head, and of what is read or written at once.
const BUFFER: usize = 64 * 1024;
/// What one HTTP/2 connection may send before it is read, and each of its streams.
const WINDOW: u32 = 256 * 1024;
const STREAM_WINDOW: u32 = 64 * 1024;
const STREAMS: u32 = 100;

/// Serves until the connection ends or is idle for too long; after `shutdown` until the requests
/// in flight are answered.
pub(crate) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    hurry: Arc<AtomicBool>,
    shutdown: CancellationToken,
) {
    let activity = Arc::new(Activity::new());
    let service = {
        let activity = Arc::clone(&activity);
        tower::service_fn(move |request: Request<Incoming>| {
            let in_flight = InFlight::begin(&activity);
            let router = router.clone();
            async move {
                let unhurried = Unhurried::default();
                let mut request = request.map(|body| {
                    Body::new(Arriving {
                        body,
                        limit: limits.request,
                        unhurried: unhurried.clone(),
                        deadline: None,
                    })
                });
                request.extensions_mut().insert(ConnectInfo(peer));
                request.extensions_mut().insert(unhurried);
                let response = router.oneshot(request).await?;
                Ok::<_, std::convert::Infallible>(response.map(|body| Answer {
                    body,
                    _in_flight: in_flight,
                }))
            }
        })
    };
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().max_buf_size(BUFFER);
    builder
        .http2()
        .initial_connection_window_size(WINDOW)
        .initial_stream_window_size(STREAM_WINDOW)
        .max_concurrent_streams(STREAMS);
    let io = TokioIo::new(Watched {
        stream,
        activity: Arc::clone(&activity),
    });
    let mut connection = pin!(builder.serve_connection(io, TowerToHyperService::new(service)));
    let mut stopping = pin!(shutdown.cancelled());
    let mut stopped = false;
    // Often enough to be no later than a thirteenth.
    let mut check = tokio::time::interval(limits.request.min(limits.idle_when_full * 13) / 13);
    check.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(error, "a connection broke off");
                }
                return;
            }
            () = &mut stopping, if !stopped => {
                stopped = true;
                connection.as_mut().graceful_shutdown();
            }
            _ = check.tick() => {
                if activity.is_over(&limits, hurry.load(Ordering::Relaxed)) {
                    return;
                }
            }
        }
    }
}

/// What a connection does.
#[derive(Debug)]
struct Activity(Mutex<State>);

#[derive(Debug)]
struct State {
    in_flight: usize,
    /// Whether anything has arrived since the last answer: half a request.
    heard: bool,
    /// Since when it is as it is.
    since: Instant,
}

impl Activity {
    fn new() -> Self {
        Self(Mutex::new(State {
            in_flight: 0,
            // Who connects means to ask at once.
            heard: true,
            since: Instant::now(),
        }))
    }

    fn note(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn is_over(&self, limits: &Limits, hurry: bool) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = match (hurry, state.heard) {
            (true, _) => limits.idle_when_full,
            (false, true) => limits.request,
            (false, false) => limits.idle,
        };
        state.in_flight == 0 && state.since.elapsed() >= limit
    }
}

/// A request, from its head to the end of the answer.
#[derive(Debug)]
struct InFlight(Arc<Activity>);

impl InFlight {
    fn begin(activity: &Arc<Activity>) -> Self {
        activity.note(|state| state.in_flight += 1);
        Self(Arc::clone(activity))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.note(|state| {
            state.in_flight -= 1;
            state.heard = false;
            state.since = Instant::now();
        });
    }
}

/// A stream that notes when something arrives.
struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.activity.note(|state| {
                if !state.heard {
                    state.heard = true;
                    state.since = Instant::now();
                }
            });
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Lets a request's body arrive as slowly as it likes: its handler has a bound of its own.
#[derive(Debug, Clone, Default)]
pub struct Unhurried(Arc<AtomicBool>);

impl Unhurried {
    /// Lifts the bound for this request.
    pub fn allow<B>(request: &Request<B>) {
        if let Some(Self(unhurried)) = request.extensions().get() {
            unhurried.store(true, Ordering::Relaxed);
        }
    }
}

/// A request's body, which must be there within `limit` of the first wait for it.
struct Arriving {
    body: Incoming,
    limit: Duration,
    unhurried: Unhurried,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_pending() && !self.unhurried.0.load(Ordering::Relaxed) {
            let limit = self.limit;
            let deadline = self
                .deadline
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
            ready!(deadline.as_mut().poll(context));
            return Poll::Ready(Some(Err(axum::Error::new(io::Error::from(
                io::ErrorKind::TimedOut,
            )))));
        }
        frame.map_err(axum::Error::new)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body, which ends the request when it has been written or given up.
struct Answer {
    body: Body,
    _in_flight: InFlight,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
