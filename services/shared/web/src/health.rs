use std::{collections::BTreeMap, error::Error, future::Future, sync::Arc, time::Duration};

use axum::{Json, Router, extract::State, http::StatusCode};
use futures::future::{BoxFuture, FutureExt as _, join_all};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use utoipa::{ToSchema, openapi::OpenApi};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::description::routes as described_routes;

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
    pub fn router<S>(self) -> Router<S> {
        described_routes(Self::routes()).with_state(self)
    }

    /// What the routes say of themselves.
    #[must_use]
    pub fn description() -> OpenApi {
        Self::routes().into_openapi()
    }

    fn routes() -> OpenApiRouter<Self> {
        OpenApiRouter::new()
            .routes(routes!(healthz))
            .routes(routes!(readyz))
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
}

/// Whether the process lives.
#[derive(Serialize, ToSchema)]
struct Alive {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether the process can work.
#[derive(Serialize, ToSchema)]
struct Ready {
    /// `ready`, `not_ready` or `draining`.
    #[schema(example = "ready")]
    status: &'static str,
    /// What it depends on: `ok` or `failing`.
    #[schema(value_type = BTreeMap<String, String>, example = json!({ "database": "ok" }))]
    checks: BTreeMap<&'static str, &'static str>,
}

/// Says that the process lives.
#[utoipa::path(get, path = "/healthz", tag = "Health", security(()), responses(
    (status = 200, description = "It lives.", body = Alive),
))]
async fn healthz() -> Json<Alive> {
    Json(Alive { status: "ok" })
}

/// Says whether the process can work.
#[utoipa::path(get, path = "/readyz", tag = "Health", security(()), responses(
    (status = 200, description = "It can work.", body = Ready),
    (status = 503, description = "It can't, or is about to stop.", body = Ready),
))]
async fn readyz(State(health): State<Health>) -> (StatusCode, Json<Ready>) {
    let results = health.results().await;
    let draining = health.shutdown.is_cancelled();
    let ready = !draining && results.iter().all(|(_, result)| *result == "ok");
    let code = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let status = match (ready, draining) {
        (true, _) => "ready",
        (_, true) => "draining",
        _ => "not_ready",
    };
    let checks = results.into_iter().collect();
    (code, Json(Ready { status, checks }))
}
