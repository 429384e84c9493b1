//! The stand-in, driven by our own client.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::resend::webhook::{self, Headers};
use ::resend::{Client, Email, NextStep, Quota, SendError, Settings};
use axum::http::HeaderMap;
use axum::routing::post;
use domain::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::{Options, router};

async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

struct StandIn {
    origin: String,
    client: Client,
    http: reqwest::Client,
}

async fn stand_in(options: Options) -> StandIn {
    let api_key = options.api_key.clone().into();
    let origin = serve(router(options).unwrap()).await;
    let client = Client::new(&Settings {
        api_key,
        from_email: "DNwerks <hello@example.com>".into(),
        api_url: origin.parse().unwrap(),
        timeout_seconds: 5,
    })
    .unwrap();
    let http = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    StandIn {
        origin,
        client,
        http,
    }
}

fn email<'a>(to: &'a str, subject: &'a str) -> Email<'a> {
    Email {
        to,
        subject,
        html: "<p>Hello</p>",
        text: "Hello",
        headers: BTreeMap::new(),
    }
}

impl StandIn {
    async fn send(&self, subject: &str, key: &str) -> Result<String, SendError> {
        let sent = self
            .client
            .send(&email("ann@example.org", subject), key)
            .await?;
        Ok(sent.id)
    }

    async fn faults(&self, faults: Value) {
        let url = format!("{}/_control/faults", self.origin);
        assert!(
            self.http
                .put(url)
                .json(&faults)
                .send()
                .await
                .unwrap()
                .status()
                .is_success()
        );
    }

    async fn outbox(&self) -> Vec<Value> {
        let url = format!("{}/outbox.json", self.origin);
        let outbox: Value = self
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        outbox["emails"].as_array().unwrap().clone()
    }

    async fn page(&self, path: &str) -> String {
        let url = format!("{}{path}", self.origin);
        self.http
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn the_same_key_and_mail_make_one_mail_and_another_mail_is_refused() {
    let resend = stand_in(Options::default()).await;
    let first = resend.send("Welcome", "invite/1").await.unwrap();
    assert_eq!(resend.send("Welcome", "invite/1").await.unwrap(), first);
    assert!(matches!(
        resend.send("Goodbye", "invite/1").await,
        Err(SendError::IdempotencyMismatch)
    ));
    assert_ne!(resend.send("Welcome", "invite/2").await.unwrap(), first);
    assert_eq!(resend.outbox().await.len(), 2);
}

#[tokio::test]
async fn what_was_taken_before_the_failure_is_not_mailed_twice() {
    for fault in ["fail_after", "drop_after"] {
        let resend = stand_in(Options::default()).await;
        resend.faults(json!({ fault: 1 })).await;
        let error = resend.send("Welcome", "invite/1").await.unwrap_err();
        assert_eq!(error.next_step(), NextStep::Repeat(None), "{fault}");
        resend.send("Welcome", "invite/1").await.unwrap();
        assert_eq!(resend.outbox().await.len(), 1, "{fault}");
    }
}

#[tokio::test]
async fn a_key_whose_first_request_is_running_is_to_be_repeated() {
    let resend = stand_in(Options::default()).await;
    resend.faults(json!({"latency_ms": 200})).await;
    let (first, second) = tokio::join!(
        resend.send("Welcome", "invite/1"),
        resend.send("Welcome", "invite/1")
    );
    let failed = [first, second]
        .into_iter()
        .filter_map(Result::err)
        .collect::<Vec<_>>();
    assert!(matches!(failed[..], [SendError::ConcurrentRequest]));
    assert_eq!(resend.outbox().await.len(), 1);
}

#[tokio::test]
async fn refusals_on_request_read_as_resends() {
    let resend = stand_in(Options::default()).await;
    for (faults, step) in [
        (
            json!({"rate_limited": 1, "retry_after_seconds": 7}),
            NextStep::Repeat(Some(Duration::from_secs(7))),
        ),
        (
            json!({"daily_quota": 1}),
            NextStep::AwaitQuota(Quota::Daily),
        ),
        (
            json!({"monthly_quota": 1}),
            NextStep::AwaitQuota(Quota::Monthly),
        ),
        (json!({"concurrent": 1}), NextStep::Repeat(None)),
        (json!({"fail_before": 1}), NextStep::Repeat(None)),
        (
            json!({"invalid_recipients": ["ann@example.org"]}),
            NextStep::GiveUp,
        ),
    ] {
        resend.faults(faults.clone()).await;
        let error = resend.send("Welcome", "invite/1").await.unwrap_err();
        assert_eq!(error.next_step(), step, "{faults}");
    }
    assert!(resend.outbox().await.is_empty());
}

#[tokio::test]
async fn more_requests_than_allowed_are_told_when_to_come_back() {
    let resend = stand_in(Options {
        requests_per_second: Some(1),
        ..Options::default()
    })
    .await;
    let sent = resend
        .client
        .send(&email("ann@example.org", "1"), "1")
        .await
        .unwrap();
    assert_eq!(sent.rate_limit.unwrap().remaining, 0);
    assert!(matches!(
        resend.send("2", "2").await,
        Err(SendError::RateLimited {
            retry_after: Some(_)
        })
    ));
}

#[tokio::test]
async fn another_key_is_refused() {
    let resend = stand_in(Options::default()).await;
    let url = format!("{}/emails", resend.origin);
    let answer = resend
        .http
        .post(url)
        .bearer_auth("re_other")
        .json(&json!({}))
        .send()
        .await;
    assert_eq!(answer.unwrap().status(), 401);
}

#[tokio::test]
async fn the_outbox_shows_a_mail_without_running_it() {
    let resend = stand_in(Options::default()).await;
    let id = resend
        .send("<script>alert(1)</script>", "invite/1")
        .await
        .unwrap();
    assert!(!resend.page("/").await.contains("<script>"));
    let page = resend.page(&format!("/outbox/{id}")).await;
    assert!(page.contains("sandbox=") && page.contains("&lt;p&gt;Hello&lt;/p&gt;"));
    assert!(!page.contains("<script>"));
}

#[tokio::test]
async fn events_are_signed() {
    let options = Options::default();
    let secret = options.webhook_secret.clone().into();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let hooks = serve(axum::Router::new().route(
        "/resend",
        post(move |headers: HeaderMap, body: String| async move {
            let header = |name: &str| headers[name].to_str().unwrap();
            let signed = Headers {
                id: header("svix-id"),
                timestamp: header("svix-timestamp"),
                signature: header("svix-signature"),
            };
            let valid = webhook::verify(&secret, signed, body.as_bytes(), SystemClock.now());
            let event = webhook::Event::parse(body.as_bytes());
            kept.lock()
                .unwrap()
                .push((valid, event.kind, event.email_id));
        }),
    ))
    .await;
    let resend = stand_in(options).await;
    let id = resend.send("Welcome", "invite/1").await.unwrap();
    let url = format!("{}/_control/events", resend.origin);
    let event = json!({"email_id": id, "type": "bounced", "url": format!("{hooks}/resend")});
    assert!(
        resend
            .http
            .post(url)
            .json(&event)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    assert_eq!(
        *seen.lock().unwrap(),
        [(Ok(()), webhook::EventKind::Bounced, Some(id))]
    );
    assert_eq!(resend.outbox().await[0]["last_event"], "bounced");
}
