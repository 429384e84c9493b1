//! `bench analytics`: how long the analytics of many messages take through HTTP, and counting them in psql's way.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use reqwest::Client;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgPool, postgres::PgPoolOptions, types::Uuid};
use stack::Stack;
use testkit::{
    http_client,
    people::{Person, read},
};

use crate::{
    figures::{median, milliseconds},
    service::Service,
};

/// Requests for each kind of analytics.
const REQUESTS: usize = 50;
/// Counting ten million messages takes its time.
const PATIENCE: Duration = Duration::from_mins(30);

/// How much there is to count.
#[derive(Debug, Args)]
pub struct Load {
    /// Campaigns of the account.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=28))]
    campaigns: u32,
    /// Messages of each campaign.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
    messages: u32,
}

pub async fn measure(stack: &Stack, load: &Load) -> Result<()> {
    let owner = Person::approved(&stack.environment, "bench").await?;
    let pool = PgPoolOptions::new()
        .acquire_timeout(PATIENCE)
        .connect(stack.get("DNWERKS_TEST_DATABASE_URL")?)
        .await?;
    let account = Uuid::try_parse(&owner.profile_id)?;
    let began = Instant::now();
    let mut campaign = Uuid::nil();
    for number in 1..=load.campaigns {
        campaign = fill(&pool, account, number, load.messages).await?;
    }
    sqlx::query("vacuum analyze public.campaign_messages")
        .execute(&pool)
        .await?;
    println!(
        "{} messages of {} campaigns made in {:.0} s, their tallies added up by private.roll_up_messages",
        u64::from(load.campaigns) * u64::from(load.messages),
        load.campaigns,
        began.elapsed().as_secs_f64()
    );

    let api = Service::start("dashboard-api", &stack.environment, &stack.log()).await?;
    let dashboard = Dashboard {
        http: http_client()?,
        address: api.address.clone(),
        token: owner.access_token,
    };
    for subject in [
        Subject {
            what: "a campaign of it",
            path: format!("/api/campaigns/{campaign}/analytics?time_zone=America/New_York"),
            list: "states",
            plain: format!(
                "select m.state as key, count(*) as recipients, count(m.sent_at) as sent,
                   count(*) filter (where m.status = 'delivered') as delivered,
                   count(*) filter (where m.status = 'failed') as undelivered, coalesce(sum(m.segments), 0)::bigint as segments
                 from public.campaign_messages m where m.campaign_id = '{campaign}' group by 1"
            ),
        },
        Subject {
            what: "the account by days",
            path: "/api/analytics?time_zone=America/New_York&interval=day".to_owned(),
            list: "series",
            plain: format!(
                "select to_char(date_trunc('day', m.sent_at at time zone 'America/New_York'), 'YYYY-MM-DD') as key,
                   count(*) as recipients, count(m.sent_at) as sent,
                   count(*) filter (where m.status = 'delivered') as delivered,
                   count(*) filter (where m.status = 'failed') as undelivered, coalesce(sum(m.segments), 0)::bigint as segments
                 from public.campaign_messages m join public.campaigns c on c.id = m.campaign_id
                 where c.user_id = '{account}' group by 1"
            ),
        },
    ] {
        subject.compare(&dashboard, &pool).await?;
    }
    api.stop().await
}

