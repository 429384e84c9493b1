//! Sends campaigns, against a Twilio stand-in that counts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "test code: a panic is the failed test"
)]

mod stage;

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
    let _worker = stage.start();
    let campaign = stage.until_ended(id).await;
    assert_eq!(campaign["status"], "sent");
    assert_eq!(campaign["sent_count"], 250);
    assert_eq!(stage.twilio.summary().accepted, 250);
    assert_eq!(stage.twilio.bodies_to("+14155550007"), ["Hi Name7"]);
    let message = stage.message_to("+14155550007").await;
    assert_eq!(message["message_body"], "Hi Name7");
    assert_eq!(message["segments"], 1);
    stage.assert_counters_equal_rows().await;
}

#[tokio::test]
async fn what_texts_with_merge_fields_take_is_known_also_without_a_rate() {
    let stage = Stage::new().await;
    stage.customers(20).await;
    // Two segments as it stands, and one as anybody gets it.
    let long = "x".repeat(160);
    stage
        .launch(&format!("{{{{ first_name | default(\"{long}\") }}}}"))
        .await;
    let at_launch: f64 = sqlx::query_scalar("select segments from private.send_lanes")
        .fetch_one(&stage.pool)
        .await
        .unwrap();
    assert!((at_launch - 2.0).abs() < f64::EPSILON, "{at_launch}");
    let _worker = stage.start();
    stage
        .until(
            "the limits of the day count what was sent",
            "select segments < 2 from private.send_lanes",
        )
        .await;
}

#[tokio::test]
async fn who_opted_out_or_has_another_number_is_not_texted() {
    let stage = Stage::new().await;
    stage.customers(4).await;
    let id = stage.launch("Hello").await;
    // Between launch and sending.
    sqlx::raw_sql(
        "update public.customers set status = 'inactive' where phone = '+14155550001';
         update public.customers set phone = '+14155559999' where phone = '+14155550003'",
    )
    .execute(&stage.pool)
    .await
    .unwrap();
    // And one that only Twilio knows about.
    stage.twilio.will("+14155550002", &[Mood::Refuse(21610)]);
    let _worker = stage.start();
    let campaign = stage.until_ended(id).await;
    assert_eq!(campaign["sent_count"], 1);
    assert_eq!(campaign["failed_count"], 3);
    assert_eq!(campaign["skipped_count"], 2);
    for phone in ["+14155550001", "+14155550003", "+14155559999"] {
        assert!(stage.twilio.bodies_to(phone).is_empty(), "{phone}");
    }
    assert_eq!(stage.twilio.summary().requests, 2);
    let refused = stage.message_to("+14155550002").await;
    assert_eq!(
        (&refused["error_code"], &refused["reason"]),
        (&21610.into(), &"opted_out".into())
    );
    let changed = stage.message_to("+14155550003").await;
    assert_eq!(changed["reason"], "phone_changed");
    stage
        .until(
            "the customer who opted out is inactive",
            "select count(*) = 2 from public.customers where status = 'inactive'",
        )
        .await;
}

#[tokio::test]
async fn a_failed_message_is_tried_again_only_when_somebody_says_so() {
    let stage = Stage::new().await;
    stage.customers(2).await;
    let id = stage.launch("Hello").await;
    let _worker = stage.start();
    stage.until_ended(id).await;
    let first: String = sqlx::query_scalar(
        "update public.campaign_messages set status = 'failed', reason = 'handset_off', error_code = 30003
         where phone_number = '+14155550001' returning twilio_sid",
    )
    .fetch_one(&stage.pool)
    .await
    .unwrap();
    sqlx::query("select public.retry_failed_messages($1)")
        .bind(id)
        .execute(&stage.pool)
        .await
        .unwrap();
    let campaign = stage.until_ended(id).await;
    assert_eq!(campaign["status"], "sent");
    assert_eq!(
        (&campaign["sent_count"], &campaign["failed_count"]),
        (&2.into(), &0.into())
    );
    let message = stage.message_to("+14155550001").await;
    assert_eq!(message["status"], "sent");
    assert_ne!(message["twilio_sid"], first.as_str());
    assert_eq!(stage.twilio.bodies_to("+14155550001").len(), 2);
    stage.assert_counters_equal_rows().await;
}

