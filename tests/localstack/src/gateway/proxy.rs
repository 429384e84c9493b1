//! Forwards requests to a part that runs elsewhere, web sockets too.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CONNECTION, HOST, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE},
    },
    response::{IntoResponse, Response},
};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use serde_json::json;

use super::api_key::RoleToken;

/// Where Realtime looks for the API key first.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
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
    /// For connections that stay open: without an end, and by HTTP/1.1, which can be upgraded.
    lasting: reqwest::Client,
    address: Arc<str>,
}

impl Outside {
    /// The part at `address`, without a trailing slash.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(address: &str) -> Result<Self, reqwest::Error> {
        let builder = || {
            reqwest::Client::builder()
                .connect_timeout(Duration::from_secs(5))
                .redirect(reqwest::redirect::Policy::none())
        };
        Ok(Self {
            client: builder().timeout(Duration::from_mins(2)).build()?,
            lasting: builder().http1_only().build()?,
            address: address.trim_end_matches('/').into(),
        })
    }

    pub(super) fn into_router(self) -> Router {
        Router::new().fallback(forward).with_state(self)
    }
}

async fn forward(State(outside): State<Outside>, mut request: Request) -> Response {
    let wanted = request.headers().get(UPGRADE);
    let is_socket =
        wanted.is_some_and(|wanted| wanted.as_bytes().eq_ignore_ascii_case(b"websocket"));
    let upgrade = request.extensions_mut().remove::<OnUpgrade>();
    if let Some(upgrade) = upgrade.filter(|_| is_socket) {
        return tunnel(outside, request, upgrade).await;
    }
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
        Ok(answer) => pass_back(answer),
        Err(error) => unreachable(&error),
    }
}

/// Passes bytes on in both directions once the part has agreed to it.
async fn tunnel(outside: Outside, request: Request, upgrade: OnUpgrade) -> Response {
    let (mut parts, _) = request.into_parts();
    parts.headers.remove(HOST);
    let token = parts.extensions.get::<RoleToken>();
    if let Some(value) = token.and_then(|token| HeaderValue::from_str(&token.0).ok()) {
        parts.headers.insert(API_KEY, value);
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let sent = outside
        .lasting
        .get(format!("{}{path}", outside.address))
        .headers(parts.headers)
        .send()
        .await;
    let answer = match sent {
        Ok(answer) => answer,
        Err(error) => return unreachable(&error),
    };
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return pass_back(answer);
    }
    let headers = answer.headers().clone();
    tokio::spawn(async move {
        let (Ok(client), Ok(mut part)) = tokio::join!(upgrade, answer.upgrade()) else {
            return;
        };
        // Either end may break off.
        let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(client), &mut part).await;
    });
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

fn pass_back(answer: reqwest::Response) -> Response {
    let status = answer.status();
    let mut headers = answer.headers().clone();
    remove_hops(&mut headers);
    (status, headers, Body::from_stream(answer.bytes_stream())).into_response()
}

fn unreachable(error: &reqwest::Error) -> Response {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "the outside part does not answer"
    );
    let message = "An invalid response was received from the upstream server";
    (StatusCode::BAD_GATEWAY, Json(json!({ "message": message }))).into_response()
}

fn remove_hops(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}
