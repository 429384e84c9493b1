//! Inbound messages through the router, into the test's own database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "test code: a panic is the failed test"
)]

mod stage;

use std::time::{Duration, Instant};

use axum::body::to_bytes;
use axum::http::StatusCode;
use futures::future::join_all;
use secrecy::SecretString;
use sqlx::Executor as _;
use stage::{ACCOUNT, BASE, Stage};
use twilio::signature;
use twilio_callbacks::INBOUND_PATH;

const NOTHING: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;

impl Stage {
    /// Ten customers, +14155550001 to 10.
    async fn new() -> Self {
        Self::with_messages(10).await
    }

    async fn say(&self, sid: &str, phone: &str, body: &str) -> String {
        self.text(&[
            ("MessageSid", sid),
            ("From", phone),
            ("To", "+15005550006"),
            ("Body", body),
        ])
        .await
    }

    async fn text(&self, fields: &[(&str, &str)]) -> String {
        let (status, body) = self.try_post(fields, &self.token).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    async fn try_post(
        &self,
        fields: &[(&str, &str)],
        token: &SecretString,
    ) -> (StatusCode, String) {
        let fields: Vec<_> = fields
            .iter()
            .copied()
            .chain([("AccountSid", ACCOUNT)])
            .collect();
        let url = format!("{BASE}{INBOUND_PATH}");
        let signature = signature::sign(token, &url, fields.iter().copied());
        let answer = self.post_to(INBOUND_PATH, &fields, &signature).await;
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 10_000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn ask<T>(&self, statement: &'static str, phone: &str) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        sqlx::query_scalar(statement)
            .bind(phone)
            .fetch_one(self.database.pool())
            .await
            .unwrap()
    }

    async fn is_suppressed(&self, phone: &str) -> bool {
        self.ask(
            "select not private.may_text($1, 'a1000000-0000-4000-8000-000000000001')",
            phone,
        )
        .await
    }

    /// Takes as a worker does; the numbers of what was taken.
    async fn take(&self, at_most: i32) -> Vec<String> {
        sqlx::query_scalar(
            r#"select "to" from private.take_messages('w', $1, '45 s') where message_id is not null"#,
        )
        .bind(at_most)
        .fetch_all(self.database.pool())
        .await
        .unwrap()
    }
}

fn message(text: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><Response><Message>{text}</Message></Response>"#
    )
}

#[tokio::test]
async fn nobody_is_answered_by_twilio_and_by_us() {
    let stage = Stage::new().await;
    assert_eq!(stage.say("SM1", "+14155550001", "STOP").await, NOTHING);
    assert_eq!(
        stage.say("SM2", "+14155550002", "Stop please!").await,
        message("Stopped &lt;for good&gt;")
    );
    assert_eq!(
        stage
            .text(&[
                ("MessageSid", "SM3"),
                ("From", "+14155550003"),
                ("Body", "halt"),
                ("OptOutType", "STOP"),
            ])
            .await,
        NOTHING
    );
    assert_eq!(stage.say("SM4", "+14155550004", "HELP").await, NOTHING);
    assert_eq!(
        stage.say("SM5", "+14155550004", "¡Ayuda!").await,
        message("Help &amp; more")
    );
    assert_eq!(stage.say("SM6", "+14155550004", "Hi").await, NOTHING);
    for phone in ["+14155550001", "+14155550002", "+14155550003"] {
        assert!(stage.is_suppressed(phone).await, "{phone}");
    }
    assert!(!stage.is_suppressed("+14155550004").await);
    let taken = stage.take(100).await;
    assert_eq!(taken.len(), 7, "{taken:?}");
}

#[tokio::test]
async fn a_repeat_gets_the_same_answer_and_changes_nothing() {
    let stage = Stage::new().await;
    let answers =
        join_all((0..10).map(|_| stage.say("SM1", "+14155550001", "stop it please"))).await;
    for answer in answers {
        assert_eq!(answer, message("Stopped &lt;for good&gt;"));
    }
    stage.say("SM2", "+14155550001", "START").await;
    stage.say("SM1", "+14155550001", "stop it please").await;
    assert!(!stage.is_suppressed("+14155550001").await);
    let kept: i64 = stage
        .ask(
            "select count(*) from public.conversation_messages m
             join public.conversations c on c.id = m.conversation_id where c.phone = $1",
            "+14155550001",
        )
        .await;
    assert_eq!(kept, 2);
    let words: i64 = stage
        .ask(
            "select count(*) from private.consent_events where phone = $1",
            "+14155550001",
        )
        .await;
    assert_eq!(words, 2);
}

#[tokio::test]
async fn a_stop_is_answered_only_when_nothing_can_begin_any_more() {
    let stage = Stage::new().await;
    let taken = stage.take(4).await;
    assert_eq!(taken.len(), 4);
    let begun = Instant::now();
    stage.say("SM1", &taken[0], "STOP").await;
    let waited = begun.elapsed();
    assert!(waited > Duration::from_millis(900), "{waited:?}");
    assert!(waited < Duration::from_secs(3), "{waited:?}");
    // Whoever is not in a claim need not wait.
    let free: String = stage
        .ask(
            "select phone from public.customers where phone <> all ($1::text[]) limit 1",
            &format!("{{{}}}", taken.join(",")),
        )
        .await;
    let begun = Instant::now();
    stage.say("SM2", &free, "STOP").await;
    let waited = begun.elapsed();
    assert!(waited < Duration::from_millis(900), "{waited:?}");
}

#[tokio::test]
async fn what_others_have_locked_delays_no_stop_for_long() {
    let stage = Stage::new().await;
    let mut import = stage.database.pool().begin().await.unwrap();
    import
        .execute(
            "update public.customers set first_name = 'Locked';
             select private.record_consents('a1000000-0000-4000-8000-000000000001', null, array_agg(
               row(c.phone, 'given', null, 'import', '{}')::private.new_consent
             )) from public.customers c",
        )
        .await
        .unwrap();
    let begun = Instant::now();
    stage.say("SM1", "+14155550001", "STOP").await;
    let waited = begun.elapsed();
    assert!(waited < Duration::from_secs(3), "{waited:?}");
    assert!(stage.is_suppressed("+14155550001").await);
    import.commit().await.unwrap();
    stage
        .database
        .pool()
        .execute("select private.record_waiting_consents(); select private.apply_suppressions()")
        .await
        .unwrap();
    let consented: bool = stage
        .ask(
            "select private.has_consent($1, 'a1000000-0000-4000-8000-000000000001')",
            "+14155550001",
        )
        .await;
    assert!(!consented, "the revocation came after the import began");
    let status: String = stage
        .ask(
            "select status from public.customers where phone = $1",
            "+14155550001",
        )
        .await;
    assert_eq!(status, "inactive");
}

#[tokio::test]
async fn only_twilio_speaks_for_people() {
    let stage = Stage::new().await;
    let fields = [
        ("MessageSid", "SM1"),
        ("From", "+14155550001"),
        ("Body", "START"),
    ];
    let (status, _) = stage.try_post(&fields, &"guessed".into()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let kept: i64 = stage
        .ask(
            "select count(*) from public.conversations where phone = $1",
            "+14155550001",
        )
        .await;
    assert_eq!(kept, 0);
}
