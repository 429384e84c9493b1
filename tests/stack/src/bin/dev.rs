//! Keeps the whole stack running for a frontend, or runs one command in it.
#![allow(clippy::print_stdout, reason = "this program talks to a person")]

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use stack::{
    Services, Stack, StackOptions,
    process::{interrupted, run},
};
use testkit::people::{PASSWORD, Person};

/// Starts Postgres, the PostgREST dialect, Auth, the stand-ins for Twilio and Resend and every
/// process of dnwerks, on free ports, and keeps them running until Ctrl-C or SIGTERM.
#[derive(Debug, Parser)]
#[command(name = "scripts/dev")]
struct Arguments {
    /// Keeps the data in this folder for the next start; a temporary folder if absent.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// The port of the dnwerks API.
    #[arg(long)]
    port: Option<u16>,
    /// The port of the Supabase gateway.
    #[arg(long, conflicts_with = "outside_auth")]
    gateway_port: Option<u16>,
    /// Also writes all addresses and keys to this file, as NAME=value lines, when ready.
    #[arg(long)]
    env_file: Option<PathBuf>,
    /// An additional setting for dnwerks, as NAME=value; may be repeated.
    #[arg(long = "set", value_parser = name_and_value)]
    settings: Vec<(String, String)>,
    /// An additional argument for localstack, such as --fast; may be repeated.
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    localstack: Vec<String>,
    /// Runs Auth in its own process, which signs with a secret as older projects do.
    #[arg(long)]
    outside_auth: bool,
    /// Runs each of our processes by itself, with the role that is its own.
    #[arg(long)]
    own_roles: bool,
    /// Runs the command after `--` with all addresses and keys in its environment; stops everything
    /// when it ends; its exit code is this program's.
    #[arg(last = true)]
    command: Vec<String>,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut localstack = arguments.localstack;
    if let Some(folder) = &arguments.data_dir {
        localstack.extend(["--data-dir".to_owned(), folder.display().to_string()]);
    }
    if let Some(port) = arguments.gateway_port {
        localstack.extend(["--gateway-port".to_owned(), port.to_string()]);
    }
    let options = StackOptions {
        localstack,
        settings: arguments.settings,
        port: arguments.port,
        services: if arguments.own_roles {
            Services::Each
        } else {
            Services::All
        },
        outside_auth: arguments.outside_auth,
    };
    let stack = tokio::select! {
        stack = Stack::start(&options) => stack?,
        interrupted = interrupted() => {
            interrupted?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let mut environment = stack.environment.clone();
    let admin = Person::with(&environment, "admin", "admin", "approved").await?;
    environment.insert("ADMIN_EMAIL".to_owned(), admin.email.clone());
    environment.insert("ADMIN_PASSWORD".to_owned(), PASSWORD.to_owned());
    if let Some(file) = &arguments.env_file {
        write_whole(file, &environment)?;
    }

    let code = if let Some((program, rest)) = arguments.command.split_first() {
        run(program, rest, &environment).await
    } else {
        show(&stack, &environment, &admin.email);
        interrupted().await.map(|()| ExitCode::SUCCESS)
    };
    stack.stop().await?;
    code
}

/// The environment variables of the specification, in its order, and the address for the rewrite of `/api`.
const FRONTEND: [&str; 12] = [
    "NEXT_PUBLIC_SUPABASE_URL",
    "NEXT_PUBLIC_SUPABASE_ANON_KEY",
    "SUPABASE_SERVICE_ROLE_KEY",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_PHONE_NUMBER",
    "RESEND_API_KEY",
    "RESEND_FROM_EMAIL",
    "NEXTAUTH_URL",
    "NEXTAUTH_SECRET",
    "DNWERKS_API_URL",
    "NEXT_PUBLIC_DNWERKS_API_URL",
];

/// What the frontend's `.env.local` needs, to copy and paste.
fn frontend_settings(environment: &BTreeMap<String, String>) -> String {
    let value = |name: &str| match name {
        // Nothing of ours reads it: sessions are Supabase's.
        "NEXTAUTH_SECRET" => Some("only-for-local-development"),
        _ => environment
            .get(name.trim_start_matches("NEXT_PUBLIC_"))
            .map(String::as_str),
    };
    FRONTEND
        .iter()
        .filter_map(|name| Some(format!("{name}=\"{}\"\n", value(name)?)))
        .collect()
}

fn show(stack: &Stack, environment: &BTreeMap<String, String>, admin: &str) {
    println!(
        "\nEverything runs. For the frontend's .env.local (services/moving-in.md says what for):\n"
    );
    println!("{}", frontend_settings(environment));
    println!("Sign in as {admin} with the password {PASSWORD}.");
    println!("\nAll addresses and keys:\n");
    for (name, value) in environment {
        println!("{name}={value}");
    }
    println!(
        "\nLogs: {}\nCtrl-C stops everything.",
        stack.log().display()
    );
}

/// Writes the file atomically, so that nobody reads half of it.
fn write_whole(file: &std::path::Path, environment: &BTreeMap<String, String>) -> Result<()> {
    let lines: Vec<_> = environment
        .iter()
        .map(|(name, value)| format!("{name}='{value}'"))
        .collect();
    let unfinished = file.with_extension("unfinished");
    std::fs::write(&unfinished, lines.join("\n") + "\n")?;
    std::fs::rename(unfinished, file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frontend_gets_a_value_for_each_name_of_the_specification() {
        let environment = FRONTEND
            .iter()
            .map(|name| name.trim_start_matches("NEXT_PUBLIC_"))
            .map(|name| (name.to_owned(), format!("<{name}>")))
            .collect();
        let lines = frontend_settings(&environment);
        for name in FRONTEND {
            assert!(
                lines
                    .lines()
                    .any(|line| line.starts_with(&format!("{name}=\""))),
                "{name}: {lines}"
            );
        }
        assert!(lines.contains("NEXT_PUBLIC_SUPABASE_URL=\"<SUPABASE_URL>\""));
    }
}
