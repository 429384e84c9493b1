//! What one account, one recipient or one lock must not do to the others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "test code: a panic is the failed test"
)]

mod stage;

use std::time::{Duration, Instant};

use localstack::twilio::{Faults, Mood};
use sqlx::Connection as _;
use stage::{Running, Stage};

/// No request times out because the machine is busy.
fn start_patient(stage: &Stage) -> Running {
    stage.start_with(|settings| {
        settings.twilio.timeout_seconds = 30;
        settings.pacing.doubt_after_seconds = 60;
    })
}

#[tokio::test]
async fn one_message_beside_another_accounts_thousands_does_not_wait() {
    let stage = Stage::new().await;
    let neighbour = stage.another_owner().await;
    stage.customers(4_000).await;
    stage.twilio.fail_with(Faults {
        latency_ms: 20,
        ..Faults::default()
    });
    let long = stage.launch("Hello").await;
    let _worker = start_patient(&stage);
    stage
        .until(
            "the long campaign is under way",
            "select count(*) > 100 from public.campaign_messages where status = 'sent'",
        )
        .await;
    let begun = Instant::now();
    stage.launch_for(neighbour, "+12125550100").await;
    stage
        .until(
            "the neighbour's message is sent",
            "select status = 'sent' from public.campaign_messages where phone_number = '+12125550100'",
        )
        .await;
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "it took {:?}",
        begun.elapsed()
    );
    assert_eq!(
        stage.campaign(long).await["status"],
        "sending",
        "this proves nothing"
    );
}

#[tokio::test]
async fn a_lock_on_all_customers_delays_neither_texts_nor_refusals() {
    let stage = Stage::new().await;
    stage.customers(60).await;
    stage.twilio.will("+14155550005", &[Mood::Refuse(21610)]);
    let id = stage.launch("Hello").await;
    let mut import = stage.pool.acquire().await.unwrap();
    let mut import = import.begin().await.unwrap();
    // What an import takes when it has lost its races.
    sqlx::query("lock table public.customers in share row exclusive mode")
        .execute(&mut *import)
        .await
        .unwrap();
    let _worker = start_patient(&stage);
    let campaign = stage.until_ended(id).await;
    assert_eq!(
        (&campaign["sent_count"], &campaign["opted_out_count"]),
        (&59.into(), &1.into())
    );
    import.rollback().await.unwrap();
    stage
        .until(
            "the customer who opted out is inactive",
            "select status = 'inactive' from public.customers where phone = '+14155550005'",
        )
        .await;
}

#[tokio::test]
async fn a_long_deletion_of_one_accounts_customers_delays_no_other_accounts_texts() {
    let stage = Stage::new().await;
    let neighbour = stage.another_owner().await;
    stage.customers(400).await;
    stage.twilio.fail_with(Faults {
        latency_ms: 300,
        ..Faults::default()
    });
    let id = stage.launch("Hello").await;
    // Takes fail these, and so want to lock what the deletion has locked.
    sqlx::query("update public.customers set status = 'inactive' where phone like '%5'")
        .execute(&stage.pool)
        .await
        .unwrap();
    let _worker = start_patient(&stage);
    stage
        .until(
            "requests are under way",
            "select exists (select from private.send_claims)",
        )
        .await;
    let mut deletion = stage.pool.begin().await.unwrap();
    sqlx::query("delete from public.customers where user_id <> $1")
        .bind(neighbour)
        .execute(&mut *deletion)
        .await
        .unwrap();
    stage.launch_for(neighbour, "+12125550100").await;
    stage
        .until(
            "the neighbour's message is sent",
            "select status = 'sent' from public.campaign_messages where phone_number = '+12125550100'",
        )
        .await;
    stage
        .until(
            "what a take could not fail waits",
            "select exists (select from private.send_retries)",
        )
        .await;
    deletion.rollback().await.unwrap();
    let campaign = stage.until_ended(id).await;
    assert_eq!(
        (&campaign["sent_count"], &campaign["failed_count"]),
        (&360.into(), &40.into())
    );
    assert_eq!(stage.twilio.summary().duplicates, 0);
    assert_eq!(stage.twilio.summary().accepted, 361);
}

#[tokio::test]
async fn an_odd_answer_about_one_recipient_ends_no_campaign() {
    let stage = Stage::new().await;
    stage.customers(50).await;
    let odd = |http_status, code| Mood::RefuseWith { http_status, code };
    stage.twilio.will("+14155550001", &[odd(403, None)]);
    stage.twilio.will("+14155550002", &[odd(429, Some(99_999))]);
    stage.twilio.will("+14155550003", &[odd(429, None)]);
    stage.twilio.will("+14155550004", &[odd(401, Some(20_003))]);
    let id = stage.launch("Hello").await;
    let _worker = start_patient(&stage);
    stage
        .until(
            "all others are sent",
            "select count(*) >= 45 from public.campaign_messages where status = 'sent'",
        )
        .await;
    let campaign = stage.campaign(id).await;
    assert_ne!(campaign["status"], "failed");
    assert_eq!(campaign["failed_count"], 0, "{campaign}");
    assert_eq!(stage.twilio.summary().duplicates, 0);
}
