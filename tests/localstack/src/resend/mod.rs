//! A stand-in for Resend: mails into an outbox that a browser can read, idempotency keys, limits,
//! signed webhooks, and faults on request.

mod answer;
mod control;
mod domains;
mod emails;
mod faults;
mod idempotency;
mod known_domains;
mod mailbox;
mod options;
mod outbox;
mod state;
mod webhooks;
mod window;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};

pub use faults::Faults;
pub use options::Options;

use state::Shared;

/// The routes of the stand-in: Resend's own, the outbox at `/` and `/outbox.json`, and `/_control/…`.
///
/// # Errors
/// If the HTTP client for webhooks can't be built.
pub fn router(options: Options) -> Result<Router, reqwest::Error> {
    let state = Arc::new(Shared::new(options)?);
    Ok(Router::new()
        .route("/", get(outbox::show_outbox))
        .route("/outbox", get(outbox::show_outbox))
        .route(
            "/outbox.json",
            get(outbox::list_outbox).delete(outbox::empty_outbox),
        )
        .route("/outbox/{id}", get(outbox::show_mail))
        .route("/domains", get(domains::list_domains))
        .route("/_control/domains", put(domains::put_domains))
        .route("/emails", post(emails::send_email))
        .route("/emails/{id}", get(emails::fetch_email))
        .route(
            "/_control/faults",
            get(control::get_faults).put(control::put_faults),
        )
        .route("/_control/events", post(webhooks::send_event))
        .with_state(state))
}
