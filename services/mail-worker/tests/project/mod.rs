//! A test's own outbox: a database, a Resend, and a worker between them.

use std::sync::Arc;

use domain::{Clock as _, SystemClock};
use mail_worker::{MailWorker, Settings};
use rows_as_service::mail::Outbox;
use serde_json::json;
use testkit::TestDatabase;
use tokio_util::sync::CancellationToken;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A test's own database and Resend, and a worker between them.
pub struct Project {
    pub database: TestDatabase,
    pub outbox: Outbox,
    pub resend: MockServer,
    pub settings: Settings,
    pub worker: MailWorker,
}

impl Project {
    pub async fn new() -> Self {
        let database = TestDatabase::create().await.unwrap();
        let outbox = Outbox::new(database.database_of("mail-worker", 5).unwrap());
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

    pub async fn answer(&self, answer: ResponseTemplate, times: u64) {
        Mock::given(method("POST"))
            .and(path("/emails"))
            .respond_with(answer)
            .up_to_n_times(times)
            .mount(&self.resend)
            .await;
    }

    pub async fn queue(&self, kind: &str, recipient: &str, contents: serde_json::Value) {
        sqlx::query("select private.queue_mail($1, $2, $3)")
            .bind(kind)
            .bind(recipient)
            .bind(contents)
            .execute(self.database.pool())
            .await
            .unwrap();
    }

    pub async fn round(&self) -> usize {
        self.worker
            .run_once(&CancellationToken::new())
            .await
            .unwrap()
    }

    pub async fn run(&self, statement: &'static str) {
        sqlx::query(statement)
            .execute(self.database.pool())
            .await
            .unwrap();
    }

    /// State, last error and contents of the only mail to `recipient` of this kind.
    pub async fn mail(&self, recipient: &str) -> (String, Option<String>, serde_json::Value) {
        sqlx::query_as("select state, last_error, contents from private.mails where recipient = $1 order by id desc limit 1")
            .bind(recipient)
            .fetch_one(self.database.pool())
            .await
            .unwrap()
    }

    /// Idempotency key and body of every request so far.
    pub async fn requests(&self) -> Vec<(String, Vec<u8>)> {
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

pub fn accepted(id: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "id": id }))
}

pub fn reset_contents() -> serde_json::Value {
    let expires_at = SystemClock.now() + chrono::TimeDelta::hours(1);
    json!({ "token": "feedc0de", "expires_at": expires_at, "by_admin": false })
}
