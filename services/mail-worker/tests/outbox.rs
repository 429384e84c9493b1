//! What is in the outbox reaches Resend once, whatever happens. Needs `DNWERKS_TEST_DATABASE_URL`:
//! a superuser's address on a cluster with the template database `dnwerks_template`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what panics here is the failed test"
)]
#![allow(dead_code, reason = "each test file uses a part of `project`")]

mod project;

use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;
use wiremock::ResponseTemplate;

use self::project::{Project, accepted, reset_contents};

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
    assert_eq!((state.as_str(), contents), ("canceled", json!({})));
    assert!(project.requests().await.is_empty());
}
