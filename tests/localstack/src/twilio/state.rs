//! What all requests and callbacks of one stand-in share.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use tokio_util::sync::DropGuard;

use super::callback_counts::CallbackCounts;
use super::faults::Faults;
use super::holdings::Account;
use super::ledger::{Ledger, Summary};
use super::limits::Limits;
use super::lines::Lines;
use super::moods::Moods;
use super::options::Options;
use super::overrides::Callers;
use super::request::Credentials;
use super::schedule::Schedule;

/// What all requests and callbacks share.
pub(super) struct Shared {
    pub(super) options: Options,
    pub(super) credentials: Credentials,
    account: Mutex<Account>,
    /// For inbound messages.
    pub(super) http: reqwest::Client,
    /// For callbacks.
    pub(super) callers: Callers,
    pub(super) faults: RwLock<Arc<Faults>>,
    pub(super) ledger: Mutex<Ledger>,
    pub(super) limits: Mutex<Limits>,
    pub(super) lines: Mutex<Lines>,
    pub(super) moods: Mutex<Moods>,
    pub(super) schedule: Arc<Schedule>,
    pub(super) callbacks: CallbackCounts,
    /// Create requests being handled, for `Twilio-Concurrent-Requests`.
    pub(super) in_flight: AtomicU32,
    /// Requests whose message will be accepted late.
    pub(super) late: AtomicUsize,
    /// Create requests so far, from which the faults' dice are thrown.
    pub(super) requests: AtomicU64,
    /// Requests for a page of the list so far, for the same.
    pub(super) list_requests: AtomicU64,
    _stop: DropGuard,
}

impl Shared {
    /// As a stand-in begins. Callbacks end when `stop` is dropped.
    ///
    /// # Errors
    /// Where the HTTP client for callbacks can't be built.
    pub(super) fn new(options: Options, stop: DropGuard) -> Result<Self, reqwest::Error> {
        Ok(Self {
            credentials: Credentials::of(&options),
            account: Mutex::new(Account::of(&options)),
            http: reqwest::Client::builder()
                .http1_only()
                .connect_timeout(Duration::from_secs(5))
                .timeout(Duration::from_secs(15))
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            callers: Callers::default(),
            faults: RwLock::new(Arc::new(Faults::default())),
            ledger: Mutex::new(Ledger::new(options.seed)),
            limits: Mutex::new(Limits::default()),
            lines: Mutex::new(Lines::default()),
            moods: Mutex::new(Moods::default()),
            schedule: Arc::new(Schedule::default()),
            callbacks: CallbackCounts::default(),
            in_flight: AtomicU32::new(0),
            late: AtomicUsize::new(0),
            requests: AtomicU64::new(0),
            list_requests: AtomicU64::new(0),
            options,
            _stop: stop,
        })
    }

    pub(super) fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn moods(&self) -> MutexGuard<'_, Moods> {
        self.moods.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn summary(&self) -> Summary {
        // Before the counts, so that nothing can settle unseen between the two.
        let late = self.late.load(Ordering::Relaxed);
        let pending = late + self.schedule.len() + self.callbacks.under_way();
        let summary = self.ledger().summary();
        Summary {
            requests: self.requests.load(Ordering::Relaxed),
            list_requests: self.list_requests.load(Ordering::Relaxed),
            callbacks: self.callbacks.by_name(),
            pending,
            ..summary
        }
    }

    pub(super) fn set_faults(&self, faults: Faults) {
        *self.faults.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(faults);
    }

    pub(super) fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults.read().unwrap_or_else(PoisonError::into_inner))
    }
}
