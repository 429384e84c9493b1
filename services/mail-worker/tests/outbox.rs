//! What is in the outbox reaches Resend once, whatever happens. Needs `DNWERKS_TEST_DATABASE_URL`:
//! a superuser's address on a cluster with the template database `dnwerks_template`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what panics here is the failed test"
)]

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use domain::{Clock as _, SystemClock};
use mail_worker::{MailWorker, Settings, WebhookState};
use rows_as_service::mail::Outbox;
use serde_json::json;
use testkit::TestDatabase;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A test's own database and Resend, and a worker between them.
struct Project {
    database: TestDatabase,
    outbox: Outbox,
    resend: MockServer,
    settings: Settings,
    worker: MailWorker,
}

impl Project {
    async fn new() -> Self {
        let database = TestDatabase::create().await.unwrap();
        let outbox = Outbox::new(database.database(5).unwrap());
        let resend = MockServer::start().await;
        let settings = Settings {
            frontend_url: "https://app.example.com".parse().unwrap(),
            webhook_secret: Some(SECRET.into()),
        };
        let client = resend::Client::new(&resend::Settings {
            api_key: "re_test".into(),
            from_email: "DNwerks <mail@example.com>".to_owned(),
            api_url: resend.uri().parse().unwrap(),
            timeout_seconds: 15,
        })
        .unwrap();
        let worker =
            MailWorker::new(&settings, outbox.clone(), client, Arc::new(SystemClock)).unwrap();
        Self {
            database,
            outbox,
            resend,
            settings,
            worker,
        }
    }

    async fn answer(&self, answer: ResponseTemplate, times: u64) {
        Mock::given(method("POST"))
            .and(path("/emails"))
            .respond_with(answer)
            .up_to_n_times(times)
            .mount(&self.resend)
            .await;
    }

    async fn queue(&self, kind: &str, recipient: &str, contents: serde_json::Value) {
        sqlx::query("select private.queue_mail($1, $2, $3)")
            .bind(kind)
            .bind(recipient)
            .bind(contents)
            .execute(self.database.pool())
            .await
            .unwrap();
    }

    async fn round(&self) -> usize {
        self.worker
            .run_once(&CancellationToken::new())
            .await
            .unwrap()
    }

    async fn run(&self, statement: &'static str) {
        sqlx::query(statement)
            .execute(self.database.pool())
            .await
            .unwrap();
    }

    /// State, last error and contents of the only mail to `recipient` of this kind.
    async fn mail(&self, recipient: &str) -> (String, Option<String>, serde_json::Value) {
        sqlx::query_as("select state, last_error, contents from private.mails where recipient = $1 order by id desc limit 1")
            .bind(recipient)
            .fetch_one(self.database.pool())
            .await
            .unwrap()
    }

    /// Idempotency key and body of every request so far.
    async fn requests(&self) -> Vec<(String, Vec<u8>)> {
        let requests = self.resend.received_requests().await.unwrap();
        requests
            .into_iter()
            .map(|request| {
                (
                    request.headers["idempotency-key"]
                        .to_str()
                        .unwrap()
                        .to_owned(),
                    request.body,
                )
            })
            .collect()
    }
}

fn accepted(id: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "id": id }))
}

fn reset_contents() -> serde_json::Value {
    let expires_at = SystemClock.now() + chrono::TimeDelta::hours(1);
    json!({ "token": "feedc0de", "expires_at": expires_at, "by_admin": false })
}

#[tokio::test]
async fn a_sent_mail_leaves_no_token_behind() {
    let project = Project::new().await;
    project.answer(accepted("re-1"), 1).await;
    project
        .queue("password_reset", "ann@example.com", reset_contents())
        .await;
    assert_eq!(project.round().await, 1);
    assert_eq!(
        project.mail("ann@example.com").await,
        ("sent".to_owned(), None, json!({}))
    );
    let (_, body) = project.requests().await.remove(0);
    assert!(
        String::from_utf8(body)
            .unwrap()
            .contains("reset-password?token=feedc0de")
    );
    assert_eq!(project.round().await, 0);
}

