//! Every recipient gets the message exactly once, whatever dies; `scripts/exactly-once` at scale.

use std::time::Duration;

use stack::crashes::{Crashes, customers_csv, survive};

#[tokio::test]
async fn killed_workers_and_broken_connections_text_everybody_exactly_once() {
    let outcome = survive(
        &Crashes {
            workers: 2,
            kills: 5,
            dropped: 0.02,
            patience: Duration::from_mins(3),
        },
        customers_csv(1_500),
    )
    .await
    .unwrap();
    assert!(
        outcome.broken_connections > 0,
        "no connection broke: {outcome:#?}"
    );
    assert!(outcome.killed > 0, "no worker was killed: {outcome:#?}");
}
