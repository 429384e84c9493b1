//! Leaves the whole stack running for a frontend, until Ctrl-C or SIGTERM.
#![allow(clippy::print_stdout, reason = "this program talks to a person")]

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use stack::{
    people::{PASSWORD, Person},
    process::interrupted,
    stack::{Stack, StackOptions},
};

/// Starts Postgres, the PostgREST dialect, Auth, the stand-ins for Twilio and Resend and every
/// process of dnwerks, on free ports, and leaves them running.
#[derive(Debug, Parser)]
#[command(name = "scripts/dev")]
struct Arguments {
    /// Keeps the data here, so that the next start finds it; a temporary folder otherwise.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// The port of the dnwerks API.
    #[arg(long)]
    port: Option<u16>,
    /// The port of the Supabase gateway.
    #[arg(long)]
    gateway_port: Option<u16>,
    /// Also writes all addresses and keys to this file, as NAME=value lines, when everything is ready.
    #[arg(long)]
    env_file: Option<PathBuf>,
    /// What dnwerks reads besides, as NAME=value; may be repeated.
    #[arg(long = "set", value_parser = name_and_value)]
    settings: Vec<(String, String)>,
    /// Further arguments for localstack, behind `--`.
    #[arg(last = true)]
    localstack: Vec<String>,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut localstack = arguments.localstack;
    if let Some(folder) = &arguments.data_dir {
        localstack.extend(["--data-dir".to_owned(), folder.display().to_string()]);
    }
    if let Some(port) = arguments.gateway_port {
        localstack.extend(["--gateway-port".to_owned(), port.to_string()]);
    }
    let stack = Stack::start(&StackOptions {
        localstack,
        settings: arguments.settings,
        port: arguments.port,
        without_send_worker: false,
    })
    .await?;
    let mut environment = stack.environment.clone();
    let admin = Person::with(&environment, "admin", "admin", "approved").await?;
    environment.insert("ADMIN_EMAIL".to_owned(), admin.email);
    environment.insert("ADMIN_PASSWORD".to_owned(), PASSWORD.to_owned());

    println!("\nEverything runs. For the frontend's .env.local:\n");
    println!("NEXT_PUBLIC_SUPABASE_URL={}", stack.get("SUPABASE_URL")?);
    println!(
        "NEXT_PUBLIC_SUPABASE_ANON_KEY={}",
        stack.get("SUPABASE_ANON_KEY")?
    );
    println!("\nAll addresses and keys:\n");
    for (name, value) in &environment {
        println!("{name}={value}");
    }
    println!(
        "\nLogs: {}\nCtrl-C stops everything.",
        stack.log().display()
    );
    if let Some(file) = &arguments.env_file {
        write_whole(file, &environment)?;
    }

    interrupted().await?;
    stack.stop().await
}

/// Writes the file in one step, so that whoever waits for it never reads half of it.
fn write_whole(
    file: &std::path::Path,
    environment: &std::collections::BTreeMap<String, String>,
) -> Result<()> {
    let lines: Vec<_> = environment
        .iter()
        .map(|(name, value)| format!("{name}='{value}'"))
        .collect();
    let unfinished = file.with_extension("unfinished");
    std::fs::write(&unfinished, lines.join("\n") + "\n")?;
    std::fs::rename(unfinished, file)?;
    Ok(())
}