#[tokio::test]
async fn a_worker_killed_between_sending_and_recording_sends_nothing_twice() {
    let project = Project::new().await;
    project
        .answer(accepted("re-1").set_delay(Duration::from_secs(10)), 1)
        .await;
    project.answer(accepted("re-1"), 1).await;
    project
        .queue("password_reset", "ann@example.com", reset_contents())
        .await;
    let worker = project.worker.clone();
    let killed = tokio::spawn(async move { worker.run_once(&CancellationToken::new()).await });
    // Resend has the request; the answer is never read.
    tokio::time::timeout(Duration::from_secs(10), async {
        while project.requests().await.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    killed.abort();
    assert!(killed.await.unwrap_err().is_cancelled());

    assert_eq!(project.round().await, 0, "the lease still holds");
    project
        .run("update private.mails set leased_until = now() - interval '1 s'")
        .await;
    assert_eq!(project.round().await, 1);
    let requests = project.requests().await;
    assert_eq!(requests.len(), 2);
    assert_eq!(
        requests[0], requests[1],
        "same key and same bytes: Resend sends one mail"
    );
    assert_eq!(project.mail("ann@example.com").await.0, "sent");
}

#[tokio::test]
async fn a_mail_in_doubt_for_a_day_is_given_up_rather_than_sent_twice() {
    let project = Project::new().await;
    project.answer(ResponseTemplate::new(500), 1).await;
    project
        .queue("approval", "ann@example.com", json!({}))
        .await;
    project.round().await;
    assert_eq!(
        project.mail("ann@example.com").await.1.as_deref(),
        Some("unclear")
    );
    project.run("update private.mails set due_at = now(), first_attempt_at = now() - interval '23 h 1 min'").await;
    project.round().await;
    let (state, reason, _) = project.mail("ann@example.com").await;
    assert_eq!(
        (state.as_str(), reason.as_deref()),
        ("failed", Some("in_doubt"))
    );
    assert_eq!(project.requests().await.len(), 1);
}

#[tokio::test]
async fn a_used_up_quota_parks_everything_and_loses_nothing() {
    let project = Project::new().await;
    let quota = ResponseTemplate::new(429)
        .set_body_json(json!({ "name": "daily_quota_exceeded", "message": "" }));
    project.answer(quota, 1).await;
    project.answer(accepted("re-1"), 2).await;
    project
        .queue("approval", "ann@example.com", json!({}))
        .await;
    project
        .queue("approval", "bob@example.com", json!({}))
        .await;
    assert_eq!(project.round().await, 2);
    assert_eq!(project.requests().await.len(), 1, "nobody else is tried");
    assert_eq!(
        project.round().await,
        0,
        "nothing is leased while the quota is used up"
    );
    project
        .run("update private.mail_pause set paused_until = now()")
        .await;
    assert_eq!(project.round().await, 2);
    assert_eq!(project.mail("ann@example.com").await.0, "sent");
    assert_eq!(project.mail("bob@example.com").await.0, "sent");
}

#[tokio::test]
async fn a_refused_mail_is_given_up_and_a_busy_resend_is_asked_again() {
    let project = Project::new().await;
    let refused = ResponseTemplate::new(422)
        .set_body_json(json!({ "name": "validation_error", "message": "" }));
    project.answer(refused, 1).await;
    project
        .queue("approval", "ann@example.com", json!({}))
        .await;
    project.round().await;
    assert_eq!(project.mail("ann@example.com").await.0, "failed");

    let busy = ResponseTemplate::new(429)
        .insert_header("retry-after", "7")
        .set_body_json(json!({ "name": "rate_limit_exceeded", "message": "" }));
    project.answer(busy, 1).await;
    project
        .queue("approval", "bob@example.com", json!({}))
        .await;
    project.round().await;
    assert_eq!(project.mail("bob@example.com").await.0, "queued");
    let wait: f64 = sqlx::query_scalar(
        "select extract(epoch from due_at - now())::float8 from private.mails where recipient = 'bob@example.com'",
    )
    .fetch_one(project.database.pool())
    .await
    .unwrap();
    assert!((5.0..=7.0).contains(&wait), "{wait}");
}

#[tokio::test]
async fn a_reset_that_has_run_out_is_not_mailed_any_more() {
    let project = Project::new().await;
    let contents = json!({ "token": "t", "expires_at": "2026-01-01T00:00:00Z", "by_admin": true });
    project
        .queue("password_reset", "ann@example.com", contents)
        .await;
    project.round().await;
    let (state, _, contents) = project.mail("ann@example.com").await;
    assert_eq!((state.as_str(), contents), ("cancelled", json!({})));
    assert!(project.requests().await.is_empty());
}

#[tokio::test]
async fn a_bounce_stops_further_mail_and_only_resend_can_report_one() {
    let project = Project::new().await;
    project.answer(accepted("re-7"), 1).await;
    project
        .queue("approval", "Ann@example.com", json!({}))
        .await;
    project.round().await;

    let state = WebhookState::new(
        &project.settings,
        project.outbox.clone(),
        Arc::new(SystemClock),
    );
    let router = mail_worker::router(state);
    let body = json!({
        "type": "email.bounced", "created_at": SystemClock.now(), "data": { "email_id": "re-7" },
    })
    .to_string();
    let timestamp = SystemClock.now().timestamp().to_string();
    let signature =
        resend::webhook::sign(&SECRET.into(), "evt-1", &timestamp, body.as_bytes()).unwrap();
    let event = |signature: &str| {
        Request::post("/api/webhooks/resend")
            .header("svix-id", "evt-1")
            .header("svix-timestamp", &timestamp)
            .header("svix-signature", signature)
            .body(Body::from(body.clone()))
            .unwrap()
    };
    let forged = router.clone().oneshot(event("v1,AAAA")).await.unwrap();
    assert_eq!(forged.status(), StatusCode::UNAUTHORIZED);
    for _ in 0..2 {
        let answer = router.clone().oneshot(event(&signature)).await.unwrap();
        assert_eq!(
            answer.status(),
            StatusCode::NO_CONTENT,
            "a repeated delivery too"
        );
    }

    project
        .queue("password_reset", "ann@Example.com", reset_contents())
        .await;
    project.round().await;
    let (state, _, contents) = project.mail("ann@Example.com").await;
    assert_eq!((state.as_str(), contents), ("suppressed", json!({})));
    assert_eq!(project.requests().await.len(), 1);
}