/// One campaign that has been sent over almost three hours, on a day of its own, without the triggers of each statement,
/// and its tallies as the triggers would have written them.
async fn fill(pool: &PgPool, account: Uuid, number: u32, messages: u32) -> Result<Uuid> {
    let mut connection = pool.begin().await?;
    sqlx::query("set local session_replication_role = replica")
        .execute(&mut *connection)
        .await?;
    let campaign: Uuid = sqlx::query_scalar(
        "insert into public.campaigns (user_id, name, message_body, status, launched_at, sent_at, total_recipients)
         values ($1, 'bench', 'Hello', 'sent', now() - $2 * interval '1 day', now(), $3) returning id",
    )
    .bind(account)
    .bind(f64::from(number))
    .bind(i32::try_from(messages)?)
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query(
        "insert into public.campaign_messages
           (id, campaign_id, customer_id, phone_number, status, sent_at, delivered_at, reason, error_code, segments, state, position)
         select private.uuid_v7(), c.id, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '+1' || (2120000000 + n),
           case when n % 20 = 0 then 'failed' when n % 33 = 0 then 'sent' else 'delivered' end,
           c.launched_at + n * interval '10000 s' / $2,
           case when n % 20 <> 0 and n % 33 <> 0 then c.launched_at + n * interval '10000 s' / $2 + n % 180 * interval '1 s' end,
           case when n % 20 = 0 then 'handset_off' end, case when n % 20 = 0 then 30003 + n % 3 end, 1 + n % 2,
           'S' || n % 50, n
         from public.campaigns c, generate_series(1, $2) n where c.id = $1",
    )
    .bind(campaign)
    .bind(i32::try_from(messages)?)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert into private.message_tallies
           (campaign_id, status, reason, error_code, sent_minute, delivered_minute, n, segments, states, state_counts)
         select a.campaign_id, a.status, a.reason, a.error_code, a.sent, a.delivered, sum(a.n), sum(a.segments),
           array_agg(a.state), array_agg(a.n)
         from (
           select m.campaign_id, m.status, m.reason, m.error_code, private.minute_of(m.sent_at) as sent,
             private.minute_of(m.delivered_at) as delivered, m.state, count(*)::integer as n, sum(m.segments) as segments
           from public.campaign_messages m where m.campaign_id = $1 group by 1, 2, 3, 4, 5, 6, 7
         ) a
         group by 1, 2, 3, 4, 5, 6",
    )
    .bind(campaign)
    .execute(&mut *connection)
    .await?;
    connection.commit().await?;
    while sqlx::query_scalar("select private.roll_up_messages()")
        .fetch_one(pool)
        .await?
    {}
    Ok(campaign)
}

/// The analytics, as their owner.
struct Dashboard {
    http: Client,
    address: String,
    token: String,
}

impl Dashboard {
    /// Milliseconds and the answer.
    async fn ask(&self, path: &str) -> Result<(f64, Value)> {
        let request = self
            .http
            .get(format!("{}{path}", self.address))
            .bearer_auth(&self.token);
        let began = Instant::now();
        let answer = read(request).await?;
        let took = milliseconds(began.elapsed());
        Ok((took, answer.success()?))
    }
}

/// What is asked of the route, and counted by a plain statement.
struct Subject {
    what: &'static str,
    path: String,
    /// The answer's list, whose rows have the key `state` or `local_time`.
    list: &'static str,
    plain: String,
}

impl Subject {
    async fn compare(&self, dashboard: &Dashboard, pool: &PgPool) -> Result<()> {
        let mut times = Vec::new();
        let mut told = Value::Null;
        for _ in 0..REQUESTS {
            let (took, answer) = dashboard.ask(&self.path).await?;
            times.push(took);
            told = answer;
        }
        let began = Instant::now();
        let counted: Vec<(String, i64, i64, i64, i64, i64)> =
            sqlx::query_as(AssertSqlSafe(self.plain.clone()))
                .fetch_all(pool)
                .await?;
        let plain = milliseconds(began.elapsed());
        self.check(&told, &counted)?;
        let median = median(&mut times);
        let slowest = times.last().copied().unwrap_or_default();
        println!(
            "{:<22}{median:>8.1} ms at the median, {slowest:.0} at most   goal below 50",
            self.what
        );
        println!(
            "  count … group by    {plain:>8.0} ms, {:.0} x   the same figures",
            plain / median
        );
        Ok(())
    }

    /// The answer equals the count.
    fn check(&self, told: &Value, counted: &[(String, i64, i64, i64, i64, i64)]) -> Result<()> {
        let rows = told[self.list].as_array().context("a list")?;
        let mut segments = 0;
        for (key, _, sent, delivered, undelivered, of_these) in counted {
            let row = rows
                .iter()
                .find(|row| row["state"] == key.as_str() || row["local_time"] == key.as_str())
                .with_context(|| format!("{key} is missing"))?;
            ensure!(
                row["sent"] == *sent
                    && row["delivered"] == *delivered
                    && row["undelivered"] == *undelivered,
                "{key}: counted {sent}, {delivered}, {undelivered}, and told {row}"
            );
            segments += of_these;
        }
        let total = told.get("totals").unwrap_or(told);
        ensure!(total["segments"] == segments, "{segments} segments");
        Ok(())
    }
}
