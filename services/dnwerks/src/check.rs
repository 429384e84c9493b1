//! `dnwerks check`: whether this set-up works, and what to do where it does not.

mod callbacks;
mod clock;
mod database;
mod finding;
mod keys;
mod links;
mod migrations;
mod report;
mod resend;
mod setting_faults;
mod settings;
mod setup;
mod sign_in;
mod supabase;
mod twilio;

use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, Command, builder::PossibleValuesParser};
use domain::{Clock as _, SystemClock};
use futures::future::{BoxFuture, FutureExt as _, join_all};
use secrecy::SecretString;

use self::{finding::Finding, settings::Settings, setup::Setup, sign_in::Account};
use crate::processes;
pub use migrations::some;

/// What `dnwerks check --help` teaches.
pub const AFTER_HELP: &str = "\
Examples:
  dnwerks check                                     all settings, and every service that they name
  dnwerks check send-worker mail-worker             only what these processes need
  ADMIN_PASSWORD=… dnwerks check --email ann@example.com
                                                    signs in too: whether tokens carry role and status
  dnwerks check --skip callbacks                    before anything runs behind PUBLIC_BASE_URL
  dnwerks check --json | jq '.checks[] | select(.state == \"problem\")'

Changes nothing, and shows no secret. Ends with 1 if there is a problem, and with 0 otherwise.";

/// What is checked.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Check {
    /// The processes that are to work here; all of them if none is named
    #[arg(value_name = "PROCESS", value_parser = PossibleValuesParser::new(processes::ALL.iter().map(|one| one.name)))]
    processes: Vec<String>,

    /// An account to sign in with, which shows whether Auth asks our hook for tokens
    #[arg(long, env = "ADMIN_EMAIL", value_name = "EMAIL")]
    email: Option<String>,

    /// Its password
    #[arg(long, env = "ADMIN_PASSWORD", hide_env_values = true)]
    password: Option<SecretString>,

    /// Leaves out the checks whose name begins so, such as callbacks or `auth.site_url`; repeatable
    #[arg(long, value_name = "NAME")]
    skip: Vec<String>,

    /// How long one check may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300))]
    timeout: u64,

    /// One JSON object: ok, checks (name, state, detail, remedy), settings
    #[arg(long)]
    json: bool,
}

/// Checks and reports; false if there is a problem. `command` declares all settings, `reading` reads them by
/// each of their names, as the processes do.
pub async fn run(command: &Command, reading: &Command, check: Check) -> Result<bool> {
    let mut chosen = check.processes;
    if chosen.is_empty() {
        chosen = processes::ALL
            .iter()
            .map(|one| one.name.to_owned())
            .collect();
    }
    let variable = |name: &str| std::env::var(name).ok();
    let settings = Settings::read(command, &chosen, variable);
    let names: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .collect();
    let mut findings = setting_faults::find(command, reading, &chosen, &settings, &names);
    findings.extend(keys::judge(&settings, SystemClock.now()));

    let patience = Duration::from_secs(check.timeout);
    let setup = match Setup::new(settings, patience) {
        Ok(setup) => setup,
        Err(error) => bail!("HTTPS can't be set up: {error}"),
    };
    let account = check
        .email
        .zip(check.password)
        .map(|(email, password)| Account { email, password });
    let only = (chosen.len() == 1).then(|| chosen[0].as_str());
    findings.extend(ask(&setup, account.as_ref(), patience, only).await);
    findings.retain(|finding| !check.skip.iter().any(|name| finding.name.starts_with(name)));
    // What is said of a key by itself and by the project is said once.
    findings.sort_by_key(|a| a.state);
    let mut told = std::collections::HashSet::new();
    findings.retain(|finding| told.insert(finding.name.clone()));

    let is_well = report::is_well(&findings);
    if check.json {
        report::print_json(&findings, &setup.settings)?;
    } else {
        report::print_text(&findings, &setup.settings);
    }
    Ok(is_well)
}

/// Asks everybody at once.
async fn ask(
    setup: &Setup,
    account: Option<&Account>,
    patience: Duration,
    only: Option<&str>,
) -> Vec<Finding> {
    let checks: [(&str, BoxFuture<'_, Vec<Finding>>); 6] = [
        ("supabase", supabase::check(setup).boxed()),
        ("auth", sign_in::check(setup, account).boxed()),
        ("database", database::check(setup, patience, only).boxed()),
        ("twilio", twilio::check(setup, patience).boxed()),
        ("callbacks", callbacks::check(setup).boxed()),
        ("resend", resend::check(setup, patience).boxed()),
    ];
    // A check makes a few requests, one after the other; each has a limit of its own.
    let checks = checks.map(|(name, check)| async move {
        tokio::time::timeout(patience * 4, check)
            .await
            .unwrap_or_else(|_| {
                vec![Finding::problem(
                    name,
                    "It takes too long to answer.",
                    "Run this again with a longer --timeout, nearer to the service.",
                )]
            })
    });
    join_all(checks).await.into_iter().flatten().collect()
}
