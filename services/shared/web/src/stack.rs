use std::{any::Any, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, Predicate, SizeAbove},
    },
};

use crate::{
    ApiError,
    cors::{AllowedOrigin, cors},
    request_scope::request_scope,
    uniform::uniform,
};

/// Who may call from a browser, and how much a body may hold.
#[derive(Debug, Clone, clap::Args)]
pub struct HttpSettings {
    /// Origins whose pages may call from a browser, comma-separated, such as `https://app.example.com`; a star stands
    /// for one label of preview deployments, as in `https://*.example.com`. Without it, that of `NEXTAUTH_URL`.
    #[arg(long, env = "CORS_ALLOWED_ORIGINS", value_delimiter = ',')]
    pub cors_allowed_origins: Vec<AllowedOrigin>,

    /// Largest body in bytes, for routes that set no limit of their own.
    #[arg(long, env = "MAX_BODY_BYTES", default_value_t = 1_048_576)]
    pub max_body_bytes: usize,

    /// Most connections open at once; when all are taken, those without a request are closed.
    // An id of its own: the database's setting has the field's name, too.
    #[arg(
        id = "MAX_CONNECTIONS",
        long = "max-connections",
        env = "MAX_CONNECTIONS",
        default_value_t = 4096,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000),
        value_name = "N"
    )]
    pub max_connections: u32,
}

/// Puts around a service's routes what every service needs: request ids, one log line a request,
/// caught panics, CORS, a limit for bodies, and problem answers for unknown routes.
pub fn stack(router: Router, settings: &HttpSettings) -> Router {
    router
        .fallback(|| async {
            ApiError::new(
                StatusCode::NOT_FOUND,
                "route_not_found",
                "There is no such route.",
            )
        })
        .method_not_allowed_fallback(wrong_method)
        // One layer for axum, which boxes each layer of its own for every request.
        .layer(
            ServiceBuilder::new()
                .layer(cors(&settings.cors_allowed_origins))
                .layer(middleware::from_fn(request_scope))
                .layer(CatchPanicLayer::custom(panicked))
                .layer(DefaultBodyLimit::max(settings.max_body_bytes))
                .layer(CompressionLayer::new().compress_when(worth_compressing()))
                .layer(middleware::from_fn(uniform)),
        )
}

/// Puts around the routes that other services call what these need, thousands of times a second: the same as [`stack`],
/// without what is for browsers and for long answers.
pub fn webhooks(router: Router, settings: &HttpSettings) -> Router {
    router.method_not_allowed_fallback(wrong_method).layer(
        ServiceBuilder::new()
            .layer(middleware::from_fn(request_scope))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(DefaultBodyLimit::max(settings.max_body_bytes)),
    )
}

async fn wrong_method() -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This route does not know this method.",
    )
}

/// Lists, exports and the like; not streams of events, which would wait until a block is full.
fn worth_compressing() -> impl Predicate {
    DefaultPredicate::new().and(SizeAbove::new(1024))
}

/// Answers 504 `request_timed_out` for a handler of `router` that takes longer than `limit`.
pub fn bounded<S: Clone + Send + Sync + 'static>(router: Router<S>, limit: Duration) -> Router<S> {
    router.layer(middleware::from_fn(
        move |request: Request, next: Next| async move {
            tokio::time::timeout(limit, next.run(request))
                .await
                .unwrap_or_else(|late| {
                    ApiError::new(
                        StatusCode::GATEWAY_TIMEOUT,
                        "request_timed_out",
                        "This took too long and was given up.",
                    )
                    .with_source(late)
                    .into_response()
                })
        },
    ))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "CatchPanicLayer hands the panic over"
)]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words");
    ApiError::internal(text.to_owned()).into_response()
}
