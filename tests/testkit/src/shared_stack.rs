//! The stack shared by one test run.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Result, ensure};

/// The addresses and keys of the stack that `scripts/test` started for all tests.
///
/// # Errors
/// When there is none.
pub fn shared_environment() -> Result<BTreeMap<String, String>> {
    let environment: BTreeMap<_, _> = std::env::vars().collect();
    ensure!(
        environment.contains_key("DNWERKS_API_URL"),
        "no stack is running: scripts/test starts one, or `scripts/dev --env-file FILE` does and FILE is sourced"
    );
    Ok(environment)
}

/// A client with a timeout of half a minute.
///
/// # Errors
/// When TLS can't be set up.
pub fn http_client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .build()?)
}
