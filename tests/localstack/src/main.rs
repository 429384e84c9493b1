//! Runs all external services until Ctrl-C or SIGTERM, or while a command runs.
#![allow(clippy::print_stdout, reason = "this program talks to a person")]

use std::{io::IsTerminal as _, process::ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand};
use localstack::{
    DatabaseOptions, Localstack, Options, database::Database, environment::Environment,
};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// All services that dnwerks needs, on this machine: Postgres with the project's migrations, the
/// PostgREST dialect, Auth, Realtime, and stand-ins for Twilio and Resend. They all stop with it.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    start: Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts everything and keeps it running (the default).
    Start(Box<Options>),
    /// Starts Postgres only, with the project's migrations.
    Database {
        #[command(flatten)]
        options: DatabaseOptions,
        /// Runs the command after `--` with the addresses in its environment until it ends; its
        /// exit code is this program's.
        #[arg(last = true)]
        command: Vec<String>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,localstack=info,postrust_engine=off"));
    // Colours are for terminals.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    match run(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    tokio::pin!(stop);
    match arguments
        .command
        .unwrap_or(Command::Start(Box::new(arguments.start)))
    {
        Command::Start(options) => {
            // If dropped half-started, it stops its server through the closed pipe.
            let stack = tokio::select! {
                stack = Localstack::start(&options) => stack?,
                () = &mut stop => return Ok(ExitCode::SUCCESS),
            };
            tell(stack.environment(), options.database.env_file.as_deref())?;
            stop.await;
            stack.stop().await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Database { options, command } => {
            let database = tokio::select! {
                database = Database::start(&options, None) => database?,
                () = &mut stop => return Ok(ExitCode::SUCCESS),
            };
            let environment = database.environment();
            let code = if let Some((program, rest)) = command.split_first() {
                tokio::select! {
                    code = run_command(program, rest, &environment) => code,
                    () = stop => Ok(ExitCode::FAILURE),
                }
            } else {
                tell(&environment, options.env_file.as_deref())?;
                stop.await;
                Ok(ExitCode::SUCCESS)
            };
            database.stop().await?;
            code
        }
    }
}

async fn run_command(
    program: &str,
    arguments: &[String],
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    let status = tokio::process::Command::new(program)
        .args(arguments)
        .envs(environment.iter())
        .kill_on_drop(true)
        .status()
        .await
        .with_context(|| format!("starting {program}"))?;
    // None: a signal ended it.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

fn tell(environment: &Environment, file: Option<&std::path::Path>) -> anyhow::Result<()> {
    println!("{environment}");
    if let Some(file) = file {
        environment
            .write(file)
            .with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(())
}
