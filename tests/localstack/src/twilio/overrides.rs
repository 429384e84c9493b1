//! Connection overrides: how often, when and how long Twilio tries a callback, as the fragment of
//! its URL says, for example `#rc=3&rp=5xx,ct&rt=2000`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use url::form_urlencoded;

/// How one try failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// An answer of 400 to 499.
    Status4xx,
    /// An answer of 500 to 599.
    Status5xx,
    /// Another answer that is no success, such as a redirect. It is never repeated.
    OtherStatus,
    /// No connection.
    Connect,
    /// No answer, or only a part of it.
    Read,
}

impl Failure {
    /// Why a try failed, if it did.
    pub(super) fn of(answer: &Result<reqwest::Response, reqwest::Error>) -> Option<Self> {
        match answer.as_ref().map(reqwest::Response::status) {
            Ok(status) if status.is_success() => None,
            Ok(status) if status.is_client_error() => Some(Self::Status4xx),
            Ok(status) if status.is_server_error() => Some(Self::Status5xx),
            Ok(_) => Some(Self::OtherStatus),
            Err(error) if error.is_connect() => Some(Self::Connect),
            Err(_) => Some(Self::Read),
        }
    }
}

/// The overrides of one URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Overrides {
    /// `rc`: tries after the first, 0 to 5, 1 by default.
    pub(super) retries: u32,
    /// `rp`: the failures that are repeated, `ct` by default.
    retried: Vec<Failure>,
    /// `ct`: the longest wait for a connection, 100 to 10,000 ms, 5,000 by default.
    connect: Duration,
    /// `rt`: the longest wait for an answer, 100 to 15,000 ms, 15,000 by default.
    read: Duration,
    /// `tt`: the longest time for all tries, at most 15,000 ms, and so by default.
    pub(super) total: Duration,
}

impl Default for Overrides {
    fn default() -> Self {
        Self {
            retries: 1,
            retried: vec![Failure::Connect],
            connect: Duration::from_secs(5),
            read: Duration::from_secs(15),
            total: Duration::from_secs(15),
        }
    }
}

impl Overrides {
    /// The overrides in a URL's fragment. What can't be read is ignored; what is out of range is
    /// taken to the nearest limit.
    pub(super) fn of(url: &str) -> Self {
        let mut overrides = Self::default();
        let fragment = url.split_once('#').map_or("", |(_, fragment)| fragment);
        for (name, value) in form_urlencoded::parse(fragment.as_bytes()) {
            let number = value.parse::<u64>().ok();
            match (&*name, number) {
                ("rc", Some(retries)) => {
                    overrides.retries = u32::try_from(retries.min(5)).unwrap_or(5);
                }
                ("rp", _) => {
                    overrides.retried = value.split(',').flat_map(named).copied().collect();
                }
                ("ct", Some(wait)) => overrides.connect = milliseconds(wait, 10_000),
                ("rt", Some(wait)) => overrides.read = milliseconds(wait, 15_000),
                ("tt", Some(wait)) => overrides.total = milliseconds(wait, 15_000),
                _ => {}
            }
        }
        overrides
    }

    /// Whether this failure is worth another try.
    pub(super) fn repeats(&self, failure: Failure) -> bool {
        self.retried.contains(&failure)
    }
}

fn named(policy: &str) -> &'static [Failure] {
    match policy.trim() {
        "4xx" => &[Failure::Status4xx],
        "5xx" => &[Failure::Status5xx],
        "ct" => &[Failure::Connect],
        "rt" => &[Failure::Read],
        "all" => &[
            Failure::Status4xx,
            Failure::Status5xx,
            Failure::Connect,
            Failure::Read,
        ],
        _ => &[],
    }
}

fn milliseconds(wait: u64, longest: u64) -> Duration {
    Duration::from_millis(wait.clamp(100, longest))
}

/// HTTP clients, one for each pair of waits that was ever asked for.
#[derive(Default)]
pub(super) struct Callers(Mutex<HashMap<(Duration, Duration), reqwest::Client>>);

impl Callers {
    /// The client for these overrides.
    ///
    /// # Errors
    /// When it can't be built.
    pub(super) fn get(&self, overrides: &Overrides) -> Result<reqwest::Client, reqwest::Error> {
        let waits = (overrides.connect, overrides.read);
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&waits) {
            return Ok(client.clone());
        }
        let client = reqwest::Client::builder()
            .http1_only()
            .connect_timeout(overrides.connect)
            .read_timeout(overrides.read)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        clients.insert(waits, client.clone());
        Ok(client)
    }
}
