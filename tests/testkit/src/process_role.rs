//! The database's role that is a process's own, as tests sign in with it.

use anyhow::{Result, ensure};
use url::Url;

/// The password of each process's role.
pub const ROLE_PASSWORD: &str = "only-for-tests";

/// The role of `process`, such as `send-worker`.
#[must_use]
pub fn role_of(process: &str) -> String {
    format!("dnwerks_{}", process.replace('-', "_"))
}

/// The address `database` for the role of `process`.
///
/// # Errors
/// If there can be none.
pub fn address_of(process: &str, database: &Url) -> Result<Url> {
    let mut url = database.clone();
    let role = role_of(process);
    ensure!(
        url.set_username(&role).is_ok() && url.set_password(Some(ROLE_PASSWORD)).is_ok(),
        "no address for {role}"
    );
    Ok(url)
}
