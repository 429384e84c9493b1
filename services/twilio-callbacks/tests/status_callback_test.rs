//! Status callbacks through the router, into the test's own database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "test code: a panic is the failed test"
)]

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use rows_as_service::callbacks::Deliveries;
use rows_as_service::inbound::Inbound;
use secrecy::SecretString;
use sqlx::Executor as _;
use testkit::TestDatabase;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use twilio::signature;
use twilio_callbacks::{Callbacks, STATUS_PATH, Settings, router};
use uuid::Uuid;

const BASE: &str = "https://hooks.example/sms";
const ACCOUNT: &str = "AC00000000000000000000000000000001";

struct Stage {
    database: TestDatabase,
    router: Router,
    token: SecretString,
}

impl Stage {
    /// A campaign of `count` messages that are claimed and whose create answers are not recorded yet.
    async fn with_messages(count: i32) -> Self {
        let database = TestDatabase::create().await.unwrap();
        database.pool().execute(sqlx::AssertSqlSafe(format!(
            "insert into auth.users (id, email) values ('a0000000-0000-4000-8000-000000000001', 'a@callbacks.test');
             update public.user_profiles set id = 'a1000000-0000-4000-8000-000000000001', status = 'approved';
             insert into public.customers (user_id, phone)
               select 'a1000000-0000-4000-8000-000000000001', '+1415555' || lpad(n::text, 4, '0') from generate_series(1, {count}) n;
             insert into public.campaigns (id, user_id, name, message_body)
               values ('a3000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000000001', 'n', 'Hello');
             select private.launch_campaign('a3000000-0000-4000-8000-000000000001')",
        )))
        .await
        .unwrap();
        let settings = Settings {
            public_base_url: BASE.parse().unwrap(),
            account_sid: ACCOUNT.to_owned(),
            auth_token: "12345".into(),
            auth_token_secondary: Some("67890".into()),
            events_days: 90,
            waiting_callbacks: 4096,
            stop_reply: String::new(),
            help_reply: String::new(),
        };
        let inbound = Inbound::new(database.database(1).unwrap());
        let deliveries = Deliveries::new(database.database(4).unwrap());
        let callbacks = Callbacks::new(deliveries, inbound, &settings, CancellationToken::new());
        Self {
            database,
            router: router(callbacks),
            token: settings.auth_token,
        }
    }

    async fn message(&self, position: i32) -> Uuid {
        sqlx::query_scalar("select id from public.campaign_messages where position = $1")
            .bind(position)
            .fetch_one(self.database.pool())
            .await
            .unwrap()
    }

    /// Status, sid, error code of a message.
    async fn state(&self, position: i32) -> (String, Option<String>, Option<i32>) {
        sqlx::query_as(
            "select status, twilio_sid, error_code from public.campaign_messages where position = $1",
        )
        .bind(position)
        .fetch_one(self.database.pool())
        .await
        .unwrap()
    }

    async fn call(&self, message: Option<Uuid>, fields: &[(&str, &str)]) -> StatusCode {
        let query = message.map_or_else(String::new, |id| format!("?message={id}"));
        let url = format!("{BASE}{STATUS_PATH}{query}");
        let signature = signature::sign(&self.token, &url, fields.iter().copied());
        self.post(&query, fields, &signature).await
    }

    async fn post(&self, query: &str, fields: &[(&str, &str)], signature: &str) -> StatusCode {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = Request::post(format!("{STATUS_PATH}{query}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", signature)
            .body(Body::from(body))
            .unwrap();
        self.router.clone().oneshot(request).await.unwrap().status()
    }
}

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
    let ids: Vec<(Uuid, i32)> = sqlx::query_as("select id, position from public.campaign_messages")
        .fetch_all(stage.database.pool())
        .await
        .unwrap();
    let mut calls = Vec::new();
    for (id, position) in &ids {
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
