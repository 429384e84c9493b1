//! Messages of which nobody knows whether Twilio has them: none may go out twice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "test code: a panic is the failed test"
)]

mod stage;

use std::time::Duration;

use localstack::twilio::{Faults, Mood};
use stage::Stage;

#[tokio::test]
async fn a_message_that_twilio_has_is_never_judged_absent() {
    let stage = Stage::new().await;
    stage.customers(5).await;
    stage.twilio.will("+14155550000", &[Mood::AcceptAndFail]);
    stage.twilio.will("+14155550001", &[Mood::Fail]);
    let id = stage.launch("Hello {{ first_name }}").await;
    let _worker = stage.start();
    stage
        .until(
            "all but the doubts are sent",
            "select count(*) = 2 from public.campaign_messages where status = 'pending'",
        )
        .await;
    stage.clock_forward("1 minute").await;
    stage
        .until(
            "what Twilio has is found",
            "select status = 'sent' from public.campaign_messages where phone_number = '+14155550000'",
        )
        .await;
    let found = stage.message_to("+14155550000").await;
    assert_eq!(
        (&found["message_body"], &found["segments"]),
        (&"Hello Name0".into(), &1.into())
    );
    assert_eq!(stage.message_to("+14155550001").await["reason"], "in_doubt");
    // Time alone does not prove that Twilio does not have it.
    for _ in 0..5 {
        stage.clock_forward("10 minutes").await;
        stage
            .until(
                "it was looked for again",
                "select bool_and(doubt_at > private.clock()) from private.send_claims",
            )
            .await;
    }
    assert_eq!(stage.twilio.summary().requests, 5);
    // A later message in Twilio's list does.
    let later = stage.launch_to("Later", "+14155550004").await;
    stage.until_ended(later).await;
    stage.clock_forward("30 minutes").await;
    let campaign = stage.until_ended(id).await;
    assert_eq!(campaign["status"], "sent");
    for n in 0..4 {
        assert_eq!(stage.twilio.bodies_to(&format!("+1415555000{n}")).len(), 1);
    }
    assert_eq!(
        stage.twilio.summary().requests,
        7,
        "only what Twilio did not have is sent again"
    );
    stage.assert_counters_equal_rows().await;
}

#[tokio::test]
async fn a_text_that_twilio_changes_and_answers_late_is_not_repeated() {
    let stage = Stage::new().await;
    stage.customers(3).await;
    stage.twilio.fail_with(Faults {
        smart_encoding: true,
        trial_prefix: true,
        ..Faults::default()
    });
    stage.twilio.will("+14155550000", &[Mood::AcceptAndFail]);
    // Accepted after its client has given up.
    stage.twilio.will("+14155550001", &[Mood::Late(2500)]);
    let id = stage
        .launch(
            "\u{ff33}\u{ff21}\u{ff2c}\u{ff25} \u{2014} \u{bd} off \u{201c}today\u{201d}\u{2026}",
        )
        .await;
    let _worker = stage.start();
    while stage.twilio.summary().accepted < 3 {
        tokio::task::yield_now().await;
    }
    stage
        .until(
            "the other one is sent",
            "select count(*) = 1 from public.campaign_messages where status = 'sent'",
        )
        .await;
    stage.clock_forward("1 minute").await;
    assert_eq!(stage.until_ended(id).await["sent_count"], 3);
    assert_eq!(stage.twilio.summary().requests, 3);
}

#[tokio::test]
async fn two_campaigns_in_doubt_with_the_same_text_share_no_sid() {
    let stage = Stage::new().await;
    stage.customers(1).await;
    stage
        .twilio
        .will("+14155550000", &[Mood::AcceptAndFail, Mood::AcceptAndFail]);
    let first = stage.launch("Hello").await;
    let second = stage.launch("Hello").await;
    let _worker = stage.start();
    while stage.twilio.summary().accepted < 2 {
        tokio::task::yield_now().await;
    }
    stage.clock_forward("1 minute").await;
    stage.until_ended(first).await;
    stage.until_ended(second).await;
    assert_eq!(stage.twilio.bodies_to("+14155550000").len(), 2);
    let sids: i64 =
        sqlx::query_scalar("select count(distinct twilio_sid) from public.campaign_messages")
            .fetch_one(&stage.pool)
            .await
            .unwrap();
    assert_eq!(sids, 2);
}

#[tokio::test]
async fn workers_killed_at_any_moment_text_nobody_twice() {
    let stage = Stage::new().await;
    stage.customers(400).await;
    for n in (0..400).step_by(50) {
        stage
            .twilio
            .will(&format!("+1415555{n:04}"), &[Mood::AcceptAndFail]);
    }
    let id = stage.launch("Hello").await;
    for milliseconds in [5, 15, 25, 40, 60, 90] {
        let workers = [stage.start(), stage.start()];
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        // Wherever they are: between claim and request, between request and record.
        drop(workers);
    }
    // What was claimed and never posted is given up only after another message proves that it is not at Twilio.
    let _worker = stage.start();
    let campaign = loop {
        let later = stage.launch_to("Later", "+14155550399").await;
        stage.until_ended(later).await;
        stage.clock_forward("11 minutes").await;
        stage
            .until(
                "the doubts were looked at",
                "select coalesce(bool_and(doubt_at > private.clock()), true) from private.send_claims",
            )
            .await;
        let campaign = stage.campaign(id).await;
        if campaign["status"] != "sending" {
            break campaign;
        }
    };
    assert_eq!(campaign["sent_count"], 400);
    for n in 0..399 {
        let phone = format!("+1415555{n:04}");
        assert_eq!(stage.twilio.bodies_to(&phone).len(), 1, "{phone}");
    }
    stage.assert_counters_equal_rows().await;
}
