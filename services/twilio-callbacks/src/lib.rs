//! Twilio's callbacks: signature, message status, batched writes.
//!
//! A callback is answered only once it is durable. It is written together with all that came while
//! the last batch was written: the database sees hundreds of statements per second, not tens of
//! thousands.

mod delivery_writer;
mod settings;
mod status_callback;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use rows_as_service::callbacks::Deliveries;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

pub use delivery_writer::{DeliveryWriter, Overloaded, WriteError};
pub use settings::Settings;

/// Where Twilio reports message statuses.
pub const STATUS_PATH: &str = "/api/webhooks/twilio/status";

/// Callbacks are a few hundred bytes.
const LARGEST_BODY: usize = 64 * 1024;

/// The routes' state.
#[derive(Clone)]
pub struct Callbacks {
    auth_token: SecretString,
    /// Without a trailing slash.
    public_base_url: Arc<str>,
    writer: DeliveryWriter,
}

impl Callbacks {
    /// Starts the delivery writer, which ends once `shutdown` is cancelled and everything
    /// passed to it is written.
    #[must_use]
    pub fn new(deliveries: Deliveries, settings: &Settings, shutdown: CancellationToken) -> Self {
        Self {
            auth_token: settings.auth_token.clone(),
            public_base_url: settings
                .public_base_url
                .as_str()
                .trim_end_matches('/')
                .into(),
            writer: DeliveryWriter::start(deliveries, settings.waiting_callbacks, shutdown),
        }
    }

    /// Waits after `shutdown` until everything is written.
    pub async fn finished(&self) {
        self.writer.finished().await;
    }
}

/// The routes that Twilio calls.
pub fn router(state: Callbacks) -> Router {
    Router::new()
        .route(STATUS_PATH, post(status_callback::receive))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(state)
}
