//! Callbacks while their process is killed, and Postgres too: what was answered is kept, counted and recorded once.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use anyhow::Result;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use sqlx::{Connection as _, PgConnection};
use stack::{Services, SignedForm, Stack, StackOptions, process::Process};
use testkit::{eventually, free_port, http_client, people::Person};
use uuid::Uuid;

const MESSAGES: usize = 3000;
const AT_ONCE: usize = 64;
const PATIENCE: Duration = Duration::from_mins(3);

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

    let http = http_client()?;
    let calls = stream::iter(&messages)
        .map(anyhow::Ok)
        .try_for_each_concurrent(AT_ONCE, async |(id, sid)| {
            let form = signed(&stack, *id, sid)?;
            // As Twilio, we come again.
            eventually("the answer to a callback", PATIENCE, async || {
                let answer = http
                    .post(format!("http://{listen}{}", form.path))
                    .header("x-twilio-signature", &form.signature)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(form.body.clone())
                    .send()
                    .await;
                Ok(answer
                    .is_ok_and(|answer| answer.status() == 204)
                    .then_some(()))
            })
            .await?;
            answered.fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
    let violence = async {
        let mut process = start(&stack, &listen)?;
        for (share, crashes_postgres) in [(20, false), (40, true), (60, false), (80, true)] {
            reached(&answered, MESSAGES * share / 100).await?;
            if crashes_postgres {
                stack.crash_postgres().await?;
            } else {
                process.kill().await?;
                process = start(&stack, &listen)?;
            }
        }
        reached(&answered, MESSAGES).await?;
        // What the killed ones had kept and not recorded, and what was locked by a transaction that died, follow a little later.
        let mut connection = PgConnection::connect(database).await?;
        eventually("what was put off", PATIENCE, async || {
            let waiting = "select (select count(*) from private.waiting_deliveries) + (select count(*) from private.campaign_tallies)";
            let waiting: i64 = sqlx::query_scalar(waiting)
                .fetch_one(&mut connection)
                .await?;
            Ok((waiting == 0).then_some(()))
        })
        .await?;
        process.stop().await
    };
    tokio::try_join!(calls, violence)?;

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

fn signed(stack: &Stack, id: Uuid, sid: &str) -> Result<SignedForm> {
    let fields = [
        ("AccountSid", stack.get("TWILIO_ACCOUNT_SID")?),
        ("MessageSid", sid),
        ("MessageStatus", "delivered"),
    ];
    Ok(SignedForm::new(
        stack.get("TWILIO_AUTH_TOKEN")?,
        stack.get("PUBLIC_BASE_URL")?,
        &format!("/api/webhooks/twilio/status?message={id}"),
        &fields,
    ))
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
