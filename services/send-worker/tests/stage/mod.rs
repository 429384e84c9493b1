//! The set-up of each test: its own database, and localstack's Twilio.

use std::time::Duration;

use localstack::twilio::{Options, StandIn};
use rows_as_service::{callbacks::Deliveries, sending::Sending};
use send_worker::{Pacing, Settings, Worker};
use serde_json::Value;
use sqlx::{Executor as _, PgPool};
use testkit::{TestDatabase, eventually};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_mins(1);

/// A worker that runs, with all its tasks in a runtime of its own: dropping it kills it wherever it is.
pub struct Running {
    stopping: CancellationToken,
    task: tokio::task::JoinHandle<()>,
    runtime: Option<tokio::runtime::Runtime>,
}

#[allow(dead_code, reason = "each file of tests uses some of it")]
impl Running {
    /// Asks it to stop and waits until it has.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        tokio::time::timeout(Duration::from_secs(10), &mut self.task)
            .await
            .expect("it stops in time")
            .unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A test's own database, a Twilio, and any number of workers.
#[allow(dead_code, reason = "each file of tests uses some of it")]
pub struct Stage {
    pub pool: PgPool,
    pub twilio: StandIn,
    pub owner: Uuid,
    settings: Settings,
    database: TestDatabase,
}

#[allow(dead_code, reason = "each file of tests uses some of it")]
impl Stage {
    /// A tenant without customers, and a Twilio that accepts everything unless told otherwise.
    pub async fn new() -> Self {
        // Only the first status: callbacks have their own tests.
        Self::with(Duration::from_hours(1), 1).await
    }

    /// The same with a Twilio that delivers at once, and for which a slow machine is no reason to doubt.
    pub async fn delivering() -> Self {
        Self::with(Duration::from_millis(1), 30).await
    }

    async fn with(step_delay: Duration, timeout_seconds: u64) -> Self {
        let database = TestDatabase::create().await.unwrap();
        let owner = database.tenant("approved").await.unwrap().profile_id;
        sqlx::query("select private.register_sender('+15005550006', null, null)")
            .execute(database.pool())
            .await
            .unwrap();
        let options = Options {
            step_delay,
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
                timeout_seconds,
            },
            public_base_url: "https://hooks.example".parse().unwrap(),
            pacing: Pacing {
                concurrency: 20,
                segments_per_second: None,
                doubt_after_seconds: timeout_seconds + 3,
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

    /// A worker with the settings of this stage.
    pub fn worker(&self, stopping: CancellationToken) -> Worker {
        self.worker_with(stopping, &self.settings)
    }

    fn worker_with(&self, stopping: CancellationToken, settings: &Settings) -> Worker {
        let database = self.database.database_of("send-worker", 6).unwrap();
        Worker::new(
            Sending::new(database.clone()),
            Deliveries::new(database),
            settings,
            stopping,
        )
        .unwrap()
    }

    /// Starts a worker, which runs until it is stopped or dropped.
    pub fn start(&self) -> Running {
        self.start_with(|_| {})
    }

    /// Starts a worker with other settings.
    pub fn start_with(&self, change: impl Fn(&mut Settings)) -> Running {
        let mut settings = self.settings.clone();
        change(&mut settings);
        let stopping = CancellationToken::new();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let worker = {
            let _inside = runtime.enter();
            self.worker_with(stopping.clone(), &settings)
        };
        let task = runtime.spawn(async move { worker.run().await });
        Running {
            stopping,
            task,
            runtime: Some(runtime),
        }
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

    /// Another approved account, without customers.
    pub async fn another_owner(&self) -> Uuid {
        self.database.tenant("approved").await.unwrap().profile_id
    }

    /// Launches a campaign of another account to its only customer.
    pub async fn launch_for(&self, owner: Uuid, phone: &str) -> Uuid {
        sqlx::query("insert into public.customers (user_id, phone, state) values ($1, $2, 'CA')")
            .bind(owner)
            .bind(phone)
            .execute(&self.pool)
            .await
            .unwrap();
        self.launch_of(owner, "Hello", None).await
    }

    /// Launches a campaign to all customers.
    pub async fn launch(&self, body: &str) -> Uuid {
        self.launch_of(self.owner, body, None).await
    }

    /// Launches a campaign to one customer.
    pub async fn launch_to(&self, body: &str, phone: &str) -> Uuid {
        let customer: Uuid = sqlx::query_scalar("select id from public.customers where phone = $1")
            .bind(phone)
            .fetch_one(&self.pool)
            .await
            .unwrap();
        self.launch_of(
            self.owner,
            body,
            Some(serde_json::json!({ "customer_ids": [customer] })),
        )
        .await
    }

    async fn launch_of(&self, owner: Uuid, body: &str, audience: Option<Value>) -> Uuid {
        let id = Uuid::new_v4();
        sqlx::query(
            "insert into public.campaigns (id, user_id, name, message_body, audience, quiet_hours)
             values ($1, $2, 'test', $3, $4, false)",
        )
        .bind(id)
        .bind(owner)
        .bind(body)
        .bind(audience)
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

    /// Moves the clock of schedules, rates, windows, retries and doubts.
    pub async fn clock_forward(&self, by: &str) {
        sqlx::query("update private.clock_offset set moved_by = moved_by + $1::text::interval")
            .bind(by)
            .execute(&self.pool)
            .await
            .unwrap();
        self.pool.execute("notify sending").await.unwrap();
    }

    /// Waits until `query`, which yields one boolean, is true.
    pub async fn until(&self, what: &str, query: &'static str) {
        let waited = eventually(what, PATIENCE, async || {
            let holds: Option<bool> = sqlx::query_scalar(query).fetch_one(&self.pool).await?;
            Ok(holds.unwrap_or_default().then_some(()))
        })
        .await;
        if let Err(error) = waited {
            panic!("{error}\n{}", self.state_of_work().await);
        }
    }

    /// Where everything stands, for the message of a failed test.
    async fn state_of_work(&self) -> String {
        sqlx::query_scalar(
            "select jsonb_pretty(jsonb_build_object(
               'clock', private.clock(),
               'senders', (select jsonb_agg(s) from private.senders s), 'lanes', (select jsonb_agg(l) from private.send_lanes l),
               'ranges', (select jsonb_agg(r) from private.send_ranges r), 'retries', (select jsonb_agg(r) from private.send_retries r),
               'claims', (select jsonb_agg(c) from private.send_claims c)
             ))",
        )
        .fetch_one(&self.pool)
        .await
        .unwrap()
    }

    /// Waits until the campaign is not being sent any more.
    pub async fn until_ended(&self, id: Uuid) -> Value {
        eventually("the campaign's end", PATIENCE, async || {
            let campaign = self.campaign(id).await;
            Ok((campaign["status"] != "sending").then_some(campaign))
        })
        .await
        .unwrap()
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
