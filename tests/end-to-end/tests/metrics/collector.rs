//! A collector of traces that keeps what it is sent, as it came (protobuf).

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use testkit::eventually;
use tokio::net::TcpListener;

use super::scrape::PATIENCE;

type Kept = Arc<Mutex<Vec<u8>>>;

pub struct Collector {
    pub address: String,
    kept: Kept,
}

impl Collector {
    pub async fn start() -> Result<Self> {
        let kept = Kept::default();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let router = Router::new()
            .route("/v1/traces", post(keep))
            .with_state(Arc::clone(&kept));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, kept })
    }

    /// Waits until these bytes have come, one after another somewhere.
    pub async fn holds(&self, what: &str, bytes: &[u8]) -> Result<()> {
        eventually(what, PATIENCE, async || {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            let found = kept.windows(bytes.len()).any(|part| part == bytes);
            Ok(found.then_some(()))
        })
        .await
    }
}

async fn keep(State(kept): State<Kept>, body: Bytes) -> StatusCode {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.extend_from_slice(&body);
    StatusCode::OK
}
