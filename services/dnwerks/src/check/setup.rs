//! What all checks work with.

use std::{error::Error, time::Duration};

use reqwest::redirect::Policy;
use url::Url;

use super::settings::Settings;

/// Sends the settings of supabase/config.toml to a hosted project.
pub const PUSH: &str = "`npx supabase config push` (with NEXTAUTH_URL in the environment)";

/// The settings, and a client that follows nothing by itself.
pub struct Setup {
    pub settings: Settings,
    pub http: reqwest::Client,
}

impl Setup {
    /// `patience` is what one request may take.
    pub fn new(settings: Settings, patience: Duration) -> reqwest::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(patience)
            .connect_timeout(patience)
            .redirect(Policy::none())
            .user_agent(concat!("dnwerks-check/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { settings, http })
    }

    /// A setting's value, or its default.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.settings.get(name)
    }

    /// The same for an address; what can't be read is told elsewhere.
    pub fn url(&self, name: &str) -> Option<Url> {
        let url = Url::parse(self.get(name)?).ok()?;
        matches!(url.scheme(), "http" | "https").then_some(url)
    }
}

/// Whether an address leads no further than this machine.
pub fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(url::Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        None => false,
    }
}

/// Why a request got no answer, without the address, which may hold names of accounts.
pub fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    innermost(&error)
}

/// What an error comes from in the end.
pub fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(next) = innermost.source() {
        innermost = next;
    }
    innermost.to_string()
}
