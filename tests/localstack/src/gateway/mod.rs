//! One address for everything, as a Supabase project has: `/rest/v1`, `/auth/v1`, `/realtime/v1`.

mod api_key;
mod proxy;

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::Request,
    http::{HeaderName, Method, StatusCode, header::VARY},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use serde_json::json;
use tower_http::cors::{AllowHeaders, Any, CorsLayer, ExposeHeaders};

use crate::keys::Keys;
pub(crate) use api_key::RoleToken;
pub use proxy::Outside;

/// The target of one part's requests.
pub enum Part {
    /// Routes in this process.
    Here(Router),
    /// An external address.
    Outside(Outside),
}

impl Part {
    fn into_router(self) -> Router {
        match self {
            Self::Here(router) => router,
            Self::Outside(outside) => outside.into_router(),
        }
    }
}

/// All routes of the gateway.
pub fn router(rest: Part, auth: Part, realtime: Part, keys: Arc<Keys>) -> Router {
    Router::new()
        .nest_service("/rest/v1", rest.into_router())
        .nest_service("/auth/v1", auth.into_router())
        .nest_service("/realtime/v1", realtime.into_router())
        .fallback(refuse_unknown)
        .layer(middleware::from_fn(without_inner_cors))
        .layer(middleware::from_fn_with_state(keys, api_key::check))
        .layer(cors())
}

async fn refuse_unknown() -> (StatusCode, Json<serde_json::Value>) {
    (
        StatusCode::NOT_FOUND,
        Json(json!({ "message": "no Route matched with those values" })),
    )
}

/// Any origin and header is allowed: a key or a token is required anyway.
fn cors() -> CorsLayer {
    let exposed = [
        "content-encoding",
        "content-location",
        "content-range",
        "content-type",
        "date",
        "location",
        "server",
        "transfer-encoding",
        "range-unit",
        "x-total-count",
        "link",
        "x-sb-error-code",
        // Without it supabase-js does not find an error's code.
        "x-supabase-api-version",
        "preference-applied",
    ];
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(ExposeHeaders::list(exposed.map(HeaderName::from_static)))
        .max_age(Duration::from_hours(1))
}

/// The parts may set their own CORS headers; a browser refuses a response with two.
async fn without_inner_cors(request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await.into_response();
    let inner: Vec<_> = answer
        .headers()
        .keys()
        .filter(|name| name.as_str().starts_with("access-control-"))
        .cloned()
        .collect();
    for name in inner {
        answer.headers_mut().remove(name);
    }
    answer.headers_mut().remove(VARY);
    answer
}
