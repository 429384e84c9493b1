//! What each test plays on: a database of its own, and a Twilio that counts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Form, Json, Router};
use rows_as_service::Database;
use send_worker::{Pacing, Settings, Worker};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection, PgPool};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What Twilio's stand-in does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Takes it and says so.
    Accept,
    /// Takes it and answers 500, so that nobody knows.
    AcceptAndFail,
    /// Does not take it and answers 500.
    Fail,
    /// Refuses with this code.
    Refuse(u32),
    /// Has too much to do.
    Throttle,
}

#[derive(Default)]
struct Ledger {
    accepted: Vec<HashMap<String, String>>,
    requests: usize,
    moods: HashMap<String, Vec<Mood>>,
}

/// Twilio's stand-in: accepts everything unless told otherwise, and remembers.
#[derive(Clone, Default)]
pub struct Twilio(Arc<Mutex<Ledger>>);

impl Twilio {
    /// The next requests for `to` meet these moods, one each; then it accepts again.
    pub fn will(&self, to: &str, moods: &[Mood]) {
        self.0
            .lock()
            .unwrap()
            .moods
            .insert(to.to_owned(), moods.iter().rev().copied().collect());
    }

    /// Bodies accepted for `to`.
    pub fn accepted(&self, to: &str) -> Vec<String> {
        let ledger = self.0.lock().unwrap();
        ledger
            .accepted
            .iter()
            .filter(|message| message["To"] == to)
            .map(|message| message["Body"].clone())
            .collect()
    }

    /// All accepted messages.
    pub fn accepted_count(&self) -> usize {
        self.0.lock().unwrap().accepted.len()
    }

    /// All requests to create a message.
    pub fn request_count(&self) -> usize {
        self.0.lock().unwrap().requests
    }

    async fn serve(&self) -> String {
        let router = Router::new()
            .route(
                "/2010-04-01/Accounts/{account}/Messages.json",
                post(create).get(list),
            )
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        origin
    }
}

async fn create(
    State(twilio): State<Twilio>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let mut ledger = twilio.0.lock().unwrap();
    ledger.requests += 1;
    let mood = ledger
        .moods
        .get_mut(&form["To"])
        .and_then(Vec::pop)
        .unwrap_or(Mood::Accept);
    let sid = format!("SM{:032x}", ledger.accepted.len());
    if matches!(mood, Mood::Accept | Mood::AcceptAndFail) {
        let mut message = form;
        message.insert("sid".to_owned(), sid.clone());
        ledger.accepted.push(message);
    }
    let error =
        |status: StatusCode, code: u32| (status, Json(json!({ "code": code }))).into_response();
    match mood {
        Mood::Accept => (
            StatusCode::CREATED,
            Json(json!({ "sid": sid, "status": "queued", "num_segments": "1" })),
        )
            .into_response(),
        Mood::AcceptAndFail | Mood::Fail => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Mood::Refuse(code) => error(StatusCode::BAD_REQUEST, code),
        Mood::Throttle => error(StatusCode::TOO_MANY_REQUESTS, 20429),
    }
}

async fn list(
    State(twilio): State<Twilio>,
    Query(query): Query<HashMap<String, String>>,
) -> Json<Value> {
    let ledger = twilio.0.lock().unwrap();
    let messages: Vec<Value> = ledger
        .accepted
        .iter()
        .filter(|message| message["To"] == query["To"])
        .map(|message| {
            json!({
                "sid": message["sid"], "status": "sent", "to": message["To"], "from": message["From"],
                "body": message["Body"], "error_code": null, "num_segments": "1",
            })
        })
        .collect();
    Json(json!({ "messages": messages, "next_page_uri": null }))
}

/// A database of its own, a Twilio, and as many workers as a test wants.
pub struct Stage {
    pub pool: PgPool,
    pub twilio: Twilio,
    pub owner: Uuid,
    settings: Settings,
    admin_url: String,
    name: String,
}

