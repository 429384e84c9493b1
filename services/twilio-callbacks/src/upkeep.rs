//! Periodic work besides the requests.

use std::time::Duration;

use rows_as_service::callbacks::Deliveries;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::delivery_recorder::record_singly;

/// How often what was put off is looked at; nearly always there is nothing.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const KEEP_EVENTS_EVERY: Duration = Duration::from_hours(1);

/// Records what was put off because it was locked, records and counts what processes left behind that are gone, and makes and drops partitions of `private.twilio_events`. Never ends.
pub async fn run(deliveries: &Deliveries, events_days: Option<i32>) {
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut events_kept: Option<Instant> = None;
    loop {
        ticks.tick().await;
        match deliveries.record_put_off().await {
            Ok(_) => {}
            Err(error) if error.is_transient() => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "callbacks.recorded_later"
            ),
            Err(error) => {
                record_singly(deliveries, &error).await;
            }
        }
        if let Err(error) = deliveries.count_left_over().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "callbacks.counted_later"
            );
        }
        if events_kept.is_none_or(|at| at.elapsed() >= KEEP_EVENTS_EVERY) {
            match deliveries.keep_events(events_days).await {
                Ok(dropped) => {
                    events_kept = Some(Instant::now());
                    if dropped > 0 {
                        tracing::info!(
                            events.days_dropped = dropped,
                            "callbacks.old_events_dropped"
                        );
                    }
                }
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "callbacks.events_not_kept"
                ),
            }
        }
    }
}
