//! What a server does with the requests in flight once it is told to stop.

use std::time::Duration;

use axum::{Router, routing::get};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn shutdown_lets_requests_in_flight_end() {
    let (started, mut seen) = tokio::sync::mpsc::channel(1);
    let finish = CancellationToken::new();
    let route = {
        let finish = finish.clone();
        get(move || async move {
            started.send(()).await.unwrap();
            finish.cancelled().await;
            "done"
        })
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let shutdown = CancellationToken::new();
    let serving = tokio::spawn(web::serve(
        listener,
        Router::new().route("/", route),
        web::Limits::default(),
        shutdown.clone(),
    ));
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap();
    let request = tokio::spawn(client.get(url).send());
    seen.recv().await.unwrap();
    shutdown.cancel();
    finish.cancel();
    assert_eq!(
        request.await.unwrap().unwrap().text().await.unwrap(),
        "done"
    );
    serving.await.unwrap();
}

#[tokio::test]
async fn shutdown_does_not_wait_for_ever() {
    let (started, mut seen) = tokio::sync::mpsc::channel(1);
    let route = get(move || async move {
        started.send(()).await.unwrap();
        std::future::pending::<()>().await;
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let shutdown = CancellationToken::new();
    let router = Router::new().route("/", route);
    let limits = web::Limits {
        drain: Duration::from_millis(50),
        ..web::Limits::default()
    };
    let serving = tokio::spawn(web::serve(listener, router, limits, shutdown.clone()));
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap();
    let _request = tokio::spawn(client.get(url).send());
    seen.recv().await.unwrap();
    shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(5), serving)
        .await
        .unwrap()
        .unwrap();
}
