//! Twilio's callbacks: signature, message status, batched writes; and the messages that people text to us.
//!
//! A callback is answered only once it is durable. It is written together with all that came while
//! the last batch was written: the database sees hundreds of statements per second, not tens of
//! thousands.

mod answers;
mod callback_queue;
mod campaign_counter;
mod commit_time;
mod delivery_recorder;
mod delivery_writer;
mod inbound;
mod lock_patience;
mod settings;
mod signed;
mod state;
mod status_callback;
mod upkeep;

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use callback_queue::Callback;
pub use delivery_writer::{DeliveryWriter, Overloaded, WriteError};
pub use settings::Settings;
pub use state::Callbacks;
pub use status_callback::CHECK_QUERY;

/// Where Twilio reports message statuses.
pub const STATUS_PATH: &str = "/api/webhooks/twilio/status";

/// Where Twilio posts what people text to us.
pub const INBOUND_PATH: &str = "/api/webhooks/twilio/inbound";

/// The routes that Twilio calls.
pub fn router(state: Callbacks) -> Router {
    routes().split_for_parts().0.with_state(state)
}

/// What the routes say of themselves.
#[must_use]
pub fn description() -> OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<Callbacks> {
    OpenApiRouter::new()
        .routes(routes!(status_callback::receive))
        .routes(routes!(inbound::receive))
}