#[tokio::test]
async fn a_throttled_message_is_sent_later() {
    let stage = Stage::new().await;
    stage.customers(2).await;
    stage
        .twilio
        .will("+14155550000", &[Mood::Throttle, Mood::Throttle]);
    let id = stage.launch("Hello").await;
    let _worker = stage.start();
    let campaign = stage.until_ended(id).await;
    assert_eq!(campaign["sent_count"], 2);
    assert_eq!(stage.twilio.summary().accepted, 2);
}

#[tokio::test]
async fn refused_credentials_end_no_campaign_and_burn_no_message() {
    let stage = Stage::new().await;
    stage.customers(150).await;
    for n in 0..150 {
        stage
            .twilio
            .will(&format!("+1415555{n:04}"), &[Mood::Refuse(20003)]);
    }
    let id = stage.launch("Hello").await;
    let worker = stage.start();
    stage
        .until(
            "the sender is held",
            "select hold_reason = 'account_refused' from private.senders",
        )
        .await;
    let refused = stage.twilio.summary().requests;
    assert!(refused < 150, "nobody goes on asking: {refused}");
    assert_eq!(stage.campaign(id).await["failed_count"], 0);
    // Somebody mends the credentials.
    for n in 0..150 {
        stage.twilio.will(&format!("+1415555{n:04}"), &[]);
    }
    stage.clock_forward("1 minute").await;
    let campaign = stage.until_ended(id).await;
    assert_eq!(campaign["sent_count"], 150);
    assert_eq!(stage.twilio.summary().accepted, 150);
    worker.stop().await;
    stage.assert_counters_equal_rows().await;
}

#[tokio::test]
async fn one_recipient_refused_with_a_code_of_the_sender_costs_nobody_else() {
    let stage = Stage::new().await;
    stage.customers(300).await;
    stage.twilio.will("+14155550007", &[Mood::Refuse(21606)]);
    stage.twilio.will("+14155550008", &[Mood::Refuse(21659)]);
    stage.twilio.will("+14155550009", &[Mood::Refuse(21617)]);
    let id = stage.launch("Hello").await;
    let _worker = stage.start();
    let campaign = stage.until_ended(id).await;
    assert_eq!(campaign["status"], "sent");
    assert_eq!(campaign["sent_count"], 297);
    assert_eq!(campaign["failed_count"], 3);
}

#[tokio::test]
async fn quiet_hours_of_one_recipient_hold_nobody_else() {
    let stage = Stage::new().await;
    stage.customers(20).await;
    stage.twilio.will("+14155550000", &[Mood::Refuse(30610)]);
    let id = stage.launch("Hello").await;
    let _worker = stage.start();
    stage
        .until(
            "the others are sent",
            "select count(*) = 19 from public.campaign_messages where status = 'sent'",
        )
        .await;
    assert_eq!(
        stage.message_to("+14155550000").await["reason"],
        "quiet_hours"
    );
    stage.clock_forward("61 minutes").await;
    assert_eq!(stage.until_ended(id).await["sent_count"], 20);
}

#[tokio::test]
async fn too_many_failures_pause_the_campaign_and_a_resume_goes_on() {
    let stage = Stage::new().await;
    stage.customers(400).await;
    for n in 0..400 {
        stage
            .twilio
            .will(&format!("+1415555{n:04}"), &[Mood::Refuse(30034)]);
    }
    let id = stage.launch("Hello").await;
    let _worker = stage.start();
    let campaign = stage.until_ended(id).await;
    assert_eq!(campaign["status"], "paused");
    assert_eq!(campaign["pause_reason"], "sender_unregistered");
    assert!(stage.twilio.summary().requests < 400);
    for n in 0..400 {
        stage.twilio.will(&format!("+1415555{n:04}"), &[]);
    }
    sqlx::query("select public.resume_campaign($1)")
        .bind(id)
        .execute(&stage.pool)
        .await
        .unwrap();
    let campaign = stage.until_ended(id).await;
    assert_eq!(campaign["status"], "sent");
    assert_eq!(campaign["pending_count"], 0);
    stage.assert_counters_equal_rows().await;
}

