//! Sends campaigns, against a Twilio stand-in that counts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "test code: a panic is the failed test"
)]

mod stage;

use std::time::Duration;

use localstack::twilio::Mood;
use stage::Stage;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn every_recipient_gets_their_own_text_once() {
    let stage = Stage::new().await;
    stage.customers(250).await;
    let id = stage
        .launch("Hi {{ first_name | default(\"there\") }}")
        .await;
    let worker = stage.worker(CancellationToken::new());
    let campaign = stage.work_until_ended(&worker, id).await;
    assert_eq!(campaign["status"], "sent");
    assert_eq!(campaign["sent_count"], 250);
    assert_eq!(stage.twilio.summary().accepted, 250);
    assert_eq!(stage.twilio.bodies_to("+14155550007"), ["Hi Name7"]);
    assert_eq!(
        stage.message_to("+14155550007").await["message_body"],
        "Hi Name7"
    );
    stage.assert_counters_equal_rows().await;
}

#[tokio::test]
async fn an_opted_out_customer_is_never_texted() {
    let stage = Stage::new().await;
    stage.customers(3).await;
    let id = stage.launch("Hello").await;
    // Opts out between launch and sending.
    sqlx::query("update public.customers set status = 'inactive' where phone = '+14155550001'")
        .execute(&stage.pool)
        .await
        .unwrap();
    // And one that only Twilio knows about.
    stage.twilio.will("+14155550002", &[Mood::Refuse(21610)]);
    let worker = stage.worker(CancellationToken::new());
    let campaign = stage.work_until_ended(&worker, id).await;
    assert_eq!(
        (
            campaign["sent_count"].clone(),
            campaign["failed_count"].clone()
        ),
        (1.into(), 2.into())
    );
    assert!(stage.twilio.bodies_to("+14155550001").is_empty());
    assert_eq!(stage.twilio.summary().requests, 2);
    assert_eq!(stage.message_to("+14155550002").await["error_code"], 21610);
    let inactive: i64 =
        sqlx::query_scalar("select count(*) from public.customers where status = 'inactive'")
            .fetch_one(&stage.pool)
            .await
            .unwrap();
    assert_eq!(inactive, 2);
}

#[tokio::test]
async fn a_message_in_doubt_is_looked_up_and_never_repeated_when_twilio_has_it() {
    let stage = Stage::new().await;
    stage.customers(5).await;
    stage.twilio.will("+14155550000", &[Mood::AcceptAndFail]);
    stage.twilio.will("+14155550001", &[Mood::Fail]);
    let id = stage.launch("Hello").await;
    let worker = stage.worker(CancellationToken::new());
    worker.run_once().await.unwrap();
    assert_eq!(stage.message_to("+14155550000").await["status"], "pending");
    let campaign = stage.work_until_ended(&worker, id).await;
    assert_eq!(campaign["status"], "sent");
    for n in 0..5 {
        assert_eq!(stage.twilio.bodies_to(&format!("+1415555000{n}")).len(), 1);
    }
    assert_eq!(
        stage.twilio.summary().requests,
        6,
        "only what Twilio did not have is sent again"
    );
    stage.assert_counters_equal_rows().await;
}

#[tokio::test]
async fn two_campaigns_in_doubt_with_the_same_text_share_no_sid() {
    let stage = Stage::new().await;
    stage.customers(1).await;
    stage
        .twilio
        .will("+14155550000", &[Mood::AcceptAndFail, Mood::Fail]);
    let first = stage.launch("Hello").await;
    let second = stage.launch("Hello").await;
    let worker = stage.worker(CancellationToken::new());
    stage.work_until_ended(&worker, first).await;
    stage.work_until_ended(&worker, second).await;
    assert_eq!(stage.twilio.bodies_to("+14155550000").len(), 2);
    let sids: i64 =
        sqlx::query_scalar("select count(distinct twilio_sid) from public.campaign_messages")
            .fetch_one(&stage.pool)
            .await
            .unwrap();
    assert_eq!(sids, 2);
}

#[tokio::test]
async fn a_throttled_message_is_sent_later() {
    let stage = Stage::new().await;
    stage.customers(2).await;
    stage
        .twilio
        .will("+14155550000", &[Mood::Throttle, Mood::Throttle]);
    let id = stage.launch("Hello").await;
    let worker = stage.worker(CancellationToken::new());
    let campaign = stage.work_until_ended(&worker, id).await;
    assert_eq!(campaign["sent_count"], 2);
    assert_eq!(stage.twilio.summary().accepted, 2);
}

