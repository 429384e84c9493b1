//! Forwards requests to a part that runs elsewhere.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, StatusCode,
        header::{CONNECTION, HOST, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE},
    },
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Hop-by-hop headers.
const HOP_BY_HOP: [HeaderName; 7] = [
    CONNECTION,
    HOST,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// An address to which requests are forwarded, with streamed bodies.
#[derive(Clone)]
pub struct Outside {
    client: reqwest::Client,
    address: Arc<str>,
}

impl Outside {
    /// The part at `address`, without a trailing slash.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(address: &str) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_mins(2))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            client,
            address: address.trim_end_matches('/').into(),
        })
    }

    pub(super) fn into_router(self) -> Router {
        Router::new().fallback(forward).with_state(self)
    }
}

async fn forward(State(outside): State<Outside>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    remove_hops(&mut parts.headers);
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let sent = outside
        .client
        .request(parts.method, format!("{}{path}", outside.address))
        .headers(parts.headers)
        .body(reqwest::Body::wrap_stream(body.into_data_stream()))
        .send()
        .await;
    match sent {
        Ok(answer) => {
            let status = answer.status();
            let mut headers = answer.headers().clone();
            remove_hops(&mut headers);
            (status, headers, Body::from_stream(answer.bytes_stream())).into_response()
        }
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the outside part does not answer"
            );
            let message = "An invalid response was received from the upstream server";
            (StatusCode::BAD_GATEWAY, Json(json!({ "message": message }))).into_response()
        }
    }
}

fn remove_hops(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}
