//! Status callbacks through the router, into the test's own database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "test code: a panic is the failed test"
)]

mod stage;

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use stage::{BASE, Stage};
use twilio::signature;
use twilio_callbacks::{CHECK_QUERY, STATUS_PATH};
use uuid::Uuid;

#[tokio::test]
async fn only_what_twilio_signed_is_believed() {
    let stage = Stage::with_messages(1).await;
    let id = stage.message(1).await;
    let query = format!("?message={id}");
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "delivered")];
    assert_eq!(
        stage.post(&query, &fields, "bm90IGl0").await,
        StatusCode::FORBIDDEN
    );
    let elsewhere = signature::sign(&stage.token, &format!("{BASE}{STATUS_PATH}"), fields);
    assert_eq!(
        stage.post(&query, &fields, &elsewhere).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(stage.state(1).await.0, "pending");
}

#[tokio::test]
async fn a_check_of_the_address_is_answered_and_leaves_nothing() {
    let stage = Stage::with_messages(1).await;
    let query = format!("?{CHECK_QUERY}");
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "delivered")];
    let unsigned = stage
        .post(&query, &fields, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        .await;
    assert_eq!(unsigned, StatusCode::FORBIDDEN);
    let url = format!("{BASE}{STATUS_PATH}{query}");
    let signature = signature::sign(&stage.token, &url, fields);
    let signed = stage.post(&query, &fields, &signature).await;
    assert_eq!(signed, StatusCode::NO_CONTENT);
    let kept: i64 = sqlx::query_scalar("select count(*) from private.twilio_events")
        .fetch_one(stage.database.pool())
        .await
        .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn a_callback_before_the_create_answer_brings_the_sid() {
    let stage = Stage::with_messages(1).await;
    let id = stage.message(1).await;
    let answer = stage
        .call(
            Some(id),
            &[
                ("MessageSid", "SM1"),
                ("MessageStatus", "sent"),
                ("ABrandNewField", "x"),
            ],
        )
        .await;
    assert_eq!(answer, StatusCode::NO_CONTENT);
    assert_eq!(
        stage.state(1).await,
        ("sent".into(), Some("SM1".into()), None)
    );
    // From then on the sid alone is enough.
    stage
        .call(
            None,
            &[("MessageSid", "SM1"), ("MessageStatus", "delivered")],
        )
        .await;
    assert_eq!(stage.state(1).await.0, "delivered");
}

#[tokio::test]
async fn late_and_repeated_callbacks_change_nothing() {
    let stage = Stage::with_messages(1).await;
    let id = stage.message(1).await;
    for status in ["delivered", "sent", "delivered", "queued", "undelivered"] {
        let fields = [("MessageSid", "SM1"), ("MessageStatus", status)];
        assert_eq!(stage.call(Some(id), &fields).await, StatusCode::NO_CONTENT);
        assert_eq!(
            stage.state(1).await,
            ("delivered".into(), Some("SM1".into()), None)
        );
    }
}

#[tokio::test]
async fn callbacks_about_unknown_messages_are_taken_and_forgotten() {
    let stage = Stage::with_messages(1).await;
    let fields = [("MessageSid", "SM9"), ("MessageStatus", "sent")];
    assert_eq!(
        stage.call(Some(Uuid::new_v4()), &fields).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(stage.call(None, &fields).await, StatusCode::NO_CONTENT);
    assert_eq!(
        stage.call(None, &[("Surprise", "1")]).await,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn an_undeliverable_number_fails_and_is_not_texted_again() {
    let stage = Stage::with_messages(1).await;
    let id = stage.message(1).await;
    let fields = [
        ("MessageSid", "SM1"),
        ("MessageStatus", "undelivered"),
        ("ErrorCode", "30006"),
    ];
    stage.call(Some(id), &fields).await;
    assert_eq!(
        stage.state(1).await,
        ("failed".into(), Some("SM1".into()), Some(30006))
    );
    // The send workers do this every few seconds: a callback never waits for a lock on a customer.
    sqlx::query("select private.apply_suppressions()")
        .execute(stage.database.pool())
        .await
        .unwrap();
    let status: String = sqlx::query_scalar("select status from public.customers")
        .fetch_one(stage.database.pool())
        .await
        .unwrap();
    assert_eq!(status, "inactive");
}

#[tokio::test]
async fn callbacks_that_come_together_are_all_durable_when_answered_and_counted() {
    let stage = Stage::with_messages(500).await;
    let ids = stage.messages().await;
    let mut calls = Vec::new();
    for (position, id) in ids.iter().enumerate() {
        let sid = format!("SM{position}");
        let stage = &stage;
        calls.push(async move {
            let sent = [("MessageSid", sid.as_str()), ("MessageStatus", "sent")];
            let delivered = [("MessageSid", sid.as_str()), ("MessageStatus", "delivered")];
            tokio::join!(
                stage.call(Some(*id), &sent),
                stage.call(Some(*id), &delivered)
            )
        });
    }
    for (sent, delivered) in futures::future::join_all(calls).await {
        assert_eq!(
            (sent, delivered),
            (StatusCode::NO_CONTENT, StatusCode::NO_CONTENT)
        );
    }
    let counts: (String, i32, i32, i32) = sqlx::query_as(
        "select status, sent_count, delivered_count, pending_count from public.campaigns",
    )
    .fetch_one(stage.database.pool())
    .await
    .unwrap();
    assert_eq!(counts, ("sent".into(), 500, 500, 0));
}

#[tokio::test]
async fn of_callbacks_that_went_on_for_seconds_the_last_ones_are_counted_when_all_are_answered() {
    let stage = Stage::with_messages(100).await;
    let ids = stage.messages().await;
    let say = async |status| {
        let calls = ids.iter().enumerate().map(|(position, id)| {
            let (sid, stage) = (format!("SM{position}"), &stage);
            async move {
                let fields = [("MessageSid", sid.as_str()), ("MessageStatus", status)];
                stage.call(Some(*id), &fields).await
            }
        });
        let answers = futures::future::join_all(calls).await;
        assert_eq!(answers, [StatusCode::NO_CONTENT; 100], "{status}");
    };
    // After a second of many they are counted a tenth of a second later, and the answers are not held back for that.
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(2100) {
        say("sent").await;
    }
    say("delivered").await;
    let delivered: i32 = sqlx::query_scalar("select delivered_count from public.campaigns")
        .fetch_one(stage.database.pool())
        .await
        .unwrap();
    assert_eq!(delivered, 100);
}
