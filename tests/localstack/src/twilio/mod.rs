//! A stand-in for Twilio: messages, lookups, signed callbacks, and faults on request.
//!
//! It answers as Twilio does (shapes, error codes, limits), keeps every message in memory, and
//! counts what it accepted, so that a test can tell a duplicate from a retry.

mod answer;
mod callbacks;
mod control;
mod faults;
mod inbound;
mod ledger;
mod limits;
mod lookup;
mod messages;
mod options;
mod record;
mod request;
mod schedule;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use tokio_util::sync::{CancellationToken, DropGuard};

pub use faults::Faults;
pub use ledger::Summary;
pub use options::{CallbackRetry, Options};

use callbacks::CallbackCounts;
use ledger::Ledger;
use limits::Limits;
use lookup::Lines;
use request::Credentials;
use schedule::Schedule;

/// The routes of the stand-in: Twilio's own, and `/_control/…`. Must be called within a runtime,
/// which it uses for callbacks; they end when the router is dropped.
///
/// # Errors
/// Where the HTTP client for callbacks can't be built.
pub fn router(options: Options) -> Result<Router, reqwest::Error> {
    let stop = CancellationToken::new();
    let state = Arc::new(Shared {
        credentials: Credentials::of(&options),
        http: reqwest::Client::builder()
            .http1_only()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(15))
            .redirect(reqwest::redirect::Policy::none())
            .build()?,
        faults: RwLock::new(Arc::new(Faults::default())),
        ledger: Mutex::new(Ledger::new(options.seed)),
        limits: Mutex::new(Limits::default()),
        lines: Mutex::new(Lines::default()),
        schedule: Arc::new(Schedule::default()),
        callbacks: CallbackCounts::default(),
        in_flight: std::sync::atomic::AtomicU32::new(0),
        requests: std::sync::atomic::AtomicU64::new(0),
        options,
        _stop: stop.clone().drop_guard(),
    });
    tokio::spawn(callbacks::run(
        Arc::downgrade(&state),
        Arc::clone(&state.schedule),
        stop,
    ));
    Ok(Router::new()
        .route(
            "/2010-04-01/Accounts/{account}/Messages.json",
            post(messages::create_message).get(messages::list_messages),
        )
        .route(
            "/2010-04-01/Accounts/{account}/Messages/{file}",
            get(messages::fetch_message).post(messages::update_message),
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
        .route("/_control/inbound", post(inbound::send_inbound))
        .route(
            "/_control/opt-outs",
            get(control::list_opt_outs).put(control::put_opt_outs),
        )
        .with_state(state))
}

/// What all requests and callbacks share.
struct Shared {
    options: Options,
    credentials: Credentials,
    http: reqwest::Client,
    faults: RwLock<Arc<Faults>>,
    ledger: Mutex<Ledger>,
    limits: Mutex<Limits>,
    lines: Mutex<Lines>,
    schedule: Arc<Schedule>,
    callbacks: CallbackCounts,
    /// Create requests being handled, for `Twilio-Concurrent-Requests`.
    in_flight: std::sync::atomic::AtomicU32,
    /// Create requests ever, from which the faults' dice are thrown.
    requests: std::sync::atomic::AtomicU64,
    _stop: DropGuard,
}

impl Shared {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults.read().unwrap_or_else(PoisonError::into_inner))
    }
}
