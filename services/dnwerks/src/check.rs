//! `dnwerks check`: what is configured, what each process lacks, and which services answer.
#![allow(clippy::print_stdout, reason = "this subcommand talks to a person")]

use std::{collections::BTreeMap, time::Duration};

use clap::{Arg, Command};
use rows_as_service::Database;
use secrecy::SecretString;

/// The timeout for an external service.
const PATIENCE: Duration = Duration::from_secs(5);
/// Twilio's test number.
const EXAMPLE_NUMBER: &str = "+15005550006";

/// A setting as declared by the processes.
struct Setting {
    value: State,
    needed_by: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Set,
    Default,
    Optional,
    Missing,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Default => "default",
            Self::Optional => "not set",
            Self::Missing => "MISSING",
        }
    }
}

/// Prints all settings, checks the external services, and returns whether all is well.
pub async fn run(command: &Command) -> bool {
    let settings = settings_of(command);
    println!("Settings");
    for (name, setting) in &settings {
        println!(
            "  {:<8} {name:<32} {}",
            setting.value.word(),
            setting.needed_by.join(", ")
        );
    }
    let complete = settings
        .values()
        .all(|setting| setting.value != State::Missing);

    println!("\nExternal services");
    let mut all_answer = true;
    for (name, answer) in probes().await {
        let (mark, text) = match answer {
            Ok(text) => ("ok", text),
            Err(text) => {
                all_answer = false;
                ("FAILED", text)
            }
        };
        println!("  {mark:<8} {name:<32} {text}");
    }
    complete && all_answer
}

/// Every environment variable that a process reads, in alphabetical order.
fn settings_of(command: &Command) -> BTreeMap<String, Setting> {
    let mut settings = BTreeMap::new();
    for process in command.get_subcommands() {
        for argument in process.get_arguments() {
            let Some(name) = argument.get_env().and_then(|name| name.to_str()) else {
                continue;
            };
            let value = state_of(argument, name);
            let setting = settings.entry(name.to_owned()).or_insert_with(|| Setting {
                value,
                needed_by: Vec::new(),
            });
            // A setting that is optional for one process may be required by another.
            if value == State::Missing {
                setting.value = value;
            }
            if process.get_name() != "all" {
                setting.needed_by.push(process.get_name().to_owned());
            }
        }
    }
    settings
}

fn state_of(argument: &Arg, name: &str) -> State {
    if std::env::var_os(name).is_some_and(|value| !value.is_empty()) {
        State::Set
    } else if !argument.get_default_values().is_empty() {
        State::Default
    } else if argument.is_required_set() {
        State::Missing
    } else {
        State::Optional
    }
}

/// Checks each external service whose address is set; the others are skipped.
async fn probes() -> Vec<(&'static str, Result<String, String>)> {
    let mut answers = Vec::new();
    let setting = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    };
    let client = match reqwest::Client::builder().timeout(PATIENCE).build() {
        Ok(client) => client,
        Err(error) => return vec![("HTTPS", Err(error.to_string()))],
    };
    if let Some(url) = setting(&["SUPABASE_URL", "NEXT_PUBLIC_SUPABASE_URL"]) {
        let key =
            setting(&["SUPABASE_ANON_KEY", "NEXT_PUBLIC_SUPABASE_ANON_KEY"]).unwrap_or_default();
        let url = url.trim_end_matches('/');
        for (name, path) in [
            ("Supabase Auth", "/auth/v1/health"),
            ("PostgREST", "/rest/v1/"),
        ] {
            let request = client.get(format!("{url}{path}")).header("apikey", &key);
            answers.push((name, ask(request).await));
        }
        let request = client.get(format!("{url}/auth/v1/.well-known/jwks.json"));
        answers.push(("Signing keys", ask(request).await));
    }
    if let Some(url) = setting(&["SUPABASE_DB_URL"]) {
        answers.push(("Postgres", ask_database(url).await));
    }
    if let (Some(account), Some(token)) = (
        setting(&["TWILIO_ACCOUNT_SID"]),
        setting(&["TWILIO_AUTH_TOKEN"]),
    ) {
        let url =
            setting(&["TWILIO_API_URL"]).unwrap_or_else(|| "https://api.twilio.com".to_owned());
        let url = format!(
            "{}/2010-04-01/Accounts/{account}/Messages.json?PageSize=1",
            url.trim_end_matches('/')
        );
        answers.push((
            "Twilio",
            ask(client.get(url).basic_auth(account, Some(token))).await,
        ));
    }
    let key = setting(&["TWILIO_API_KEY"]).zip(setting(&["TWILIO_API_SECRET"]));
    let account = setting(&["TWILIO_ACCOUNT_SID"]).zip(setting(&["TWILIO_AUTH_TOKEN"]));
    if let Some((user, password)) = key.or(account) {
        let url = setting(&["TWILIO_LOOKUP_URL"])
            .unwrap_or_else(|| "https://lookups.twilio.com".to_owned());
        // Without `Fields` a lookup is free.
        let url = format!(
            "{}/v2/PhoneNumbers/{EXAMPLE_NUMBER}",
            url.trim_end_matches('/')
        );
        let request = client.get(url).basic_auth(user, Some(password));
        answers.push(("Twilio Lookup", ask(request).await));
    }
    if let Some(key) = setting(&["RESEND_API_KEY"]) {
        let url =
            setting(&["RESEND_API_URL"]).unwrap_or_else(|| "https://api.resend.com".to_owned());
        // A send-only key is refused here, but the refusal shows that the key is valid.
        let url = format!("{}/domains", url.trim_end_matches('/'));
        answers.push(("Resend", ask_resend(client.get(url).bearer_auth(key)).await));
    }
    answers
}

async fn ask(request: reqwest::RequestBuilder) -> Result<String, String> {
    let answer = request.send().await.map_err(without_address)?;
    let status = answer.status();
    if status.is_success() {
        Ok(format!("answers with {status}"))
    } else {
        Err(format!("answers with {status}"))
    }
}

async fn ask_resend(request: reqwest::RequestBuilder) -> Result<String, String> {
    let answer = request.send().await.map_err(without_address)?;
    let status = answer.status();
    let body = answer.text().await.unwrap_or_default();
    if status == reqwest::StatusCode::UNAUTHORIZED && !body.contains("restricted_api_key")
        || status.is_server_error()
    {
        return Err(format!("answers with {status}"));
    }
    Ok(format!("answers with {status}"))
}

async fn ask_database(url: String) -> Result<String, String> {
    let settings = rows_as_service::Settings {
        database_url: SecretString::from(url),
        max_connections: 1,
    };
    let answer =
        tokio::time::timeout(PATIENCE, Database::connect(&settings, "dnwerks check")).await;
    match answer {
        Ok(Ok(_)) => Ok("answers".to_owned()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {PATIENCE:?}")),
    }
}

/// Only the reason: addresses may contain account names.
fn without_address(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        format!("no answer within {PATIENCE:?}")
    } else if error.is_connect() {
        "can't be reached".to_owned()
    } else {
        error.to_string()
    }
}
