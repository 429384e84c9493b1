//! What Resend reports, and what is not Resend's. Needs `DNWERKS_TEST_DATABASE_URL`: a superuser's
//! address on a cluster with the template database `dnwerks_template`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what panics here is the failed test"
)]
#![allow(dead_code, reason = "each test file uses a part of `project`")]

mod project;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use domain::{Clock as _, SystemClock};
use mail_worker::WebhookState;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use self::project::{Project, SECRET, accepted, reset_contents};

/// The webhook of a project, with its secrets.
struct Webhook(Router);

impl Webhook {
    fn of(project: &Project, secrets: &str) -> Self {
        let mut settings = project.settings.clone();
        settings.webhook_secret = Some(secrets.into());
        let clock = Arc::new(SystemClock);
        let state = WebhookState::new(&settings, project.outbox.clone(), clock);
        Self(mail_worker::router(state))
    }

    async fn deliver(&self, id: &str, timestamp: &str, signature: &str, body: Body) -> StatusCode {
        let request = Request::post("/api/webhooks/resend")
            .header("svix-id", id)
            .header("svix-timestamp", timestamp)
            .header("svix-signature", signature)
            .body(body)
            .unwrap();
        self.0.clone().oneshot(request).await.unwrap().status()
    }

    async fn signed_by(&self, secret: &str, id: &str, body: &str) -> StatusCode {
        let timestamp = SystemClock.now().timestamp().to_string();
        let signature =
            resend::webhook::sign(&secret.into(), id, &timestamp, body.as_bytes()).unwrap();
        self.deliver(id, &timestamp, &signature, body.to_owned().into())
            .await
    }

    async fn event(&self, id: &str, body: &Value) {
        let status = self.signed_by(SECRET, id, &body.to_string()).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    }
}

fn event(kind: &str, mail: &str, more: &Value) -> Value {
    let mut event = json!({
        "type": kind, "created_at": SystemClock.now(), "data": { "email_id": mail, "to": ["x"] },
    });
    let data = event["data"].as_object_mut().unwrap();
    data.extend(more.as_object().unwrap().clone());
    event
}

fn bounce(mail: &str, kind: &str) -> Value {
    let bounce = json!({ "bounce": { "type": kind, "subType": "General", "message": "No." } });
    event("email.bounced", mail, &bounce)
}

impl Project {
    async fn sent(&self, recipient: &str, id: &str) {
        self.answer(accepted(id), 1).await;
        self.queue("approval", recipient, json!({})).await;
        assert_eq!(self.round().await, 1);
    }

