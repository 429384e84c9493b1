use std::{collections::BTreeMap, error::Error, future::Future, sync::Arc, time::Duration};

use axum::{Json, Router, http::StatusCode, response::IntoResponse, routing::get};
use futures::future::{BoxFuture, FutureExt as _, join_all};
use serde_json::json;
use tokio_util::sync::CancellationToken;

/// What a readiness probe waits for, all checks together.
const BOUND: Duration = Duration::from_secs(2);

type CheckError = Box<dyn Error + Send + Sync>;
type Check = Arc<dyn Fn() -> BoxFuture<'static, Result<(), CheckError>> + Send + Sync>;

/// Says whether the process lives (`/healthz`) and whether it can work (`/readyz`).
#[derive(Clone, Default)]
pub struct Health {
    checks: Vec<(&'static str, Check)>,
    shutdown: CancellationToken,
}

impl Health {
    /// Ready at once, until checks are added.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds something that has to answer before this process can work.
    #[must_use]
    pub fn check<F, R, E>(mut self, name: &'static str, check: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<CheckError>,
    {
        let check: Check =
            Arc::new(move || check().map(|result| result.map_err(Into::into)).boxed());
        self.checks.push((name, check));
        self
    }

    /// Not ready any more once `shutdown` is cancelled, so that no new requests are sent here.
    #[must_use]
    pub fn until(mut self, shutdown: CancellationToken) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// `GET /healthz` and `GET /readyz`. Why a check fails is logged, not told.
    pub fn router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        Router::new()
            .route(
                "/healthz",
                get(|| async { Json(json!({ "status": "ok" })) }),
            )
            .route("/readyz", get(move || self.clone().ready()))
    }

    /// Runs every check once and logs what fails: a process that can't work says so when it starts.
    pub async fn report(&self) {
        self.results().await;
    }

    async fn results(&self) -> Vec<(&'static str, &'static str)> {
        join_all(self.checks.iter().map(|(name, check)| async move {
            let error: CheckError = match tokio::time::timeout(BOUND, check()).await {
                Ok(Ok(())) => return (*name, "ok"),
                Ok(Err(error)) => error,
                Err(late) => late.into(),
            };
            tracing::warn!(check.name = name, error, "not ready");
            (*name, "failing")
        }))
        .await
    }

    async fn ready(self) -> impl IntoResponse {
        let results = self.results().await;
        let draining = self.shutdown.is_cancelled();
        let ready = !draining && results.iter().all(|(_, result)| *result == "ok");
        let status = if ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        let word = match (ready, draining) {
            (true, _) => "ready",
            (_, true) => "draining",
            _ => "not_ready",
        };
        let checks: BTreeMap<_, _> = results.into_iter().collect();
        (status, Json(json!({ "status": word, "checks": checks })))
    }
}
