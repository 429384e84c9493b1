//! A stand-in for Twilio: messages, lookups, signed callbacks, and faults on request.
//!
//! It answers like Twilio (formats, error codes, limits), keeps every message in memory, and
//! counts what it accepted, so that a test can tell a duplicate from a retry.

mod account;
mod answer;
mod callback_counts;
mod callbacks;
mod control;
mod create;
mod faults;
mod holdings;
mod inbound;
mod ledger;
mod limits;
mod lines;
mod lookup;
mod messages;
mod moods;
mod options;
mod overrides;
mod record;
mod request;
mod schedule;
mod smart_encoding;
mod state;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};
use tokio_util::sync::CancellationToken;

pub use faults::{AccountRefusal, Faults};
pub use ledger::Summary;
pub use moods::Mood;
pub use options::{CallbackRetry, Options};

use state::Shared;

/// One stand-in, for tests. Clones share everything.
#[derive(Clone)]
pub struct StandIn(Arc<Shared>);

impl StandIn {
    /// Sets one up. Must be called within a runtime, which it uses for callbacks; they end when the
    /// stand-in and its routers are dropped.
    ///
    /// # Errors
    /// If the HTTP client for callbacks can't be built.
    pub fn new(options: Options) -> Result<Self, reqwest::Error> {
        let stop = CancellationToken::new();
        let state = Arc::new(Shared::new(options, stop.clone().drop_guard())?);
        tokio::spawn(callbacks::run(
            Arc::downgrade(&state),
            Arc::clone(&state.schedule),
            stop,
        ));
        Ok(Self(state))
    }

    /// The routes of the stand-in: Twilio's own, and `/_control/…`.
    pub fn router(&self) -> Router {
        Router::new()
            .route(
                "/2010-04-01/Accounts/{account}/Messages.json",
                post(create::create_message).get(messages::list_messages),
            )
            .route(
                "/2010-04-01/Accounts/{account}/Messages/{file}",
                get(messages::fetch_message).post(messages::update_message),
            )
            .route(
                "/2010-04-01/Accounts/{account}",
                get(account::fetch_account),
            )
            .route(
                "/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json",
                get(account::list_numbers),
            )
            .route("/v1/Services/{sid}", get(account::fetch_service))
            .route(
                "/v1/Services/{sid}/PhoneNumbers",
                get(account::list_service_numbers),
            )
            .route("/v2/PhoneNumbers/{number}", get(lookup::look_up_number))
            .route(
                "/_control/faults",
                get(control::get_faults).put(control::put_faults),
            )
            .route(
                "/_control/ledger",
                get(control::get_summary).delete(control::reset_ledger),
            )
            .route("/_control/ledger/messages", get(control::list_records))
            .route("/_control/ledger/duplicates", get(control::list_duplicates))
            .route(
                "/_control/lookups",
                get(lookup::get_lines).post(lookup::add_lines),
            )
            .route(
                "/_control/account",
                get(account::get_account).put(account::put_account),
            )
            .route("/_control/moods", put(control::put_moods))
            .route("/_control/inbound", post(inbound::send_inbound))
            .route(
                "/_control/opt-outs",
                get(control::list_opt_outs).put(control::put_opt_outs),
            )
            .with_state(Arc::clone(&self.0))
    }

    /// The next create requests to `to` get these moods, one each; later ones are normal.
    pub fn will(&self, to: &str, moods: &[Mood]) {
        self.0.moods().set(to.to_owned(), moods.iter().copied());
    }

    /// Replaces all faults.
    pub fn fail_with(&self, faults: Faults) {
        self.0.set_faults(faults);
    }

    /// The texts accepted for `to`, the newest first.
    #[must_use]
    pub fn bodies_to(&self, to: &str) -> Vec<String> {
        let ledger = self.0.ledger();
        ledger
            .to(to)
            .filter_map(|index| Some(ledger.get(index)?.body.to_string()))
            .collect()
    }

    /// The counts so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.0.summary()
    }
}
