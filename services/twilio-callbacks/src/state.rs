//! What the routes work with.

use std::sync::Arc;

use rows_as_service::callbacks::Deliveries;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::{delivery_writer::DeliveryWriter, settings::Settings};

/// What the routes need.
#[derive(Clone)]
pub struct Callbacks {
    pub(crate) auth_token: SecretString,
    /// Without a slash at the end.
    pub(crate) public_base_url: Arc<str>,
    pub(crate) writer: DeliveryWriter,
}

impl Callbacks {
    /// Starts the writer of deliveries, which ends when `shutdown` is cancelled and everything
    /// handed to it is written.
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

    /// Waits until everything that was handed over is written, after `shutdown`.
    pub async fn finished(&self) {
        self.writer.finished().await;
    }
}
