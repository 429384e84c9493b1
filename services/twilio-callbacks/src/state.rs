//! What the routes work with.

use std::sync::Arc;

use axum::extract::FromRef;
use rows_as_service::{callbacks::Deliveries, inbound::Inbound};
use tokio_util::sync::CancellationToken;

use crate::{
    answers::Answers, delivery_writer::DeliveryWriter, settings::Settings, signed::Signer, upkeep,
};

/// What the routes need. Cheap to clone, which happens for every request.
#[derive(Clone)]
pub struct Callbacks {
    pub(crate) parts: Arc<Parts>,
}

pub(crate) struct Parts {
    signer: Arc<Signer>,
    pub(crate) writer: DeliveryWriter,
    pub(crate) inbound: Inbound,
    pub(crate) answers: Answers,
    deliveries: Deliveries,
    events_days: Option<i32>,
}

impl Callbacks {
    /// Starts the writer of deliveries, which ends when `shutdown` is cancelled and everything
    /// handed to it is written.
    #[must_use]
    pub fn new(
        deliveries: Deliveries,
        inbound: Inbound,
        settings: &Settings,
        shutdown: &CancellationToken,
    ) -> Self {
        let writer = DeliveryWriter::start(&deliveries, settings.waiting_callbacks, shutdown);
        let parts = Parts {
            signer: Signer::new(settings).into(),
            writer,
            inbound,
            answers: Answers::new(settings),
            deliveries,
            events_days: settings.events_days,
        };
        Self {
            parts: parts.into(),
        }
    }

    /// Records what was put off, and looks after `private.twilio_events`, until `shutdown`; then waits until
    /// everything that was handed over is written.
    pub async fn run_background(self, shutdown: CancellationToken) {
        tokio::select! {
            () = upkeep::run(&self.parts.deliveries, self.parts.events_days) => {}
            () = shutdown.cancelled() => {}
        }
        self.parts.writer.finished().await;
    }
}

impl FromRef<Callbacks> for Arc<Signer> {
    fn from_ref(callbacks: &Callbacks) -> Self {
        Self::clone(&callbacks.parts.signer)
    }
}
