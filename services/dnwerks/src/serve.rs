//! Runs one process or several with one listener, one health check and one shutdown.

use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use clap::{ArgMatches, FromArgMatches as _};
use tokio::{net::TcpListener, task::JoinSet, time::Instant};
use web::Health;

use crate::{
    metrics, open_files,
    process::{Declared, Serving, Shared},
    shutdown,
};

/// How long background work may continue after shutdown begins; a request to Twilio takes
/// at most 15 s, and orchestrators kill after 30.
const WORK_DRAIN: Duration = Duration::from_secs(28);

/// Runs `processes` in this OS process until a signal, then finishes what is in flight.
///
/// # Errors
/// When a process can't start, or ends before it is told to.
pub async fn run(processes: Vec<&'static Declared>, matches: &ArgMatches) -> Result<()> {
    let serving = Serving::from_arg_matches(matches)?;
    let stop = shutdown::on_signal()?;
    let name = match processes.as_slice() {
        [process] => process.name,
        _ => "all",
    };
    let is_measured = serving.metrics_listen_address.is_some();
    let mut shared = Shared::new(name, stop.clone(), is_measured);
    let mut router = Router::new();
    let mut webhooks = Router::new();
    let mut health = Health::new().until(stop.clone());
    let mut works = JoinSet::new();
    for process in processes {
        let part = (process.build)(matches, &mut shared, health)
            .with_context(|| format!("{} can't start", process.name))?;
        router = router.merge(part.router);
        webhooks = webhooks.merge(part.webhooks);
        health = part.health;
        for work in part.works {
            let name = process.name;
            works.spawn(async move { work.await.with_context(|| format!("{name} failed")) });
        }
    }
    if let Some(address) = serving.metrics_listen_address {
        metrics::serve(address, shared.databases(), shared.served.clone()).await?;
    }
    let at_the_start = health.clone();
    tokio::spawn(async move { at_the_start.report().await });
    let router = web::stack(router.merge(health.router()), &serving.http)
        .merge(web::webhooks(webhooks, &serving.http));

    let listener = TcpListener::bind(serving.listen)
        .await
        .with_context(|| format!("listening on {}", serving.listen))?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let limits = web::Limits {
        connections: open_files::make_room(serving.http.max_connections),
        ..web::Limits::default()
    };
    let http = tokio::spawn(web::serve(listener, router, limits, stop.clone()));

    let outcome = loop {
        tokio::select! {
            () = stop.cancelled() => break Ok(()),
            Some(ended) = works.join_next() => match ended {
                Ok(Ok(())) if stop.is_cancelled() => {}
                Ok(Ok(())) => break Err(anyhow::anyhow!("a process ended unexpectedly")),
                Ok(Err(error)) => break Err(error),
                Err(panic) => break Err(panic.into()),
            },
        }
    };
    stop.cancel();
    let until = Instant::now() + WORK_DRAIN;
    http.await.context("the HTTP server panicked")?;
    shared.served.cancel();
    let drained = tokio::time::timeout_at(until, async {
        while let Some(ended) = works.join_next().await {
            match ended {
                Ok(Err(error)) => tracing::error!("{error:#}"),
                Err(panic) => tracing::error!("{panic:#}"),
                Ok(Ok(())) => {}
            }
        }
    })
    .await;
    if drained.is_err() {
        tracing::warn!(
            "work in flight was cut off; what was claimed is settled by the next worker"
        );
    }
    shared.close().await;
    tracing::info!("stopped");
    outcome
}
