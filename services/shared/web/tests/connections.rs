//! What a server does with clients that take a connection and ask for nothing, or for half of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what panics here is the failed test"
)]

use std::{
    convert::Infallible,
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Request},
    http::StatusCode,
    response::IntoResponse as _,
    routing::{get, post},
};
use futures::StreamExt as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use web::Limits;

const SHORT: Limits = Limits {
    connections: 4096,
    request: Duration::from_millis(300),
    idle: Duration::from_millis(1200),
    idle_when_full: Duration::from_millis(100),
    drain: Duration::from_secs(5),
};
/// How much later than their limit things may happen on a busy machine.
const SLACK: Duration = Duration::from_secs(4);

struct Server {
    address: SocketAddr,
    shutdown: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
    _stop: DropGuard,
}

async fn server(limits: Limits) -> Server {
    let router = Router::new()
        .route(
            "/",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }),
        )
        .route("/echo", post(|body: Bytes| async move { body }))
        .route("/upload", post(upload))
        .route("/events", get(events));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let serving = tokio::spawn(web::serve(listener, router, limits, shutdown.clone()));
    Server {
        address,
        _stop: shutdown.clone().drop_guard(),
        shutdown,
        serving,
    }
}

async fn upload(request: Request) -> axum::response::Response {
    web::Unhurried::allow(&request);
    match axum::body::to_bytes(request.into_body(), 1000).await {
        Ok(bytes) => bytes.into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// Ten pieces, one every fifth of a second: longer than any limit here.
async fn events() -> Body {
    Body::from_stream(futures::stream::iter(0..10).then(|n| async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        Ok::<_, Infallible>(format!("data: {n}\n\n"))
    }))
}

impl Server {
    async fn send(&self, bytes: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        stream
    }
}

/// What comes until the server closes, and how long that took.
async fn rest(mut stream: TcpStream) -> (String, Duration) {
    let began = Instant::now();
    let mut answer = Vec::new();
    // A reset is a close, too: the server did not read all that was sent.
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer))
        .await
        .expect("the server keeps the connection");
    (String::from_utf8(answer).unwrap(), began.elapsed())
}

async fn is_answered(stream: &mut TcpStream) {
    let mut buffer = [0; 1024];
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut buffer));
    let read = read.await.unwrap().unwrap();
    assert!(buffer[..read].starts_with(b"HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn half_a_head_is_closed_in_time() {
    let server = server(SHORT).await;
    for half in [
        "",
        "P",
        "PRI * HTTP/2.0\r\n",
        "GET / HT",
        "GET / HTTP/1.1\r\nhost: a\r\nx-long: ",
    ] {
        let (answer, after) = rest(server.send(half).await).await;
        assert_eq!(answer, "", "{half}");
        assert!(after >= SHORT.request.mul_f64(0.9), "{half}: {after:?}");
        assert!(after < SHORT.request + SLACK, "{half}: {after:?}");
    }
}

#[tokio::test]
async fn a_head_that_trickles_is_closed_in_time() {
    let server = server(SHORT).await;
    let mut stream = server.send("GET / HTTP/1.1\r\nx: ").await;
    let began = Instant::now();
    while stream.write_all(b"a").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(began.elapsed() < SHORT.request + SLACK);
    }
}

#[tokio::test]
async fn half_a_body_is_closed_in_time_even_if_it_trickles() {
    let server = server(SHORT).await;
    let half = "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nhalf";
    let (answer, after) = rest(server.send(half).await).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(after < SHORT.request + SLACK, "{after:?}");

    let mut stream = server.send(half).await;
    let began = Instant::now();
    while stream.write_all(b"a").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(began.elapsed() < SHORT.request + SLACK);
    }
}

#[tokio::test]
async fn a_handler_with_its_own_bound_may_wait_longer_for_a_body() {
    let server = server(SHORT).await;
    let mut stream = server
        .send("POST /upload HTTP/1.1\r\nhost: a\r\ncontent-length: 8\r\n\r\nhalf")
        .await;
    tokio::time::sleep(SHORT.request * 3).await;
    stream.write_all(b"half").await.unwrap();
    is_answered(&mut stream).await;
}

#[tokio::test]
async fn a_connection_is_kept_between_requests_and_closed_when_nothing_follows() {
    let server = server(SHORT).await;
    let whole = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    let mut stream = server.send(whole).await;
    is_answered(&mut stream).await;
    tokio::time::sleep(SHORT.request * 2).await;
    stream.write_all(whole.as_bytes()).await.unwrap();
    is_answered(&mut stream).await;
    let (answer, after) = rest(stream).await;
    assert_eq!(answer, "");
    assert!(after >= SHORT.idle.mul_f64(0.9), "{after:?}");

    let mut stream = server.send(whole).await;
    is_answered(&mut stream).await;
    stream.write_all(b"GET / HT").await.unwrap();
    let (_, after) = rest(stream).await;
    assert!(
        after < SHORT.idle.mul_f64(0.9),
        "half of a later request: {after:?}"
    );
}

#[tokio::test]
async fn an_answer_may_take_as_long_as_it_likes() {
    let server = server(SHORT).await;
    let stream = server
        .send("GET /events HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .await;
    let (answer, _) = rest(stream).await;
    assert!(answer.contains("data: 9"), "{answer}");
}

#[tokio::test]
async fn answers_have_their_length() {
    let server = server(SHORT).await;
    let stream = server
        .send("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .await;
    let (answer, _) = rest(stream).await;
    assert!(answer.contains("content-length: 9\r\n"), "{answer}");
    assert!(answer.ends_with("127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn two_thousand_idle_connections_keep_nobody_out() {
    let server = server(Limits {
        connections: 1000,
        request: Duration::from_mins(1),
        idle: Duration::from_mins(1),
        ..SHORT
    })
    .await;
    // The system queues at most a few hundred that nobody has accepted yet.
    let flood = (0..2000).map(|n| server.send(if n % 2 == 0 { "" } else { "GET / HT" }));
    let idle: Vec<TcpStream> = futures::stream::iter(flood)
        .buffer_unordered(100)
        .collect()
        .await;
    let mut stream = server.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    is_answered(&mut stream).await;
    drop(idle);
}

#[tokio::test]
async fn shutdown_does_not_wait_for_who_asks_for_nothing() {
    let server = server(Limits {
        request: Duration::from_mins(1),
        ..SHORT
    })
    .await;
    let _half = server.send("GET / HT").await;
    let mut idle = server.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    is_answered(&mut idle).await;
    let answering = server.send("GET /events HTTP/1.1\r\nhost: a\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    server.shutdown.cancel();
    let (answer, _) = rest(answering).await;
    assert!(answer.contains("data: 9"), "{answer}");
    server.serving.await.unwrap();
    assert!(began.elapsed() < SHORT.drain, "{:?}", began.elapsed());
}
