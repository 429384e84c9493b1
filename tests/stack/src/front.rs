//! One address in front of processes that run each by itself, with the routes of `scripts/deploy/nginx.conf`.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use axum::{
    Router,
    body::{Body, HttpBody as _},
    extract::{Request, State},
    http::{StatusCode, header},
    response::Response,
    routing::{MethodRouter, any},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// Where a process listens, and the client that asks it.
#[derive(Clone)]
struct Upstream {
    client: reqwest::Client,
    origin: String,
}

/// Passes on what comes to `port`, to the processes that listen at `addresses`, until it is aborted.
pub(crate) async fn serve(
    port: u16,
    addresses: &BTreeMap<&str, String>,
) -> Result<JoinHandle<std::io::Result<()>>> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let to = |process: &str| -> Result<MethodRouter> {
        let address = addresses
            .get(process)
            .with_context(|| format!("{process} does not run"))?;
        Ok(any(pass_on).with_state(Upstream {
            client: client.clone(),
            origin: format!("http://{address}"),
        }))
    };
    let router = Router::new()
        .route("/api/auth/{*rest}", to("accounts")?)
        .route("/api/admin/{*rest}", to("accounts")?)
        .route("/api/admin/analytics", to("dashboard-api")?)
        .route("/api/admin/audit", to("dashboard-api")?)
        .route("/api/password-reset/{*rest}", to("accounts")?)
        .route("/api/customers/import", to("customer-import")?)
        .route("/api/webhooks/resend", to("mail-worker")?)
        .route("/api/webhooks/twilio/{*rest}", to("twilio-callbacks")?)
        .route("/{*rest}", to("dashboard-api")?);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    Ok(tokio::spawn(
        async move { axum::serve(listener, router).await },
    ))
}

async fn pass_on(
    State(upstream): State<Upstream>,
    request: Request,
) -> Result<Response, StatusCode> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.headers.remove(header::HOST);
    let mut request = upstream
        .client
        .request(parts.method, format!("{}{path}", upstream.origin))
        .headers(parts.headers);
    if !body.is_end_stream() {
        request = request.body(reqwest::Body::wrap_stream(body.into_data_stream()));
    }
    let answer = request.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove(header::TRANSFER_ENCODING);
    let mut response = Response::new(Body::from_stream(answer.bytes_stream()));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}
