//! `dnwerks export PHONE`: all that is kept of one person; and what the commands about people have in common.
#![allow(clippy::print_stdout, reason = "this subcommand talks to a person")]

use std::{fs::OpenOptions, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::PathBuf};

use anyhow::{Context as _, Result, anyhow};
use clap::Args;
use domain::PhoneNumber;
use rows_as_service::{Database, DatabaseError, people::People};
use serde_json::json;

use crate::terminal;

/// What `dnwerks export --help` teaches.
pub const AFTER_HELP: &str = "\
Examples:
  dnwerks export +14155550100 -o person.json       a file that only its owner can read
  dnwerks export +14155550100 | jq '.data | keys'

Names each table with its rows, from every account: customers, messages, conversations, lookups, rejected rows of files,
callbacks, mails. `dnwerks forget` erases the same.";

/// Whose data, and where to.
#[derive(Debug, Args)]
#[group(skip)]
pub struct ExportPerson {
    /// The number, such as +14155550100.
    phone: String,

    /// Writes to this file instead.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    database: rows_as_service::Settings,
}

/// Writes it as JSON.
pub async fn export(settings: ExportPerson) -> Result<()> {
    let phone = number(&settings.phone)?;
    let people = People::new(Database::connect(&settings.database, "dnwerks export").await?);
    let user_emails = people.count(&phone).await.map_err(said)?.user_emails;
    let data = people.data(&phone).await.map_err(said)?;
    let rows: usize = data.values().map(Vec::len).sum();
    let export = json!({ "phone": phone, "user_emails": user_emails, "data": data });
    let text = serde_json::to_string_pretty(&export)?;
    note_users(&user_emails);
    let Some(path) = settings.output else {
        println!("{text}");
        return Ok(());
    };
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut file| writeln!(file, "{text}"));
    written.with_context(|| format!("writing {}", path.display()))?;
    terminal::note(&format!(
        "{rows} rows of {} tables are in {}.",
        data.len(),
        path.display()
    ));
    Ok(())
}

/// Says whose account is not touched.
pub fn note_users(emails: &[String]) {
    for email in emails {
        terminal::note(&format!(
            "{email} is also a user's address: what is known of the user stays with the account. See `dnwerks why {email}`."
        ));
    }
}

/// Errors don't repeat the number: they end up in logs.
pub fn number(text: &str) -> Result<String> {
    PhoneNumber::parse_even_unassigned(text)
        .map_err(|reason| anyhow!("{reason}: write it as +14155550100"))
}

/// In the database's words, where it has refused.
pub fn said(error: DatabaseError) -> anyhow::Error {
    match error.refusal() {
        Some(refusal) => anyhow!(refusal),
        None => error.into(),
    }
}