#[tokio::test]
async fn refused_credentials_stop_the_campaign_and_say_why() {
    let stage = Stage::new().await;
    stage.customers(150).await;
    for n in 0..150 {
        stage
            .twilio
            .will(&format!("+1415555{n:04}"), &[Mood::Refuse(20003)]);
    }
    let id = stage.launch("Hello").await;
    let worker = stage.worker(CancellationToken::new());
    let campaign = stage.work_until_ended(&worker, id).await;
    assert_eq!(campaign["status"], "failed");
    assert_eq!(campaign["failure_reason"], "twilio_account");
    // Messages released by other batches fail when those batches return.
    stage.time_passes().await;
    worker.run_once().await.unwrap();
    assert_eq!(stage.campaign(id).await["failed_count"], 150);
    assert_eq!(stage.twilio.summary().accepted, 0);
    assert!(
        stage.twilio.summary().requests < 150,
        "nobody goes on asking"
    );
    stage.assert_counters_equal_rows().await;
}

#[tokio::test]
async fn a_template_that_can_not_render_fails_the_campaign_before_anybody_is_texted() {
    let stage = Stage::new().await;
    stage.customers(2).await;
    let id = stage.launch("Hi {{ nickname }}").await;
    let worker = stage.worker(CancellationToken::new());
    let campaign = stage.work_until_ended(&worker, id).await;
    assert_eq!(campaign["status"], "failed");
    assert_eq!(campaign["failure_reason"], "template_invalid");
    assert_eq!(stage.twilio.summary().requests, 0);
}

#[tokio::test]
async fn a_scheduled_campaign_launches_once_with_several_workers() {
    let stage = Stage::new().await;
    stage.customers(120).await;
    sqlx::query(
        "insert into public.campaigns (user_id, name, message_body, status, scheduled_at)
         values ($1, 'due', 'Hello', 'scheduled', now() - interval '1 second'),
                ($1, 'later', 'Hello', 'scheduled', now() + interval '1 hour'),
                ($1, 'empty', ' ', 'scheduled', now() - interval '1 second')",
    )
    .bind(stage.owner)
    .execute(&stage.pool)
    .await
    .unwrap();
    let (one, two) = (
        stage.worker(CancellationToken::new()),
        stage.worker(CancellationToken::new()),
    );
    let (a, b) = tokio::join!(one.launch_due(), two.launch_due());
    assert_eq!(a.unwrap() + b.unwrap(), 2);
    let states: Vec<(String, String, i32, Option<String>)> = sqlx::query_as(
        "select name, status, total_recipients, failure_reason from public.campaigns order by name",
    )
    .fetch_all(&stage.pool)
    .await
    .unwrap();
    let row = |name: &str, status: &str, total, reason: Option<&str>| {
        (
            name.to_owned(),
            status.to_owned(),
            total,
            reason.map(ToOwned::to_owned),
        )
    };
    assert_eq!(
        states,
        [
            row("due", "sending", 120, None),
            row("empty", "failed", 0, Some("message_body_required")),
            row("later", "scheduled", 0, None),
        ]
    );
}

#[tokio::test]
async fn workers_killed_at_any_moment_send_everything_exactly_once() {
    let stage = Stage::new().await;
    stage.customers(400).await;
    for n in (0..400).step_by(50) {
        stage
            .twilio
            .will(&format!("+1415555{n:04}"), &[Mood::AcceptAndFail]);
    }
    let id = stage.launch("Hello").await;
    for milliseconds in [5, 15, 25, 40, 60, 90] {
        let worker = stage.worker(CancellationToken::new());
        let other = stage.worker(CancellationToken::new());
        let one = tokio::spawn(async move { worker.run().await });
        let two = tokio::spawn(async move { other.run().await });
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        // Dropped wherever they are: between claim and request, between request and record.
        one.abort();
        two.abort();
        let _ = (one.await, two.await);
        stage.time_passes().await;
    }
    let worker = stage.worker(CancellationToken::new());
    let campaign = stage.work_until_ended(&worker, id).await;
    assert_eq!(campaign["sent_count"], 400);
    for n in 0..400 {
        let phone = format!("+1415555{n:04}");
        assert_eq!(stage.twilio.bodies_to(&phone).len(), 1, "{phone}");
    }
    stage.assert_counters_equal_rows().await;
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_records_what_is_under_way() {
    let stage = Stage::new().await;
    stage.customers(300).await;
    stage.launch("Hello").await;
    let stopping = CancellationToken::new();
    let worker = stage.worker(stopping.clone());
    let running = tokio::spawn(async move { worker.run().await });
    while stage.twilio.summary().accepted == 0 {
        tokio::task::yield_now().await;
    }
    stopping.cancel();
    tokio::time::timeout(Duration::from_secs(5), running)
        .await
        .unwrap()
        .unwrap();
    let (sent, in_doubt): (i64, i64) = sqlx::query_as(
        "select count(*) filter (where status = 'sent'), count(*) filter (where status = 'pending' and attempted_at is not null)
         from public.campaign_messages",
    )
    .fetch_one(&stage.pool)
    .await
    .unwrap();
    assert_eq!(
        usize::try_from(sent).unwrap(),
        stage.twilio.summary().accepted
    );
    assert_eq!(in_doubt, 0);
}
