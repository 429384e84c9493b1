//! A stand-in for Twilio: messages, lookups, signed callbacks, and faults on request.
//!
//! It answers like Twilio (formats, error codes, limits), keeps every message in memory, and
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
mod moods;
mod options;
mod record;
mod request;
mod schedule;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post, put};
use tokio_util::sync::{CancellationToken, DropGuard};

pub use faults::Faults;
pub use ledger::Summary;
pub use moods::Mood;
pub use options::{CallbackRetry, Options};

use callbacks::CallbackCounts;
use ledger::Ledger;
use limits::Limits;
use lookup::Lines;
use moods::Moods;
use request::Credentials;
use schedule::Schedule;

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
            moods: Mutex::new(Moods::default()),
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
        Ok(Self(state))
    }

    /// The routes of the stand-in: Twilio's own, and `/_control/…`.
    pub fn router(&self) -> Router {
        Router::new()
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

/// The shared state of all requests and callbacks.
struct Shared {
    options: Options,
    credentials: Credentials,
    http: reqwest::Client,
    faults: RwLock<Arc<Faults>>,
    ledger: Mutex<Ledger>,
    limits: Mutex<Limits>,
    lines: Mutex<Lines>,
    moods: Mutex<Moods>,
    schedule: Arc<Schedule>,
    callbacks: CallbackCounts,
    /// Create requests being handled, for `Twilio-Concurrent-Requests`.
    in_flight: std::sync::atomic::AtomicU32,
    /// Create requests so far, for the faults' randomness.
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

    fn moods(&self) -> MutexGuard<'_, Moods> {
        self.moods.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn summary(&self) -> Summary {
        // Read before the counts, so that nothing settles between the two.
        let pending = self.schedule.len() + self.callbacks.under_way();
        let summary = self.ledger().summary();
        Summary {
            requests: self.requests.load(std::sync::atomic::Ordering::Relaxed),
            callbacks: self.callbacks.by_name(),
            pending,
            ..summary
        }
    }

    fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults.read().unwrap_or_else(PoisonError::into_inner))
    }
}
