//! What all requests of one stand-in share.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::faults::Faults;
use super::idempotency::Keys;
use super::known_domains::Domains;
use super::mailbox::Mailbox;
use super::options::Options;
use super::window::Window;

/// What all requests share.
pub(super) struct Shared {
    pub(super) options: Options,
    pub(super) http: reqwest::Client,
    inner: Mutex<Inner>,
}

/// What changes from request to request.
#[derive(Default)]
pub(super) struct Inner {
    pub(super) domains: Domains,
    pub(super) mailbox: Mailbox,
    pub(super) keys: Keys,
    pub(super) window: Window,
    pub(super) faults: Faults,
}

impl Shared {
    /// As a stand-in begins.
    ///
    /// # Errors
    /// Where the HTTP client for webhooks can't be built.
    pub(super) fn new(options: Options) -> Result<Self, reqwest::Error> {
        Ok(Self {
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(15))
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            inner: Mutex::default(),
            options,
        })
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
