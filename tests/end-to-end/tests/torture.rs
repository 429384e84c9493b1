//! Everything fails at once; `scripts/torture` at scale.

use std::time::Duration;

use stack::torture::{Torture, endure};

#[tokio::test]
async fn whatever_fails_nobody_is_texted_twice_forgotten_or_texted_after_stop() {
    let report = Box::pin(endure(
        &Torture {
            seed: 1,
            recipients: 1_500,
            accounts: 3,
            workers: 2,
            database_crashes: 1,
            patience: Duration::from_mins(5),
        },
        |_| (),
    ))
    .await
    .unwrap();
    assert!(
        report.harm.database_crashes > 0 && !report.deeds.stopped.is_empty(),
        "there was little torture: {report:#?}"
    );
}
