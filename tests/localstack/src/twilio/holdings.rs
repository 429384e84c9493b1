//! What the account is and has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::options::Options;

/// Twilio's own test number.
const FIRST_NUMBER: &str = "+15005550006";

/// What the account is and has. Any number may send all the same, unless the options name those that may.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Account {
    /// `active`, `suspended` or `closed`.
    pub(super) status: String,
    /// `Full` or `Trial`.
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) numbers: BTreeMap<String, Number>,
    pub(super) services: BTreeMap<String, Service>,
}

/// A number of the account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Number {
    /// "A message comes in".
    pub(super) sms_url: String,
    pub(super) voice_only: bool,
}

/// A messaging service of the account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Service {
    pub(super) inbound_request_url: Option<String>,
    pub(super) use_inbound_webhook_on_number: bool,
    /// Its senders.
    pub(super) numbers: Vec<String>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            status: "active".to_owned(),
            kind: "Full".to_owned(),
            numbers: BTreeMap::new(),
            services: BTreeMap::new(),
        }
    }
}

impl Account {
    /// With the senders of the options, or one number.
    pub(super) fn of(options: &Options) -> Self {
        let mut numbers: BTreeMap<_, _> = options
            .senders
            .iter()
            .map(|number| (number.clone(), Number::default()))
            .collect();
        if numbers.is_empty() {
            numbers.insert(FIRST_NUMBER.to_owned(), Number::default());
        }
        let services = options
            .messaging_services
            .iter()
            .map(|sid| (sid.clone(), Service::default()));
        Self {
            numbers,
            services: services.collect(),
            ..Self::default()
        }
    }
}
