//! Callbacks while their process is killed, and Postgres too: what was answered is kept, counted and recorded once.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use anyhow::Result;
use futures::{StreamExt as _, stream};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{Connection as _, PgConnection};
use stack::{Services, Stack, StackOptions, process::Process};
use testkit::{eventually, free_port, http_client, people::Person};
use uuid::Uuid;

const MESSAGES: usize = 3000;
const AT_ONCE: usize = 64;
const PATIENCE: Duration = Duration::from_mins(3);
/// Between two tries of one callback: as Twilio, we come again.
const PAUSE: Duration = Duration::from_millis(50);

#[tokio::test]
async fn what_was_answered_outlives_its_process_and_a_crash_of_postgres() -> Result<()> {
    let stack = Stack::start(&StackOptions {
        services: Services::None,
        ..StackOptions::default()
    })
    .await?;
    let database = stack.get("DNWERKS_TEST_DATABASE_URL")?;
    let owner = Person::approved(&stack.environment, "callbacks").await?;
    let messages = launch(database, owner.profile_id.parse()?).await?;
    let listen = format!("127.0.0.1:{}", free_port()?);
    let answered = AtomicUsize::new(0);

    let calls = stream::iter(&messages).for_each_concurrent(AT_ONCE, async |(id, sid)| {
        let request = signed(&stack, *id, sid).unwrap();
        loop {
            let answer = http_client()
                .unwrap()
                .post(format!("http://{listen}{}", request.path))
                .header("x-twilio-signature", &request.signature)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(request.body.clone())
                .send()
                .await;
            if answer.is_ok_and(|answer| answer.status() == 204) {
                answered.fetch_add(1, Ordering::Relaxed);
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
    let violence = async {
        let mut process = start(&stack, &listen)?;
        for (share, crashes_postgres) in [(20, false), (40, true), (60, false), (80, true)] {
            reached(&answered, MESSAGES * share / 100).await?;
            if crashes_postgres {
                // Not even the reason is told to anybody: as a crash.
                kill_a_backend(database).await?;
            } else {
                process.kill().await?;
                process = start(&stack, &listen)?;
            }
        }
        reached(&answered, MESSAGES).await?;
        // What was locked by a transaction that died is recorded a little later.
        let mut connection = PgConnection::connect(database).await?;
        eventually("what was put off", PATIENCE, async || {
            let late = "select count(*) from private.late_deliveries";
            let late: i64 = sqlx::query_scalar(late).fetch_one(&mut connection).await?;
            Ok((late == 0).then_some(()))
        })
        .await?;
        process.stop().await
    };
    let ((), violence) = tokio::join!(calls, violence);
    violence?;

    let mut connection = PgConnection::connect(database).await?;
    let (delivered, counted, kept): (i64, i64, i64) = sqlx::query_as(
        "select count(*) filter (where m.status = 'delivered'),
           (select c.delivered_count from public.campaigns c)::bigint,
           (select count(distinct e.sid) from private.twilio_events e)
         from public.campaign_messages m",
    )
    .fetch_one(&mut connection)
    .await?;
    let all = i64::try_from(MESSAGES)?;
    assert_eq!((delivered, counted, kept), (all, all, all));
    stack.stop().await
}

/// A campaign all of whose messages Twilio has: our id and Twilio's of each.
async fn launch(database: &str, owner: Uuid) -> Result<Vec<(Uuid, String)>> {
    let mut connection = PgConnection::connect(database).await?;
    for statement in [
        "select private.register_sender('+15005550006', null, null)".to_owned(),
        format!(
            "insert into public.customers (user_id, phone)
             select '{owner}', '+1212' || (3000000 + n) from generate_series(1, {MESSAGES}) n"
        ),
        format!(
            "insert into public.campaigns (user_id, name, message_body) values ('{owner}', 'n', 'Hello')"
        ),
        "select from public.campaigns c, private.launch_campaign(c.id)".to_owned(),
        "update public.campaign_messages set status = 'sent', sent_at = now(), segments = 1, twilio_sid = 'SM' || md5(id::text)"
            .to_owned(),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&mut connection)
            .await?;
    }
    Ok(
        sqlx::query_as("select id, twilio_sid from public.campaign_messages")
            .fetch_all(&mut connection)
            .await?,
    )
}

struct Request {
    path: String,
    signature: String,
    body: String,
}

fn signed(stack: &Stack, id: Uuid, sid: &str) -> Result<Request> {
    let path = format!("/api/webhooks/twilio/status?message={id}");
    let fields = [
        ("AccountSid", stack.get("TWILIO_ACCOUNT_SID")?),
        ("MessageSid", sid),
        ("MessageStatus", "delivered"),
    ];
    let url = format!("{}{path}", stack.get("PUBLIC_BASE_URL")?);
    let token = stack.get("TWILIO_AUTH_TOKEN")?.into();
    Ok(Request {
        signature: twilio::signature::sign(&token, &url, fields),
        body: url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish(),
        path,
    })
}

fn start(stack: &Stack, listen: &str) -> Result<Process> {
    let arguments = ["twilio-callbacks", "--listen", listen].map(str::to_owned);
    stack.start_service(&arguments)
}

async fn reached(answered: &AtomicUsize, count: usize) -> Result<()> {
    eventually("the answers to callbacks", PATIENCE, async || {
        Ok((answered.load(Ordering::Relaxed) >= count).then_some(()))
    })
    .await
}

/// Postgres ends all of its processes and recovers when one of them is killed.
async fn kill_a_backend(database: &str) -> Result<()> {
    let mut connection = PgConnection::connect(database).await?;
    let process: i32 = sqlx::query_scalar("select pg_backend_pid()")
        .fetch_one(&mut connection)
        .await?;
    Ok(kill(Pid::from_raw(process), Signal::SIGKILL)?)
}
