//! `dnwerks admin second-factor required|optional`: whether admins must sign in with a second factor.
#![allow(clippy::print_stdout, reason = "this subcommand talks to a person")]

use anyhow::Result;
use clap::{Args, ValueEnum};
use rows_as_service::accounts::Users;

use crate::operator;

/// What `dnwerks admin second-factor --help` teaches.
pub const AFTER_HELP: &str = "\
Examples:
  dnwerks admin second-factor required
  dnwerks admin second-factor optional";

/// The rule, and how to reach the database.
#[derive(Debug, Args)]
#[group(skip)]
pub struct SecondFactor {
    /// Whether an admin who signed in without a second factor may act as one.
    rule: Rule,
    #[command(flatten)]
    database: rows_as_service::Settings,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Rule {
    /// Only a sign-in with a second factor (`aal2`) acts as an admin.
    Required,
    /// Any sign-in of an admin does.
    Optional,
}

/// Sets the rule, from the next request on.
pub async fn set(settings: SecondFactor) -> Result<()> {
    let users = Users::new(operator::connect(&settings.database, "dnwerks admin").await?);
    match settings.rule {
        Rule::Required => {
            users.require_second_factor(true).await?;
            println!(
                "Admins need a second factor now; until they sign in with one, they are ordinary users."
            );
        }
        Rule::Optional => {
            users.require_second_factor(false).await?;
            println!("Admins need no second factor.");
        }
    }
    Ok(())
}
