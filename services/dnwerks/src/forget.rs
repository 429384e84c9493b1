//! `dnwerks forget PHONE`: erases a person.
#![allow(clippy::print_stdout, reason = "this subcommand talks to a person")]

use std::{
    collections::BTreeMap,
    io::{IsTerminal as _, Write as _, stdin, stdout},
};

use anyhow::Result;
use clap::Args;
use rows_as_service::people::People;

use crate::{
    operator,
    person::{note_users, number, said},
};

/// What `dnwerks forget --help` teaches.
pub const AFTER_HELP: &str = "\
Examples:
  dnwerks forget +14155550100 --dry-run                                 what would be erased, by table
  dnwerks forget +14155550100 --why \"Her letter of 23 November\" --yes

Erases what `dnwerks export` shows, in every account, for good. What is left is a keyed hash of the number with the
suppressions that hold: whoever brings the number in again finds it suppressed again. Running it twice does no harm.";

/// Whom to forget, and how to reach the database.
#[derive(Debug, Args)]
#[group(skip)]
pub struct ForgetPerson {
    /// The number, such as +14155550100.
    phone: String,

    /// Who asked for it and when, which is kept; do not name the person.
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,

    /// Don't ask.
    #[arg(long)]
    yes: bool,

    /// Only show what would be erased.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,

    #[command(flatten)]
    database: rows_as_service::Settings,
}

/// Whether anything is erased, and after which question.
enum Consent {
    DryRun,
    Asked,
    Said,
}

/// A person who is to be forgotten.
pub struct Forget {
    phone: String,
    why: Option<String>,
    consent: Consent,
}

/// Erases the person; false if nothing was erased for want of a yes.
pub async fn run(settings: ForgetPerson) -> Result<bool> {
    let mut forget = Forget::of(&settings.phone, settings.why, settings.yes)?;
    if settings.dry_run {
        forget.consent = Consent::DryRun;
    }
    let database = operator::connect(&settings.database, "dnwerks forget").await?;
    forget.run(&People::new(database)).await
}

impl Forget {
    /// Of the holder of this number; without a `yes`, somebody at the terminal is asked for it.
    pub fn of(phone: &str, why: Option<String>, yes: bool) -> Result<Self> {
        Ok(Self {
            phone: number(phone)?,
            why,
            consent: if yes { Consent::Said } else { Consent::Asked },
        })
    }

    /// Erases the person; false if nothing was erased for want of a yes.
    pub async fn run(&self, people: &People) -> Result<bool> {
        let kept = people.count(&self.phone).await.map_err(said)?;
        note_users(&kept.user_emails);
        if !matches!(self.consent, Consent::Said) {
            show(&kept.rows);
        }
        match self.consent {
            Consent::DryRun => {
                println!("Nothing is erased: this was a dry run.");
                return Ok(true);
            }
            Consent::Asked if kept.rows.is_empty() => return Ok(true),
            Consent::Asked if !is_confirmed()? => {
                println!("Nothing is erased. Say --yes to erase all of this; it can't be undone.");
                return Ok(false);
            }
            Consent::Asked | Consent::Said => {}
        }
        let gone = people.erase(&self.phone, self.why.as_deref()).await;
        let gone = gone.map_err(said)?;
        if gone.is_empty() {
            show(&gone);
        } else {
            println!("Erased; the number stays suppressed where it was. Rows that went:");
            show(&gone);
        }
        Ok(true)
    }
}

fn show(rows: &BTreeMap<String, i64>) {
    if rows.is_empty() {
        println!("Nothing is kept of this number.");
    }
    for (table, count) in rows {
        println!("{count:>9} {table}");
    }
}

/// Only who sits at a terminal can be asked.
fn is_confirmed() -> Result<bool> {
    if !stdin().is_terminal() || !stdout().is_terminal() {
        return Ok(false);
    }
    print!("Erase all of this for good? Type yes: ");
    stdout().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}
