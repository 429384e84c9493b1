//! `dnwerks sending stop|start`: one switch for everything that is sent, and one for each account.
#![allow(clippy::print_stdout, reason = "this subcommand talks to a person")]

use anyhow::{Result, ensure};
use clap::{Args, Subcommand};
use rows_as_service::{Profiles, sending::Sending};

use crate::{account, operator};

/// As long as the column takes.
const LONGEST_REASON: usize = 1000;

/// What `dnwerks sending --help` teaches.
pub const AFTER_HELP: &str = "\
Examples:
  dnwerks sending stop --reason \"Twilio asks us to\"
  dnwerks sending start
  dnwerks sending stop --account ann@example.com --reason \"Complaints\"
  dnwerks sending start --account ann@example.com

An account that is stopped stays so until it is started again, whatever happens to the switch for everything.";

/// The switch, and how to reach the database.
#[derive(Debug, Args)]
#[group(skip)]
pub struct SendingSwitch {
    #[command(subcommand)]
    to: Switch,
    #[command(flatten)]
    database: rows_as_service::Settings,
}

#[derive(Debug, Subcommand)]
enum Switch {
    /// Stop all sending at once; what Twilio has been given, it has
    Stop {
        /// Only what this account sends: an e-mail address, or the id of a profile
        #[arg(long, value_name = "EMAIL|ID")]
        account: Option<String>,
        /// Why, for the next operator
        #[arg(long)]
        reason: Option<String>,
    },
    /// Go on where it was stopped
    Start {
        /// Only what this account sends: an e-mail address, or the id of a profile
        #[arg(long, value_name = "EMAIL|ID")]
        account: Option<String>,
    },
}

/// Turns the switch.
pub async fn switch(settings: SendingSwitch) -> Result<()> {
    let (account, stopped, reason) = match settings.to {
        Switch::Stop { account, reason } => (account, true, reason),
        Switch::Start { account } => (account, false, None),
    };
    ensure!(
        reason
            .as_ref()
            .is_none_or(|reason| reason.chars().count() <= LONGEST_REASON),
        "--reason: has more than {LONGEST_REASON} characters"
    );
    let database = operator::connect(&settings.database, "dnwerks sending").await?;
    let sending = Sending::new(database.clone());
    let Some(account) = account else {
        sending.switch(stopped, reason.as_deref()).await?;
        println!(
            "{}",
            if stopped {
                "Nothing is sent any more, by any worker. Start again with `dnwerks sending start`."
            } else {
                "Sending goes on."
            }
        );
        return Ok(());
    };
    let id = account::find(&Profiles::new(database), "--account", &account).await?;
    let switched = sending
        .switch_account(id, stopped, reason.as_deref())
        .await?;
    if stopped {
        println!(
            "Nothing of {account} is sent any more. Start again with `dnwerks sending start --account {account}`."
        );
    } else if switched {
        println!("Sending of {account} goes on.");
    } else {
        println!("Sending of {account} was not stopped.");
    }
    Ok(())
}
