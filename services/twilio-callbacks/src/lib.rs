//! Twilio's callbacks: signature, message status, batched writes; and the messages that people text to us.
//!
//! A callback is answered only once it is durable. It is written together with all that came while
//! the last batch was written: the database sees hundreds of statements per second, not tens of
//! thousands.

mod answers;
mod delivery_writer;
mod inbound;
mod settings;
mod signed;
mod state;
mod status_callback;
mod upkeep;

use axum::Router;
use axum::routing::post;

pub use delivery_writer::{Callback, DeliveryWriter, Overloaded, WriteError};
pub use settings::Settings;
pub use state::Callbacks;
pub use status_callback::CHECK_QUERY;

/// Where Twilio reports message statuses.
pub const STATUS_PATH: &str = "/api/webhooks/twilio/status";

/// Where Twilio posts what people text to us.
pub const INBOUND_PATH: &str = "/api/webhooks/twilio/inbound";

/// The routes that Twilio calls.
pub fn router(state: Callbacks) -> Router {
    Router::new()
        .route(STATUS_PATH, post(status_callback::receive))
        .route(INBOUND_PATH, post(inbound::receive))
        .with_state(state)
}