#[tokio::test]
async fn a_paused_campaign_sends_nothing_and_a_canceled_one_never_will() {
    let stage = Stage::new().await;
    stage.customers(40).await;
    let id = stage.launch("Hello").await;
    sqlx::query("select public.pause_campaign($1)")
        .bind(id)
        .execute(&stage.pool)
        .await
        .unwrap();
    let _worker = stage.start();
    let other = stage.launch_to("Other", "+14155550001").await;
    stage.until_ended(other).await;
    assert_eq!(stage.twilio.summary().requests, 1);
    sqlx::query("select public.cancel_campaign($1)")
        .bind(id)
        .execute(&stage.pool)
        .await
        .unwrap();
    stage
        .until(
            "its messages are canceled",
            "select count(*) = 40 from public.campaign_messages where reason = 'campaign_canceled'",
        )
        .await;
    let campaign = stage.campaign(id).await;
    assert_eq!(campaign["status"], "canceled");
    assert_eq!(campaign["skipped_count"], 40);
    assert_eq!(stage.twilio.summary().requests, 1);
    stage.assert_counters_equal_rows().await;
}

#[tokio::test]
async fn a_rejected_owner_sends_nothing_any_more() {
    let stage = Stage::new().await;
    stage.customers(40).await;
    let id = stage.launch("Hello").await;
    sqlx::query("update public.user_profiles set status = 'rejected' where id = $1")
        .bind(stage.owner)
        .execute(&stage.pool)
        .await
        .unwrap();
    let worker = stage.start();
    let campaign = stage.campaign(id).await;
    assert_eq!(campaign["status"], "paused");
    assert_eq!(campaign["pause_reason"], "owner_not_approved");
    worker.stop().await;
    assert_eq!(stage.twilio.summary().requests, 0);
}

#[tokio::test]
async fn purged_work_is_found_again() {
    let stage = Stage::new().await;
    stage.customers(30).await;
    let id = stage.launch("Hello").await;
    sqlx::query("delete from private.send_ranges")
        .execute(&stage.pool)
        .await
        .unwrap();
    let _worker = stage.start();
    stage.clock_forward("2 minutes").await;
    assert_eq!(stage.until_ended(id).await["sent_count"], 30);
    assert_eq!(stage.twilio.summary().accepted, 30);
}

#[tokio::test]
async fn one_hanging_request_holds_no_other() {
    let stage = Stage::new().await;
    stage.customers(100).await;
    stage.twilio.will("+14155550003", &[Mood::Hang]);
    stage.launch("Hello").await;
    let _worker = stage.start_with(|settings| {
        settings.twilio.timeout_seconds = 60;
        settings.pacing.doubt_after_seconds = 120;
    });
    stage
        .until(
            "all but one are sent",
            "select count(*) = 99 from public.campaign_messages where status = 'sent'",
        )
        .await;
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
async fn a_worker_that_is_told_to_stop_records_what_is_under_way() {
    let stage = Stage::new().await;
    stage.customers(300).await;
    stage.launch("Hello").await;
    let worker = stage.start();
    while stage.twilio.summary().accepted == 0 {
        tokio::task::yield_now().await;
    }
    worker.stop().await;
    let (sent, claims): (i64, i64) = sqlx::query_as(
        "select (select count(*) from public.campaign_messages where status = 'sent'),
           (select count(*) from private.send_claims where positions <> '{}')",
    )
    .fetch_one(&stage.pool)
    .await
    .unwrap();
    assert_eq!(
        usize::try_from(sent).unwrap(),
        stage.twilio.summary().accepted
    );
    assert_eq!(claims, 0, "nothing is left in doubt");
}
