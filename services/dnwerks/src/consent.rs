//! `dnwerks consent verify|export|erase`: the ledger of consent, and all that is known of one number.
#![allow(clippy::print_stdout, reason = "this subcommand talks to a person")]

use anyhow::Result;
use clap::{Args, Subcommand};
use rows_as_service::{Profiles, consent::Consents, people::People};

use crate::{
    account,
    forget::Forget,
    operator,
    person::{number, said},
    story::Story,
};

/// What `dnwerks consent --help` teaches.
pub const AFTER_HELP: &str = "\
Examples:
  dnwerks consent verify
  dnwerks consent export +14155550100                              \"She says she never agreed\"
  dnwerks consent export +14155550100 --account ann@example.com --json

Events of consent are only ever appended, and each has a hash over itself and the number's event before.
Run `verify` at intervals, and keep what it prints: it ends with 1 if an event was changed, dropped or slipped in.";

/// What to do with the ledger, and how to reach the database.
#[derive(Debug, Args)]
#[group(skip)]
pub struct ConsentCommand {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    database: rows_as_service::Settings,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check that no event of consent was changed, dropped or slipped in
    Verify,
    /// Show all that is known of a number, in the order of time: consent, suppressions, texts sent and received
    Export {
        /// The number, such as +14155550100
        phone: String,
        /// Only what concerns this account: an e-mail address, or the id of a profile
        #[arg(long, value_name = "EMAIL|ID")]
        account: Option<String>,
        /// All fields, as JSON
        #[arg(long)]
        json: bool,
    },
    /// The same as `dnwerks forget`, with a reason that is kept
    Erase {
        /// The number, such as +14155550100
        phone: String,
        /// Who asked for it and when, which is kept; do not name the person
        #[arg(long, value_name = "TEXT")]
        why: String,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
}

/// Does it; false if the ledger does not hold, or nothing was to be erased.
pub async fn run(command: ConsentCommand) -> Result<bool> {
    let database = operator::connect(&command.database, "dnwerks consent").await?;
    let consents = Consents::new(database.clone());
    let profiles = Profiles::new(database.clone());
    match command.what {
        What::Verify => verify(&consents).await,
        What::Export {
            phone,
            account,
            json,
        } => {
            let phone = number(&phone)?;
            let account = match account {
                None => None,
                Some(account) => Some(account::find(&profiles, "--account", &account).await?),
            };
            let text = consents.story(&phone, account).await.map_err(said)?;
            if json {
                println!("{text}");
            } else {
                let story: Story = serde_json::from_str(&text)?;
                let emails = profiles.emails(&story.profiles()).await?;
                print!("{}", story.told(account.is_some(), &emails));
            }
            Ok(true)
        }
        What::Erase { phone, why, yes } => {
            let forget = Forget::of(&phone, Some(why), yes)?;
            forget.run(&People::new(database)).await
        }
    }
}

async fn verify(consents: &Consents) -> Result<bool> {
    let ledger = consents.verify().await?;
    for found in &ledger.problems {
        let event = found
            .event_id
            .map_or_else(|| "no event is left".to_owned(), |id| format!("event {id}"));
        let meaning = match found.problem.as_str() {
            "changed" => "it is not what was recorded, or its place in the chain was another's",
            "missing" => "an event before it is gone",
            "end_missing" => "the last events are gone",
            "head_missing" => "the number's row in private.consent_heads is gone",
            "head_changed" => "the number's row in private.consent_heads is not what was recorded",
            _ => "see private.verify_consents",
        };
        println!(
            "{}: number {}, {event}: {meaning}",
            found.problem, found.phone_hash
        );
    }
    let (events, numbers) = (ledger.events, ledger.numbers);
    if ledger.problems.is_empty() {
        println!("{events} events of {numbers} numbers hold.");
        return Ok(true);
    }
    println!(
        "{} problems among {events} events of {numbers} numbers. Whoever knows a number finds its hash by \
         `select encode(private.phone_hash('+1…'), 'hex')`.",
        ledger.problems.len()
    );
    Ok(false)
}
