//! `bench disturbed`: callbacks at a steady pace, alone, beside a flood of requests that nobody signed, while a campaign
//! is sent, and then also beside an import that overwrites every customer they are about, or brings as many new ones.

use std::{collections::BTreeMap, fmt::Write as _, future::Future, time::Duration};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use futures::future::try_join;
use serde_json::json;
use stack::Stack;
use testkit::{access_token, http_client, people::read};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{
    callbacks::Prepared,
    figures::quantile,
    service::Service,
    signed_load::{Answered, PATH, Target},
};

const SUPABASE_URL: &str = "http://127.0.0.1:1";
const SECRET: &str = "only-for-this-bench-at-least-32-characters";
const CONNECTIONS: u32 = 64;
const UNSIGNED_AT_ONCE: u32 = 64;
const PATIENCE: Duration = Duration::from_mins(10);

/// How many callbacks at which pace, beside what.
#[derive(Debug, Clone, Args)]
pub struct Load {
    /// Customers, each with one message.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1000..=7_000_000))]
    customers: u32,
    /// Callbacks per second.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pace: u32,
    /// Requests per second that nobody signed.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    unsigned: u32,
    /// Messages per second of the campaign that is sent, each with one segment.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    sending: u32,
    /// Seconds of each round; the import's round lasts as long as it.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// The import brings as many new customers instead of overwriting those there are.
    #[arg(long)]
    new: bool,
}

pub async fn measure(stack: &Stack, load: &Load) -> Result<()> {
    let requests = load.pace as usize * load.seconds as usize;
    // As in operation, callbacks are coming before somebody imports: it takes two seconds to notice, and then holds back.
    let noticing = 4 * load.pace as usize;
    let before_the_import = 2 * (requests / 4) + 3 * requests + noticing;
    let customers = load.customers as usize;
    ensure!(
        customers > before_the_import,
        "no callback is about the same customer as another: --customers must be above {before_the_import}"
    );
    let prepared = Prepared::new(stack, load.customers).await?;
    prepared.launch_another().await?;
    let mut settings = stack.environment.clone();
    for (name, value) in [
        ("SUPABASE_DB_URL", prepared.database.url().as_str()),
        ("SUPABASE_URL", SUPABASE_URL),
        ("SUPABASE_JWT_SECRET", SECRET),
    ] {
        settings.insert(name.to_owned(), value.to_owned());
    }
    let callbacks = Service::start("twilio-callbacks", &settings, &stack.log()).await?;
    let target = Target::of(&callbacks.address)?;
    let mut used = 0;
    let mut round = |stop: CancellationToken, most: usize| {
        let signed = prepared.load(target.clone(), used, most);
        used += most;
        signed.run_paced(CONNECTIONS, load.pace, stop)
    };

    println!(
        "{} callbacks a second over {CONNECTIONS} connections, {} customers",
        load.pace, load.customers
    );
    // The first statements are planned, the first pages read.
    round(CancellationToken::new(), requests / 4).await?;
    let alone = say("alone", round(CancellationToken::new(), requests).await?);
    let stop = CancellationToken::new();
    let (flooded, refused) = try_join(
        ending(&stop, round(CancellationToken::new(), requests)),
        flood(&target.address, load.unsigned, stop.clone()),
    )
    .await?;
    let flooded = say(&format!("beside {refused} unsigned"), flooded);
    let sender = Sender::start(stack, &settings, load.sending).await?;
    round(CancellationToken::new(), requests / 4).await?;
    let sending = round(CancellationToken::new(), requests).await?;
    let sending = say("while a campaign is sent", sending);
    let csv = csv(&prepared, load.new).await?;
    let counted = if load.new { "inserted" } else { "updated" };
    // Not sooner: it indexes all these new customers for the search, which is no flood.
    let imports = Service::start_alone("customer-import", &settings, &stack.log()).await?;
    // Signing hundreds of thousands takes seconds, in which no callback would come, and so is done before.
    let stop = CancellationToken::new();
    let measured = round(stop.clone(), customers - before_the_import);
    round(CancellationToken::new(), noticing).await?;
    let (beside, seconds) = try_join(
        measured,
        ending(&stop, import(&imports.address, prepared.user, csv, counted)),
    )
    .await?;
    let beside = say(&format!("beside an import of {seconds:.0} s"), beside);
    println!(
        "slower by the flood, at the median {:>7.2} x, p99 {:>6.2} x    goal 1.25, that is by a fifth",
        flooded.0 / alone.0,
        flooded.1 / alone.1
    );
    println!(
        "p99 beside the import : without    {:>7.2} x                goal 1.5",
        beside.1 / sending.1
    );
    sender.stop(&prepared).await?;
    imports.stop().await?;
    callbacks.stop().await
}

