//! `dnwerks sending stop|start`: one switch for everything that is sent.
#![allow(clippy::print_stdout, reason = "this subcommand talks to a person")]

use anyhow::Result;
use clap::{Args, Subcommand};
use rows_as_service::{Database, sending::Sending};

/// What `dnwerks sending --help` teaches.
pub const AFTER_HELP: &str = "\
Examples:
  dnwerks sending stop --reason \"Twilio asks us to\"
  dnwerks sending start";

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
        /// Why, for the next operator
        #[arg(long)]
        reason: Option<String>,
    },
    /// Go on where it was stopped
    Start,
}

/// Turns the switch.
pub async fn switch(settings: SendingSwitch) -> Result<()> {
    let sending = Sending::new(Database::connect(&settings.database, "dnwerks sending").await?);
    match settings.to {
        Switch::Stop { reason } => {
            sending.switch(true, reason.as_deref()).await?;
            println!(
                "Nothing is sent any more, by any worker. Start again with `dnwerks sending start`."
            );
        }
        Switch::Start => {
            sending.switch(false, None).await?;
            println!("Sending goes on.");
        }
    }
    Ok(())
}
