//! Who runs a command, for the audit log.

use anyhow::Result;
use rows_as_service::{Database, Settings};

/// The database, for what a person does on the command line as `application`.
pub async fn connect(settings: &Settings, application: &str) -> Result<Database> {
    Ok(Database::connect_as_operator(settings, application, &name()).await?)
}

/// The name of the login, also behind `sudo`.
fn name() -> String {
    ["SUDO_USER", "USER", "LOGNAME"]
        .into_iter()
        .find_map(|variable| std::env::var(variable).ok().filter(|name| !name.is_empty()))
        .unwrap_or_else(|| "unknown".to_owned())
}
