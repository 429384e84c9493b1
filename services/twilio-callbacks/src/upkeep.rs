//! Periodic work besides the requests.

use std::time::Duration;

use rows_as_service::{LONGEST_TURN, callbacks::Deliveries, within};
use tokio::time::{Instant, sleep};

use crate::delivery_recorder::record_singly;

/// How often at most what was put off is looked at; nearly always there is nothing.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many times as long as a look took that found nothing until the next one: each passes all that is gone since the
/// oldest running transaction began, be it an import or a backup.
const LOOKING_RESTS: u32 = 100;
/// How often at least.
const LOOK_WITHIN: Duration = Duration::from_mins(1);
const KEEP_EVENTS_EVERY: Duration = Duration::from_hours(1);
/// When to try again where somebody reads the callbacks or the database fails: each try holds up those that come meanwhile.
const KEEP_EVENTS_AGAIN: Duration = Duration::from_mins(1);

/// Records what was put off because it was locked, records and counts what processes left behind that are gone, and makes and drops partitions of `private.twilio_events`. Never ends.
pub async fn run(deliveries: &Deliveries, events_days: Option<i32>) {
    let mut keep_events_at = Instant::now();
    loop {
        let began = Instant::now();
        let rests = if something_waited(deliveries).await {
            LOOK_EVERY
        } else {
            (LOOKING_RESTS * began.elapsed()).clamp(LOOK_EVERY, LOOK_WITHIN)
        };
        if Instant::now() >= keep_events_at {
            keep_events_at = Instant::now() + keep_events(deliveries, events_days).await;
        }
        sleep(rests).await;
    }
}

/// Makes and drops partitions; returns how long to wait until the next time.
async fn keep_events(deliveries: &Deliveries, events_days: Option<i32>) -> Duration {
    match within(LONGEST_TURN, deliveries.keep_events(events_days)).await {
        Ok(dropped) => {
            if dropped > 0 {
                tracing::info!(
                    events.days_dropped = dropped,
                    "callbacks.old_events_dropped"
                );
            }
            KEEP_EVENTS_EVERY
        }
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "callbacks.events_not_kept"
            );
            KEEP_EVENTS_AGAIN
        }
    }
}

/// Records and counts what waits; returns whether there was anything, or nobody knows.
async fn something_waited(deliveries: &Deliveries) -> bool {
    let recorded = match within(LONGEST_TURN, deliveries.record_put_off()).await {
        Ok(recorded) => recorded > 0,
        Err(error) if error.is_transient() => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "callbacks.recorded_later"
            );
            true
        }
        Err(error) => {
            record_singly(deliveries, &error).await;
            true
        }
    };
    let counted = within(LONGEST_TURN, deliveries.count_left_over())
        .await
        .unwrap_or_else(|error| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "callbacks.counted_later"
            );
            true
        });
    recorded || counted
}