/// A worker that sends a campaign to the same customers, at a steady pace.
struct Sender(Service);

impl Sender {
    async fn start(stack: &Stack, settings: &BTreeMap<String, String>, pace: u32) -> Result<Self> {
        // Callbacks come from this bench alone.
        let faults = json!({"latency_ms": 50, "callback_loss_ratio": 1.0});
        stack.twilio()?.set_faults(&faults).await?;
        let mut settings = settings.clone();
        settings.insert("SEND_SEGMENTS_PER_SECOND".to_owned(), pace.to_string());
        Service::start_alone("send-worker", &settings, &stack.log())
            .await
            .map(Self)
    }

    /// It must have sent something.
    async fn stop(self, prepared: &Prepared) -> Result<()> {
        self.0.stop().await?;
        let sent: i64 = sqlx::query_scalar(
            "select c.sent_count::bigint from public.campaigns c order by c.created_at desc limit 1",
        )
        .fetch_one(prepared.database.pool())
        .await?;
        println!("sent meanwhile                    {sent:>8}");
        ensure!(sent > 0, "no message of the campaign was sent");
        Ok(())
    }
}

/// Prints a round; returns the median and the 99th percentile in milliseconds.
fn say(name: &str, mut answered: Answered) -> (f64, f64) {
    let [median, p99] = [0.5, 0.99].map(|share| quantile(&mut answered.milliseconds, share));
    println!(
        "{name:<34}{:>8.0}/s   median {median:>6.1} ms   p99 {p99:>7.1} ms",
        answered.rate
    );
    (median, p99)
}

/// Cancels `stop` when `task` has ended.
async fn ending<T>(stop: &CancellationToken, task: impl Future<Output = T>) -> T {
    let _stops = stop.clone().drop_guard();
    task.await
}

/// Requests with a signature that is none, each on a connection of its own, as strangers send them; returns how many.
async fn flood(address: &str, pace: u32, stop: CancellationToken) -> Result<usize> {
    let body = "AccountSid=AC0&MessageSid=SM0&MessageStatus=delivered";
    let request = format!(
        "POST {PATH} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         x-twilio-signature: 0/KCTR6DLpKmkAf8muzZqo1nDgQ=\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let each = Duration::from_secs(1) / pace * UNSIGNED_AT_ONCE;
    let strangers = (0..UNSIGNED_AT_ONCE).map(async |n| {
        let mut due = tokio::time::interval_at(Instant::now() + each * n / UNSIGNED_AT_ONCE, each);
        let mut refused = 0;
        while stop.run_until_cancelled(due.tick()).await.is_some() {
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(request.as_bytes()).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            ensure!(
                answer.starts_with(b"HTTP/1.1 403"),
                "an unsigned request was let in"
            );
            refused += 1;
        }
        anyhow::Ok(refused)
    });
    Ok(futures::future::try_join_all(strangers)
        .await?
        .into_iter()
        .sum())
}

/// A file with every customer's number and another name, or with as many new numbers.
async fn csv(prepared: &Prepared, new: bool) -> Result<String> {
    let phones: Vec<String> = sqlx::query_scalar("select phone from public.customers")
        .fetch_all(prepared.database.pool())
        .await?;
    let mut csv = "phone,first_name\n".to_owned();
    for (n, phone) in phones.iter().enumerate() {
        let phone = if new {
            &phone.replace("+1212", "+1415")
        } else {
            phone
        };
        writeln!(csv, "{phone},Imported{}", n % 97)?;
    }
    Ok(csv)
}

/// Returns how many seconds it took. Its report must count some customers as `counted`.
async fn import(address: &str, user: sqlx::types::Uuid, csv: String, counted: &str) -> Result<f64> {
    let request = http_client()?
        .post(format!("{address}/api/customers/import?on_conflict=update"))
        .bearer_auth(access_token(SUPABASE_URL, SECRET, user)?)
        .header("content-type", "text/csv")
        .timeout(PATIENCE)
        .body(csv);
    let began = Instant::now();
    let report = read(request).await?.success()?;
    let count = report[counted].as_u64().context("no such count")?;
    ensure!(count > 0, "nothing was {counted}: {report}");
    Ok(began.elapsed().as_secs_f64())
}
