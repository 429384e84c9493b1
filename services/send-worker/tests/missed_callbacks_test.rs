//! Callbacks that never come: what became of their messages is found in Twilio's list.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "test code: a panic is the failed test"
)]

mod stage;

use std::time::{Duration, Instant};

use localstack::twilio::Faults;
use send_worker::Worker;
use stage::Stage;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// All callbacks are lost.
fn lost() -> Faults {
    Faults {
        callback_loss_ratio: 1.0,
        ..Faults::default()
    }
}

/// A stage on which a campaign to so many customers has been sent and delivered, and no callback has come.
async fn delivered_in_silence(customers: i32, faults: Faults) -> (Stage, Uuid, Worker) {
    let stage = Stage::delivering().await;
    stage.customers(customers).await;
    stage.twilio.fail_with(faults);
    let id = stage.launch("Hello").await;
    let worker = stage.start();
    until_delivered(&stage, id).await;
    worker.stop().await;
    let reader = stage.worker(CancellationToken::new());
    (stage, id, reader)
}

/// Waits until everything has been sent, and Twilio has nothing left to do. For longer than the stage would: these are
/// many messages for a busy machine.
async fn until_delivered(stage: &Stage, id: Uuid) {
    let deadline = Instant::now() + Duration::from_mins(5);
    while stage.campaign(id).await["status"] == "sending" || stage.twilio.summary().pending > 0 {
        assert!(Instant::now() < deadline, "{}", stage.campaign(id).await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn thousands_of_lost_callbacks_cost_a_few_requests() {
    let faults = Faults {
        undelivered_ratio: 0.02,
        redact: true,
        ..lost()
    };
    let (stage, id, reader) = delivered_in_silence(3000, faults).await;
    stage.clock_forward("9 minutes").await;
    assert_eq!(reader.find_missed_callbacks().await.unwrap(), 0);
    assert_eq!(stage.twilio.summary().list_requests, 0, "not overdue yet");
    stage.clock_forward("2 minutes").await;
    assert_eq!(reader.find_missed_callbacks().await.unwrap(), 3000);
    assert_eq!(stage.twilio.summary().list_requests, 3);
    let campaign = stage.campaign(id).await;
    let failed = campaign["failed_count"].as_i64().unwrap();
    assert!((20..150).contains(&failed), "{failed}");
    assert_eq!(campaign["delivered_count"], 3000 - failed);
    stage.assert_counters_equal_rows().await;
    // And nothing is asked any more.
    stage.clock_forward("1 day").await;
    assert_eq!(reader.find_missed_callbacks().await.unwrap(), 0);
    assert_eq!(stage.twilio.summary().list_requests, 3);
}

#[tokio::test]
async fn a_page_that_fails_is_read_again_and_no_other() {
    let faults = Faults {
        list_fail_ratio: 0.5,
        seed: 3,
        ..lost()
    };
    let (stage, id, reader) = delivered_in_silence(1100, faults).await;
    stage.clock_forward("11 minutes").await;
    let mut rounds = 0;
    while stage.campaign(id).await["delivered_count"] != 1100 {
        reader.find_missed_callbacks().await.unwrap();
        stage.clock_forward("1 hour").await;
        rounds += 1;
        assert!(rounds < 50, "it comes to an end");
    }
    // Each round but the last ended with a request that failed.
    assert!(rounds > 1);
    assert_eq!(stage.twilio.summary().list_requests, 2 + rounds - 1);
}

#[tokio::test]
async fn an_end_that_the_database_refuses_holds_up_no_other() {
    let (stage, id, reader) = delivered_in_silence(1100, lost()).await;
    sqlx::query(
        "alter table public.campaign_messages add constraint no_poison check (position <> 7 or status <> 'delivered')",
    )
    .execute(&stage.pool)
    .await
    .unwrap();
    stage.clock_forward("11 minutes").await;
    assert_eq!(reader.find_missed_callbacks().await.unwrap(), 1099);
    // As the callbacks' upkeep: what comes right behind another one's commit may have been put off.
    sqlx::query("select private.record_waiting_deliveries(true, true, 1000)")
        .execute(&stage.pool)
        .await
        .unwrap();
    assert_eq!(stage.campaign(id).await["delivered_count"], 1099);
    assert_eq!(stage.twilio.summary().list_requests, 2, "both pages");
    stage.assert_counters_equal_rows().await;
}

#[tokio::test]
async fn twilio_is_left_alone_for_as_long_as_it_says() {
    let throttled = Faults {
        list_throttle_ratio: 1.0,
        retry_after_seconds: Some(300),
        ..lost()
    };
    let (stage, id, reader) = delivered_in_silence(20, throttled).await;
    stage.clock_forward("11 minutes").await;
    for forward in ["0", "1 minute", "3 minutes"] {
        stage.clock_forward(forward).await;
        assert_eq!(reader.find_missed_callbacks().await.unwrap(), 0);
        assert_eq!(stage.twilio.summary().list_requests, 1, "{forward}");
    }
    stage.twilio.fail_with(lost());
    stage.clock_forward("2 minutes").await;
    assert_eq!(reader.find_missed_callbacks().await.unwrap(), 20);
    assert_eq!(stage.campaign(id).await["delivered_count"], 20);
}

#[tokio::test]
async fn somebody_goes_on_where_a_reader_was_killed() {
    let (stage, id, first) = delivered_in_silence(2200, lost()).await;
    stage.clock_forward("11 minutes").await;
    let reading = tokio::spawn(async move { first.find_missed_callbacks().await });
    while stage.twilio.summary().list_requests < 2 && !reading.is_finished() {
        tokio::task::yield_now().await;
    }
    reading.abort();
    let _ = reading.await;
    let killed_at = stage.twilio.summary().list_requests;
    let second = stage.worker(CancellationToken::new());
    assert_eq!(second.find_missed_callbacks().await.unwrap(), 0);
    assert_eq!(
        stage.twilio.summary().list_requests,
        killed_at,
        "one reader at a time"
    );
    stage.clock_forward("2 minutes").await;
    second.find_missed_callbacks().await.unwrap();
    assert_eq!(stage.campaign(id).await["delivered_count"], 2200);
    let requests = stage.twilio.summary().list_requests;
    assert!(
        requests <= 4,
        "pages that were read are not read again: {requests}"
    );
    stage.assert_counters_equal_rows().await;
}

#[tokio::test]
async fn a_campaign_paced_over_days_misses_nothing() {
    let stage = Stage::delivering().await;
    stage.clock_forward("-3 days").await;
    stage.customers(5).await;
    stage.twilio.fail_with(lost());
    let id = stage.launch("Hello").await;
    let worker = stage.start_with(|settings| {
        settings.pacing.segments_per_second = Some(0.000_02);
    });
    stage
        .until(
            "the first is sent",
            "select sum(sent_count) = 1 from public.campaigns",
        )
        .await;
    for more in [
        "select sum(sent_count) >= 2 from public.campaigns",
        "select sum(sent_count) >= 3 from public.campaigns",
        "select sum(sent_count) >= 4 from public.campaigns",
        "select sum(sent_count) >= 5 from public.campaigns",
    ] {
        stage.clock_forward("17 hours").await;
        stage.until("one more is sent", more).await;
    }
    until_delivered(&stage, id).await;
    worker.stop().await;
    stage.clock_forward("11 minutes").await;
    let reader = stage.worker(CancellationToken::new());
    reader.find_missed_callbacks().await.unwrap();
    assert_eq!(stage.campaign(id).await["delivered_count"], 5);
}

#[tokio::test]
async fn what_the_list_does_not_show_yet_is_looked_for_later() {
    let lagging = Faults {
        list_lag_ms: 3_600_000,
        ..lost()
    };
    let (stage, id, reader) = delivered_in_silence(20, lagging).await;
    stage.clock_forward("11 minutes").await;
    for _ in 0..3 {
        assert_eq!(reader.find_missed_callbacks().await.unwrap(), 0);
        assert_eq!(stage.twilio.summary().list_requests, 1, "no busy loop");
        stage.clock_forward("90 seconds").await;
    }
    stage.twilio.fail_with(lost());
    stage.clock_forward("2 minutes").await;
    assert_eq!(reader.find_missed_callbacks().await.unwrap(), 20);
    assert_eq!(stage.twilio.summary().list_requests, 2);
    assert_eq!(stage.campaign(id).await["delivered_count"], 20);
}
