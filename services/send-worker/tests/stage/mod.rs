//! The set-up of each test: its own database, and localstack's Twilio.

use std::time::Duration;

use localstack::twilio::{Options, StandIn};
use rows_as_service::{callbacks::Deliveries, sending::Sending};
use send_worker::{Pacing, Settings, Worker};
use serde_json::Value;
use sqlx::{Executor as _, PgPool};
use testkit::TestDatabase;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A test's own database, a Twilio, and any number of workers.
pub struct Stage {
    pub pool: PgPool,
    pub twilio: StandIn,
    pub owner: Uuid,
    settings: Settings,
    database: TestDatabase,
}

impl Stage {
    /// A tenant without customers, and a Twilio that accepts everything unless told otherwise.
    pub async fn new() -> Self {
        let database = TestDatabase::create().await.unwrap();
        let owner = database.tenant("approved").await.unwrap().profile_id;
        let options = Options {
            // Only the first status: callbacks have their own tests.
            step_delay: Duration::from_hours(1),
            ..Options::default()
        };
        let twilio = StandIn::new(options.clone()).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let router = twilio.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let settings = Settings {
            twilio: twilio::Settings {
                account_sid: options.account_sid.clone(),
                auth_token: options.auth_token.clone().into(),
                sender: twilio::Sender {
                    phone_number: Some("+15005550006".into()),
                    messaging_service_sid: None,
                },
                api_url: origin.parse().unwrap(),
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
            pool: database.pool().clone(),
            twilio,
            owner,
            settings,
            database,
        }
    }

    pub fn worker(&self, stopping: CancellationToken) -> Worker {
        let database = self.database.database(5).unwrap();
        Worker::new(
            Sending::new(database.clone()),
            Deliveries::new(database),
            &self.settings,
            stopping,
        )
        .unwrap()
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

    /// Runs the workers in turn until the campaign has ended, or for a minute.
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
}
