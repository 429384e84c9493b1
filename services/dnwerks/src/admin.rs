//! `dnwerks admin create`: creates the first admin, before anybody can send an invitation.
#![allow(clippy::print_stdout, reason = "this subcommand talks to a person")]

use anyhow::{Context as _, Result};
use auth_admin::AuthAdmin;
use clap::Args;
use domain::EmailAddress;
use rows_as_service::accounts::Users;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::{
    operator,
    process::{AnonKey, ServiceRoleKey},
};

/// What `dnwerks admin create --help` teaches.
pub const AFTER_HELP: &str = "\
Examples:
  dnwerks admin create --email ann@example.com                 a new account; its password is printed once
  dnwerks admin create --email ann@example.com --existing      an account that is known to be hers";

/// Who becomes an admin, and how to reach the project.
#[derive(Debug, Args)]
#[group(skip)]
pub struct CreateAdmin {
    /// The new admin's e-mail address.
    #[arg(long)]
    email: String,

    /// The password; if absent, one is generated and printed once.
    #[arg(long = "password", env = "ADMIN_PASSWORD", hide_env_values = true)]
    password: Option<SecretString>,

    /// Makes an account that exists an admin: only if you know that it is theirs.
    #[arg(long)]
    existing: bool,

    /// The project's address.
    #[arg(long, env = "SUPABASE_URL")]
    supabase_url: Url,

    #[command(flatten)]
    anon_key: AnonKey,
    #[command(flatten)]
    service_role_key: ServiceRoleKey,
    #[command(flatten)]
    database: rows_as_service::Settings,
}

/// Creates the account and approves it.
pub async fn create(settings: CreateAdmin) -> Result<()> {
    let email = EmailAddress::parse(&settings.email)
        .with_context(|| format!("--email {}: not an e-mail address", settings.email))?;
    let database = operator::connect(&settings.database, "dnwerks admin").await?;
    let auth = AuthAdmin::new(
        &settings.supabase_url,
        settings.anon_key.supabase_anon_key.into(),
        settings.service_role_key.supabase_service_role_key,
    )?;
    let users = Users::new(database);
    let (password, existing) = (settings.password, settings.existing);
    let admin = accounts::create_first_admin(&users, &auth, &email, password, existing).await?;
    if admin.existed {
        println!("{email} had an account and is now an approved admin; the password is unchanged.");
    } else {
        println!("{email} is an approved admin.");
    }
    if let Some(password) = admin.generated_password {
        println!("Password, shown this once: {}", password.expose_secret());
    }
    Ok(())
}