impl Stage {
    /// Clones the template database and starts a Twilio.
    pub async fn new() -> Self {
        let admin_url = std::env::var("DNWERKS_TEST_DATABASE_URL")
            .expect("DNWERKS_TEST_DATABASE_URL: a superuser's URL of a cluster with the database dnwerks_template");
        let name = format!("send_worker_{}", Uuid::new_v4().simple());
        let mut admin = PgConnection::connect(&admin_url).await.unwrap();
        // Only one clone at a time reads the template.
        admin
            .execute("select pg_advisory_lock(8051)")
            .await
            .unwrap();
        admin
            .execute(sqlx::AssertSqlSafe(format!(
                "create database {name} template dnwerks_template"
            )))
            .await
            .unwrap();
        admin.close().await.unwrap();

        let mut database_url: url::Url = admin_url.parse().unwrap();
        database_url.set_path(&name);
        let pool = PgPool::connect(database_url.as_str()).await.unwrap();
        let owner = Uuid::new_v4();
        let user = Uuid::new_v4();
        sqlx::query("insert into auth.users (id, email) values ($1, 'owner@stage.test')")
            .bind(user)
            .execute(&pool)
            .await
            .unwrap();
        sqlx::query(
            "update public.user_profiles set id = $1, status = 'approved' where user_id = $2",
        )
        .bind(owner)
        .bind(user)
        .execute(&pool)
        .await
        .unwrap();

        let twilio = Twilio::default();
        let origin: url::Url = twilio.serve().await.parse().unwrap();
        let settings = Settings {
            database: rows_as_service::Settings {
                database_url: database_url.to_string().into(),
                max_connections: 5,
            },
            twilio: twilio::Settings {
                account_sid: "AC00000000000000000000000000000001".into(),
                auth_token: "token".into(),
                sender: twilio::Sender {
                    phone_number: Some("+15005550006".into()),
                    messaging_service_sid: None,
                },
                api_url: origin,
                connect_timeout_seconds: 1,
                timeout_seconds: 1,
            },
            public_base_url: "https://hooks.example".parse().unwrap(),
            pacing: Pacing {
                concurrency: 20,
                segments_per_second: None,
                doubt_after_seconds: 4,
                batch_hidden_seconds: 1,
                poll_milliseconds: 50,
                ask_after_seconds: 600,
            },
        };
        Self {
            pool,
            twilio,
            owner,
            settings,
            admin_url,
            name,
        }
    }

    pub async fn worker(&self, stopping: CancellationToken) -> Worker {
        let database = Database::connect(&self.settings.database, "test")
            .await
            .unwrap();
        Worker::new(database, &self.settings, stopping).unwrap()
    }

    /// Adds customers with the numbers +14155550000 and on.
    pub async fn customers(&self, count: i32) {
        sqlx::query(
            "insert into public.customers (user_id, phone, first_name, state)
             select $1, '+1415555' || lpad(n::text, 4, '0'), 'Name' || n, 'CA' from generate_series(0, $2 - 1) n",
        )
        .bind(self.owner)
        .bind(count)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    /// Launches a campaign to all customers.
    pub async fn launch(&self, body: &str) -> Uuid {
        let id = Uuid::new_v4();
        sqlx::query("insert into public.campaigns (id, user_id, name, message_body) values ($1, $2, 'test', $3)")
            .bind(id)
            .bind(self.owner)
            .bind(body)
            .execute(&self.pool)
            .await
            .unwrap();
        sqlx::query("select private.launch_campaign($1)")
            .bind(id)
            .execute(&self.pool)
            .await
            .unwrap();
        id
    }

    pub async fn campaign(&self, id: Uuid) -> Value {
        sqlx::query_scalar("select to_jsonb(c) from public.campaigns c where c.id = $1")
            .bind(id)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    pub async fn message_to(&self, phone: &str) -> Value {
        sqlx::query_scalar(
            "select to_jsonb(m) from public.campaign_messages m where m.phone_number = $1",
        )
        .bind(phone)
        .fetch_one(&self.pool)
        .await
        .unwrap()
    }

    /// Makes every claim look as old as a doubt, and every batch due.
    pub async fn time_passes(&self) {
        self.pool
            .execute(
                "update public.campaign_messages set attempted_at = attempted_at - interval '10 seconds';
                 update pgmq.q_campaign_batches set vt = clock_timestamp();
                 update private.sender_paces set free_at = clock_timestamp()",
            )
            .await
            .unwrap();
    }

    /// Works by turns until the campaign has ended, or a minute is over.
    pub async fn work_until_ended(&self, worker: &Worker, id: Uuid) -> Value {
        let deadline = tokio::time::Instant::now() + Duration::from_mins(1);
        loop {
            worker.run_once().await.unwrap();
            let campaign = self.campaign(id).await;
            if campaign["status"] != "sending" {
                return campaign;
            }
            assert!(tokio::time::Instant::now() < deadline, "{campaign}");
            self.time_passes().await;
        }
    }

    /// Counters must equal a count over the rows.
    pub async fn assert_counters_equal_rows(&self) {
        let wrong: i64 = sqlx::query_scalar(
            "select count(*) from public.campaigns c
             where (c.total_recipients, c.sent_count, c.delivered_count, c.failed_count, c.pending_count) <> (
               select count(*), count(m.sent_at), count(*) filter (where m.status = 'delivered'),
                 count(*) filter (where m.status = 'failed'), count(*) filter (where m.status = 'pending')
               from public.campaign_messages m where m.campaign_id = c.id)",
        )
        .fetch_one(&self.pool)
        .await
        .unwrap();
        assert_eq!(wrong, 0, "counters differ from rows");
    }

    pub async fn end(self) {
        self.pool.close().await;
        let mut admin = PgConnection::connect(&self.admin_url).await.unwrap();
        admin
            .execute(sqlx::AssertSqlSafe(format!(
                "drop database {} with (force)",
                self.name
            )))
            .await
            .unwrap();
    }
}