    async fn suppressed(&self) -> Vec<(String, String)> {
        sqlx::query_as("select address, reason from private.mail_suppressions order by address")
            .fetch_all(self.database.pool())
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn only_resend_can_report() {
    let project = Project::new().await;
    project.sent("Ann@example.com", "re-7").await;
    let webhook = Webhook::of(&project, SECRET);
    let body = bounce("re-7", "Permanent").to_string();
    let now = SystemClock.now().timestamp();
    let sign = |at: i64| {
        let at = at.to_string();
        resend::webhook::sign(&SECRET.into(), "evt-1", &at, body.as_bytes()).unwrap()
    };
    let good = sign(now);
    let cases = [
        ("evt-1", now, "v1,AAAA"),
        ("evt-1", now, ""),
        ("evt-1", now, good.trim_start_matches("v1,")),
        ("evt-2", now, &good),
        ("", now, &good),
        ("evt-1", now + 1, &good),
        ("evt-1", now - 400, &sign(now - 400)),
        ("evt-1", now + 400, &sign(now + 400)),
    ];
    for (id, at, signature) in cases {
        let body = Body::from(body.clone());
        let status = webhook.deliver(id, &at.to_string(), signature, body).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{id} {at} {signature}");
    }
    // Without as much as a signature nothing is read, however long it is in coming.
    let never = Body::from_stream(futures::stream::pending::<Result<String, std::io::Error>>());
    let status = webhook.deliver("evt-1", &now.to_string(), "", never).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let status = webhook
        .signed_by(SECRET, "evt-1", &"x".repeat(300_000))
        .await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(project.suppressed().await, []);
}

#[tokio::test]
async fn two_secrets_count_during_a_rotation() {
    let project = Project::new().await;
    let new = "whsec_bmV3IHNlY3JldA==";
    let webhook = Webhook::of(&project, &format!("{SECRET}, {new}"));
    let body = bounce("re-7", "Permanent").to_string();
    for (n, secret) in [SECRET, new].into_iter().enumerate() {
        let status = webhook.signed_by(secret, &format!("evt-{n}"), &body).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }
    let status = webhook.signed_by("whsec_b3RoZXI=", "evt-3", &body).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_lasting_failure_stops_further_mail_until_it_is_lifted() {
    let project = Project::new().await;
    project.sent("Ann@example.com", "re-7").await;
    let webhook = Webhook::of(&project, SECRET);
    for _ in 0..2 {
        webhook.event("evt-1", &bounce("re-7", "Permanent")).await;
    }
    project
        .queue("password_reset", "ann@Example.com", reset_contents())
        .await;
    project.round().await;
    let (state, _, contents) = project.mail("ann@Example.com").await;
    assert_eq!((state.as_str(), contents), ("suppressed", json!({})));
    assert_eq!(project.requests().await.len(), 1);

    project
        .run("select private.lift_mail_suppression('ann@example.com', 'a test', null)")
        .await;
    project.sent("ann@example.com", "re-8").await;
    assert_eq!(project.requests().await.len(), 2);
    // Resend repeats what it has told before.
    webhook.event("evt-1", &bounce("re-7", "Permanent")).await;
    assert_eq!(project.suppressed().await, []);
}

#[tokio::test]
async fn complaints_and_resends_own_list_count_as_lasting() {
    let project = Project::new().await;
    let webhook = Webhook::of(&project, SECRET);
    for kind in ["complained", "suppressed"] {
        project.sent(&format!("{kind}@example.com"), kind).await;
        let event = event(&format!("email.{kind}"), kind, &json!({}));
        webhook.event(kind, &event).await;
    }
    let expected =
        ["complained", "suppressed"].map(|kind| (format!("{kind}@example.com"), kind.to_owned()));
    assert_eq!(project.suppressed().await, expected);
}

#[tokio::test]
async fn a_bounce_that_passes_has_the_mail_sent_again_under_a_new_key() {
    let project = Project::new().await;
    project.sent("ann@example.com", "re-1").await;
    let webhook = Webhook::of(&project, SECRET);
    let delayed = event("email.delivery_delayed", "re-1", &json!({}));
    webhook.event("evt-0", &delayed).await;
    for repeat in 1..=3 {
        let mail = format!("re-{repeat}");
        let quota = json!({ "failed": { "reason": "reached_daily_quota" } });
        let failure = match repeat {
            1 => bounce(&mail, "Transient"),
            2 => event("email.failed", &mail, &quota),
            _ => bounce(&mail, ""),
        };
        webhook.event(&mail, &failure).await;
        webhook.event(&format!("{mail} again"), &failure).await;
        assert_eq!(project.round().await, 0, "not at once");
        project
            .run("update private.mails set due_at = now() where state = 'queued'")
            .await;
        project
            .answer(accepted(&format!("re-{}", repeat + 1)), 1)
            .await;
        assert_eq!(project.round().await, 1);
    }
    webhook.event("evt-4", &bounce("re-4", "Transient")).await;
    project.run("update private.mails set due_at = now()").await;
    assert_eq!(project.round().await, 0, "a few times");
    let requests = project.requests().await;
    let keys: std::collections::BTreeSet<&String> = requests.iter().map(|(key, _)| key).collect();
    assert_eq!(keys.len(), 4);
    assert!(requests.iter().all(|(_, body)| *body == requests[0].1));
    assert_eq!(project.suppressed().await, []);
}

#[tokio::test]
async fn a_reset_is_not_sent_again_and_neither_is_what_is_days_old() {
    let project = Project::new().await;
    project.answer(accepted("re-1"), 1).await;
    project
        .queue("password_reset", "ann@example.com", reset_contents())
        .await;
    project.round().await;
    project.sent("bob@example.com", "re-2").await;
    let webhook = Webhook::of(&project, SECRET);
    webhook.event("evt-1", &bounce("re-1", "Transient")).await;
    webhook.event("evt-2", &bounce("re-2", "Transient")).await;
    project
        .run("update private.mails set due_at = now(), created_at = created_at - interval '4 days'")
        .await;
    assert_eq!(project.round().await, 1);
    assert_eq!(project.requests().await.len(), 2);
    assert_eq!(project.mail("ann@example.com").await.0, "sent");
    let (state, reason, _) = project.mail("bob@example.com").await;
    assert_eq!(
        (state.as_str(), reason.as_deref()),
        ("canceled", Some("out_of_date"))
    );
}

#[tokio::test]
async fn events_that_are_about_no_mail_are_acknowledged_and_kept() {
    let project = Project::new().await;
    let webhook = Webhook::of(&project, SECRET);
    let events = [
        // From a case of somebody who connected a domain.
        r#"{"type":"domain.updated","created_at":"2026-01-01T00:00:00.000Z","data":{"id":"00000000-0000-4000-8000-000000000002","name":"example.com","status":"verified","created_at":"2026-01-01T00:00:00.000Z","region":"us-east-1","records":[]}}"#,
        r#"{"type":"contact.created","created_at":"2026-01-01T00:00:00.000Z","data":{"id":"c","email":"a@example.com"}}"#,
        r#"{"type":"email.new","created_at":"soon","data":{"email_id":"re-9"}}"#,
        r#"{"type":"email.bounced","data":{}}"#,
        r#"{"type":"email.bounced","data":{"email_id":7,"bounce":[]}}"#,
        r#"{"type":"email.complained","data":"\u0000"}"#,
        r#"{"type":"\u0000","data":{"email_id":"\u0000"}}"#,
        r#"{"type":null}"#,
        "[]",
        "not JSON",
        "",
    ];
    for (n, body) in events.iter().enumerate() {
        let status = webhook.signed_by(SECRET, &format!("evt-{n}"), body).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    }
    let kept: Vec<(String, String)> = sqlx::query_as(
        "select type, kind from private.mail_events order by substring(id from 5)::integer",
    )
    .fetch_all(project.database.pool())
    .await
    .unwrap();
    assert_eq!(kept.len(), events.len());
    assert_eq!(kept[0], ("domain.updated".to_owned(), "other".to_owned()));
    assert_eq!(kept[2], ("email.new".to_owned(), "other".to_owned()));
    assert_eq!(project.suppressed().await, []);
}
