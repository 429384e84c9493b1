//! The connections that the writer and the recorder keep between their statements.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "test code: a panic is the failed test"
)]

mod stage;

use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

use axum::http::StatusCode;
use rows_as_service::callbacks::Deliveries;
use sqlx::Executor as _;
use stage::Stage;
use tokio::time::timeout;

/// Less than for how long a connection is kept at most.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_connection_that_is_lost_between_two_callbacks_costs_neither() {
    let stage = Stage::with_messages(2).await;
    for position in [1, 2] {
        let sid = format!("SM{position}");
        let delivered = [("MessageSid", sid.as_str()), ("MessageStatus", "delivered")];
        let answer = stage
            .call(Some(stage.message(position).await), &delivered)
            .await;
        assert_eq!(answer, StatusCode::NO_CONTENT);
        assert_eq!(stage.state(position).await.0, "delivered");
        let lost: i64 = sqlx::query_scalar(
            "with others as materialized (
               select a.pid from pg_stat_activity a where a.datname = current_database() and a.usename <> current_user
             )
             select count(*) from others o where pg_terminate_backend(o.pid, 5000)",
        )
        .fetch_one(stage.database.pool())
        .await
        .unwrap();
        assert_ne!(lost, 0);
    }
}

#[tokio::test]
async fn whoever_reads_the_callbacks_does_not_stop_them_for_a_partition() {
    let stage = Stage::with_messages(1).await;
    let deliveries = Deliveries::new(stage.connections.clone());
    let owner = stage.database.pool();
    owner
        .execute(
            "do $$ begin
               execute format('drop table private.twilio_events_%s', to_char((now() at time zone 'UTC')::date + 2, 'YYYYMMDD'));
             end $$",
        )
        .await
        .unwrap();
    let mut backup = owner.begin().await.unwrap();
    backup
        .execute("lock table private.twilio_events in access share mode")
        .await
        .unwrap();
    let refused = timeout(SOON, deliveries.keep_events(None)).await;
    assert!(refused.unwrap().unwrap_err().is_locked());
    backup.rollback().await.unwrap();
    assert_eq!(deliveries.keep_events(None).await.unwrap(), 0);
}

#[tokio::test]
async fn two_connections_are_enough_for_others_too_while_callbacks_come() {
    let stage = Stage::with_connections(2, 64).await;
    let (answered, enough) = (AtomicU32::new(0), AtomicBool::new(false));
    let callers = (1..=64).map(async |position| {
        let (id, sid) = (stage.message(position).await, format!("SM{position}"));
        let sent = [("MessageSid", sid.as_str()), ("MessageStatus", "sent")];
        while !enough.load(Ordering::Relaxed) {
            assert_eq!(stage.call(Some(id), &sent).await, StatusCode::NO_CONTENT);
            answered.fetch_add(1, Ordering::Relaxed);
        }
    });
    let others = async {
        let mut waits = Vec::new();
        for round in 1..=10 {
            // By then the writer and the recorder have both had their connections.
            while answered.load(Ordering::Relaxed) < round * 500 {
                tokio::task::yield_now().await;
            }
            waits.push(timeout(SOON, stage.connections.wait_for_connection()).await);
        }
        enough.store(true, Ordering::Relaxed);
        waits
    };
    let (_, waits) = tokio::join!(futures::future::join_all(callers), others);
    for wait in waits {
        wait.unwrap().unwrap();
    }
    stage.everything_counted().await;
}
