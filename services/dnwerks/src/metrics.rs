//! `/metrics` for Prometheus, on an address of its own that no client reaches.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result};
use axum::{Router, http::header, routing::get};
use rows_as_service::{Database, LONGEST_TURN, queues::Queues, within};
use tokio::{net::TcpListener, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// How often a connection is asked for, to see how long that takes.
const PROBE_EVERY: Duration = Duration::from_secs(5);
/// How often what waits in the database is counted.
const COUNT_EVERY: Duration = Duration::from_secs(15);

/// Listens on `address`, and shows the metrics until `stop`.
///
/// # Errors
/// When the address can't be listened to.
pub async fn serve(
    address: SocketAddr,
    databases: Vec<Database>,
    stop: CancellationToken,
) -> Result<()> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("listening on {address} for metrics"))?;
    tracing::info!(address = %listener.local_addr()?, "metrics");
    for database in &databases {
        tokio::spawn(
            stop.clone()
                .run_until_cancelled_owned(probe(database.clone())),
        );
    }
    let show = move || {
        note_connections(&databases);
        let kind = [(header::CONTENT_TYPE, instruments::CONTENT_TYPE)];
        std::future::ready((kind, instruments::text()))
    };
    let router = Router::new().route("/metrics", get(show));
    let limits = web::Limits {
        connections: 64,
        drain: Duration::ZERO,
        ..web::Limits::default()
    };
    tokio::spawn(web::serve(listener, router, limits, stop));
    Ok(())
}

fn note_connections(databases: &[Database]) {
    let (mut used, mut idle, mut most) = (0, 0, 0);
    for connections in databases.iter().map(Database::connections) {
        used += i64::from(connections.used);
        idle += i64::from(connections.idle);
        most += i64::from(connections.most);
    }
    let shown = instruments::connections();
    shown.open.set("used", used);
    shown.open.set("idle", idle);
    shown.max.set(most);
}

/// Measures how long others wait for a connection.
async fn probe(database: Database) {
    let mut ticks = tokio::time::interval(PROBE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // Whoever needs one logs that there is none.
        if let Ok(waited) = database.wait_for_connection().await {
            let wait = &instruments::connections().wait;
            wait.observe(waited.as_secs_f64());
        }
    }
}

/// Counts what waits in the database until `stop`.
pub async fn count_queues(queues: Queues, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(COUNT_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let shown = instruments::queues();
        match within(LONGEST_TURN, queues.ages()).await {
            Ok(ages) => {
                for age in ages {
                    shown.waiting.set(&age.queue, age.waiting);
                    shown.oldest.set(&age.queue, age.oldest_seconds);
                }
            }
            Err(error) => {
                shown.clear();
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "metrics.queues_not_counted"
                );
            }
        }
    }
}
