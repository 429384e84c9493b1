//! Twilio's callbacks: signature, message status, batched writes.
//!
//! A callback is answered only once it is durable. It is written together with all that came while
//! the last batch was written: the database sees hundreds of statements per second, not tens of
//! thousands.

mod delivery_writer;
mod settings;
mod state;
mod status_callback;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;

pub use delivery_writer::{DeliveryWriter, Overloaded, WriteError};
pub use settings::Settings;
pub use state::Callbacks;

/// Where Twilio reports message statuses.
pub const STATUS_PATH: &str = "/api/webhooks/twilio/status";

/// Callbacks are a few hundred bytes.
const LARGEST_BODY: usize = 64 * 1024;

/// The routes that Twilio calls.
pub fn router(state: Callbacks) -> Router {
    Router::new()
        .route(STATUS_PATH, post(status_callback::receive))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(state)
}
