//! A campaign whose callbacks go through the router, into the test's own database.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use rows_as_service::{Database, callbacks::Deliveries, inbound::Inbound};
use secrecy::SecretString;
use sqlx::Executor as _;
use testkit::TestDatabase;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use twilio::signature;
use twilio_callbacks::{Callbacks, STATUS_PATH, Settings, router};
use uuid::Uuid;

pub const BASE: &str = "https://hooks.example/sms";
pub const ACCOUNT: &str = "AC00000000000000000000000000000001";

pub struct Stage {
    pub database: TestDatabase,
    /// The process's own.
    pub connections: Database,
    pub router: Router,
    pub token: SecretString,
}

impl Stage {
    /// One owner with `count` customers, +14155550001 and so on, and a launched campaign to all of them.
    pub async fn with_messages(count: i32) -> Self {
        Self::with_connections(8, count).await
    }

    /// The same for a process with so many connections.
    pub async fn with_connections(connections: u32, count: i32) -> Self {
        let database = TestDatabase::create().await.unwrap();
        database.pool().execute(sqlx::AssertSqlSafe(format!(
            "insert into auth.users (id, email) values ('a0000000-0000-4000-8000-000000000001', 'a@callbacks.test');
             update public.user_profiles set id = 'a1000000-0000-4000-8000-000000000001', status = 'approved';
             select private.register_sender('+15005550006', null, null);
             insert into public.customers (user_id, phone)
               select 'a1000000-0000-4000-8000-000000000001', '+1415555' || lpad(n::text, 4, '0') from generate_series(1, {count}) n;
             insert into public.campaigns (id, user_id, name, message_body, quiet_hours)
               values ('a3000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000000001', 'n', 'Hello', false);
             select private.launch_campaign('a3000000-0000-4000-8000-000000000001')",
        )))
        .await
        .unwrap();
        let settings = Settings {
            public_base_url: BASE.parse().unwrap(),
            account_sid: ACCOUNT.to_owned(),
            auth_token: "12345".into(),
            auth_token_secondary: Some("67890".into()),
            events_days: None,
            waiting_callbacks: 4096,
            stop_reply: "Stopped <for good>".to_owned(),
            help_reply: "Help & more".to_owned(),
        };
        let connections = database
            .database_of("twilio-callbacks", connections)
            .unwrap();
        let callbacks = Callbacks::new(
            Deliveries::new(connections.clone()),
            Inbound::new(connections.clone()),
            &settings,
            &CancellationToken::new(),
        );
        Self {
            database,
            connections,
            router: router(callbacks),
            token: settings.auth_token,
        }
    }

    pub async fn message(&self, position: i32) -> Uuid {
        sqlx::query_scalar("select id from public.campaign_messages where position = $1")
            .bind(position)
            .fetch_one(self.database.pool())
            .await
            .unwrap()
    }

    /// Our ids of the campaign's messages, in the order of their positions.
    pub async fn messages(&self) -> Vec<Uuid> {
        sqlx::query_scalar("select id from public.campaign_messages order by position")
            .fetch_all(self.database.pool())
            .await
            .unwrap()
    }

    /// Waits for what is recorded of many callbacks a second and counted up to a tenth of a second later.
    pub async fn everything_counted(&self) {
        testkit::eventually("the tallies", Duration::from_secs(20), async || {
            let left: i64 = sqlx::query_scalar("select count(*) from private.campaign_tallies")
                .fetch_one(self.database.pool())
                .await?;
            Ok((left == 0).then_some(()))
        })
        .await
        .unwrap();
    }

    /// Status, sid, error code of a message.
    pub async fn state(&self, position: i32) -> (String, Option<String>, Option<i32>) {
        sqlx::query_as(
            "select status, twilio_sid, error_code from public.campaign_messages where position = $1",
        )
        .bind(position)
        .fetch_one(self.database.pool())
        .await
        .unwrap()
    }

    pub async fn call(&self, message: Option<Uuid>, fields: &[(&str, &str)]) -> StatusCode {
        let query = message.map_or_else(String::new, |id| format!("?message={id}"));
        let url = format!("{BASE}{STATUS_PATH}{query}");
        let signature = signature::sign(&self.token, &url, fields.iter().copied());
        self.post(&query, fields, &signature).await
    }

    pub async fn post(&self, query: &str, fields: &[(&str, &str)], signature: &str) -> StatusCode {
        let path = format!("{STATUS_PATH}{query}");
        self.post_to(&path, fields, signature).await.status()
    }

    /// Posts a form with this signature.
    pub async fn post_to(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        signature: &str,
    ) -> Response<Body> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", signature)
            .body(Body::from(body))
            .unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }
}
