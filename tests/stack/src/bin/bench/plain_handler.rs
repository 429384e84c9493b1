//! What most people would write: each callback is checked, then updates one plain row.

use anyhow::Result;
use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use secrecy::SecretString;
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::{net::TcpListener, task::JoinHandle};
use twilio::signature::{self, Body};
use url::form_urlencoded;

use crate::signed_load::Target;

const CONNECTIONS: u32 = 16;

/// A running plain handler.
pub struct PlainHandler {
    origin: String,
    address: String,
    serving: JoinHandle<()>,
    pool: PgPool,
}

#[derive(Clone)]
struct Plain {
    origin: String,
    token: SecretString,
    pool: PgPool,
}

impl PlainHandler {
    pub async fn start(url: &str, token: String) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .min_connections(CONNECTIONS)
            .max_connections(CONNECTIONS)
            .connect(url)
            .await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let origin = format!("http://{address}");
        let state = Plain {
            origin: origin.clone(),
            token: token.into(),
            pool: pool.clone(),
        };
        let router = Router::new()
            .route("/api/webhooks/twilio/status", post(update))
            .with_state(state);
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            origin,
            address,
            serving,
            pool,
        })
    }

    pub fn target(&self) -> Target {
        Target {
            address: self.address.clone(),
            origin: self.origin.clone(),
        }
    }

    pub async fn stop(self) {
        self.serving.abort();
        self.pool.close().await;
    }
}

async fn update(
    State(plain): State<Plain>,
    uri: axum::http::Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let url = format!("{}{uri}", plain.origin);
    let signed = headers
        .get("x-twilio-signature")
        .and_then(|signature| signature.to_str().ok())
        .is_some_and(|signature| {
            signature::validate(&plain.token, signature, &url, Body::Form(&body))
        });
    if !signed {
        return StatusCode::FORBIDDEN;
    }
    let (mut sid, mut status) = (String::new(), String::new());
    for (name, value) in form_urlencoded::parse(&body) {
        match &*name {
            "MessageSid" => sid = value.into_owned(),
            "MessageStatus" => status = value.into_owned(),
            _ => {}
        }
    }
    let updated = sqlx::query(
        "update public.plain_messages set status = $2, delivered_at = now(), updated_at = now() where twilio_sid = $1",
    )
    .bind(sid)
    .bind(status)
    .execute(&plain.pool)
    .await;
    if updated.is_ok() {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}
