//! How callbacks are repeated.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};

use super::super::{CallbackRetry, Options};
use super::{TO, quick, serve, stand_in};

/// The idempotency tokens of each status's callbacks, in the order of their arrival.
type Tries = Arc<Mutex<HashMap<String, Vec<String>>>>;

/// A receiver that answers the first callbacks of each status with `answers`, later ones with 200.
async fn receiver(answers: &'static [u16]) -> (String, Tries) {
    let tries = Tries::default();
    let seen = Arc::clone(&tries);
    let answer = move |headers: HeaderMap, body: String| async move {
        let status = url::form_urlencoded::parse(body.as_bytes())
            .find(|(name, _)| name == "MessageStatus")
            .map(|(_, value)| value.into_owned())
            .unwrap();
        let token = headers["i-twilio-idempotency-token"].to_str().unwrap();
        let mut seen = seen.lock().unwrap();
        let tries = seen.entry(status).or_default();
        tries.push(token.to_owned());
        let answer = answers.get(tries.len() - 1).copied().unwrap_or(200);
        StatusCode::from_u16(answer).unwrap()
    };
    let app = axum::Router::new().route("/status", post(answer));
    (format!("{}/status", serve(app).await), tries)
}

/// Sends a message and returns what became of its callbacks.
async fn callbacks(options: Options, url: &str) -> Value {
    let twilio = stand_in(options).await;
    twilio.send(TO, "Hello", Some(url)).await;
    twilio.settled().await["callbacks"].clone()
}

#[tokio::test]
async fn a_callback_is_repeated_as_often_and_for_what_its_url_says() {
    for (overrides, answers, expected) in [
        ("", &[500, 500][..], 1),
        ("#rc=2", &[500, 500], 1),
        ("#rc=2&rp=4xx", &[500, 500], 1),
        ("#rc=2&rp=4xx", &[404, 404], 3),
        ("#rp=5xx", &[500, 500], 2),
        ("#rc=2&rp=ct,5xx", &[500, 500, 500], 3),
        ("#rc=5&rp=all", &[500, 404], 3),
        ("#rc=5&rp=all", &[302], 1),
        ("#rc=0&rp=all", &[500], 1),
        ("#rc=5&rp=all&tt=500", &[500; 6], 3),
    ] {
        let (url, tries) = receiver(answers).await;
        let counts = callbacks(quick(), &format!("{url}{overrides}")).await;
        let tries = tries.lock().unwrap();
        for status in ["sent", "delivered"] {
            let tokens = &tries[status];
            assert_eq!(tokens.len(), expected, "{status}, {overrides}: {counts}");
            assert!(tokens.iter().all(|token| *token == tokens[0]));
        }
        assert_ne!(tries["sent"][0], tries["delivered"][0]);
        let gave_up = answers.len() >= expected;
        assert_eq!(counts["failed"], if gave_up { 2 } else { 0 }, "{overrides}");
        assert_eq!(counts["answered"], if gave_up { 0 } else { 2 });
    }
}

#[tokio::test]
async fn a_callback_without_a_connection_is_repeated_once_by_default() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/status", closed.local_addr().unwrap());
    drop(closed);
    let counts = callbacks(quick(), &url).await;
    assert_eq!(
        (&counts["retried"], &counts["failed"]),
        (&json!(2), &json!(2))
    );
}

#[tokio::test]
async fn a_callback_that_is_not_answered_is_repeated_only_on_request() {
    let silent = axum::Router::new().route("/status", post(std::future::pending::<()>));
    let origin = serve(silent).await;
    for (overrides, retried) in [("rt=100", 0), ("rt=100&rp=rt", 2)] {
        let counts = callbacks(quick(), &format!("{origin}/status#{overrides}")).await;
        assert_eq!(counts["retried"], retried, "{overrides}");
        assert_eq!(counts["failed"], 2);
    }
}

#[tokio::test]
async fn a_stand_in_may_be_told_to_lose_no_callback() {
    let (url, tries) = receiver(&[500, 404]).await;
    let give_up_after = Duration::from_secs(20);
    let options = Options {
        callback_retry: CallbackRetry::UntilAccepted { give_up_after },
        ..quick()
    };
    let counts = callbacks(options, &url).await;
    assert_eq!(counts["answered"], 2);
    assert_eq!(tries.lock().unwrap()["delivered"].len(), 3);
}
