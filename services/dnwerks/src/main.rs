//! The only binary: a subcommand per process, `all` runs them together.

mod admin;
mod check;
mod consent;
mod environment;
mod healthy;
mod import;
mod metrics;
mod open_files;
mod process;
mod processes;
mod second_factor;
mod sending;
mod serve;
mod shutdown;
mod telemetry;
mod traces;

use std::process::ExitCode;

use clap::{Arg, ArgMatches, Args as _, Command, FromArgMatches as _};
use telemetry::LogFormat;
use traces::Traces;
use url::Url;

fn command() -> Command {
    let command = Command::new("dnwerks")
        .version(env!("CARGO_PKG_VERSION"))
        .about("The backend of the DNwerks SMS dashboard: a subcommand per process, or all of them in one")
        .after_help(
            "Settings are read from the environment; each subcommand's --help names its own.\n\
             Start with `dnwerks check`, then `dnwerks all`.",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new("log_format")
                .long("log-format")
                .env("LOG_FORMAT")
                .global(true)
                .value_parser(clap::value_parser!(LogFormat))
                .default_value("text")
                .help("The format of log lines"),
        )
        .arg(
            Arg::new("log_filter")
                .long("log-filter")
                .env("RUST_LOG")
                .global(true)
                .default_value("info")
                .help("The log filter, such as info,send_worker=debug"),
        )
        .arg(
            Arg::new("otlp_endpoint")
                .long("otlp-endpoint")
                .env("OTEL_EXPORTER_OTLP_ENDPOINT")
                .global(true)
                .value_name("URL")
                .value_parser(clap::value_parser!(Url))
                .help("The collector that traces are sent to, by OTLP over HTTP, such as http://127.0.0.1:4318"),
        );
    let command = command.subcommands(processes::ALL.iter().map(process::Declared::command));
    let command = command.subcommand(processes::all_command());
    command
        .subcommand(
            Command::new("check")
                .about("Show what is configured, what each process lacks, and whether each external service answers"),
        )
        .subcommand(
            healthy::Healthy::augment_args(Command::new("healthy"))
                .about("Ask the process on this machine how it is; ends with 1 if it is not well")
                .long_about(None),
        )
        .subcommand(
            import::ImportFile::augment_args(Command::new("import"))
                .about("Import a CSV of customers for one account, with a progress bar")
                .long_about(None)
                .after_help(
                    "Example: dnwerks import customers.csv --user ann@example.com --map phone=Mobile --dry-run",
                ),
        )
        .subcommand(
            consent::ConsentCommand::augment_args(Command::new("consent"))
                .about("Check the ledger of consent; show or erase all that is known of one number")
                .long_about(None)
                .after_help(consent::AFTER_HELP),
        )
        .subcommand(
            sending::SendingSwitch::augment_args(Command::new("sending"))
                .about("Stop all sending, or start it again")
                .long_about(None),
        )
        .subcommand(
            Command::new("admin")
                .about("Operator commands")
                .subcommand_required(true)
                .subcommand(admin::CreateAdmin::augment_args(
                    Command::new("create"),
                )
                .about("Create the first approved admin, or make an existing account one")
                .long_about(None))
                .subcommand(
                    second_factor::SecondFactor::augment_args(Command::new("second-factor"))
                        .about("Say whether admins must sign in with a second factor")
                        .long_about(None),
                ),
        )
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = environment::read_by_any_name(command());
    let matches = command.clone().get_matches();
    let traces = match start_telemetry(&matches) {
        Ok(traces) => traces,
        Err(error) => {
            tracing::error!("{error:#}");
            return ExitCode::from(2);
        }
    };
    let code = match run(&command, &matches).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    };
    if let Some(traces) = traces {
        traces.stop().await;
    }
    code
}

async fn run(command: &Command, matches: &ArgMatches) -> anyhow::Result<bool> {
    match matches.subcommand() {
        Some(("check", _)) => Ok(check::run(command).await),
        Some(("healthy", matches)) => {
            healthy::ask(&healthy::Healthy::from_arg_matches(matches)?).await
        }
        Some(("import", matches)) => {
            import::import(import::ImportFile::from_arg_matches(matches)?).await?;
            Ok(true)
        }
        Some(("consent", matches)) => {
            consent::run(consent::ConsentCommand::from_arg_matches(matches)?).await
        }
        Some(("sending", matches)) => {
            sending::switch(sending::SendingSwitch::from_arg_matches(matches)?).await?;
            Ok(true)
        }
        Some(("admin", matches)) => match matches.subcommand() {
            Some(("create", matches)) => {
                admin::create(admin::CreateAdmin::from_arg_matches(matches)?).await?;
                Ok(true)
            }
            Some(("second-factor", matches)) => {
                second_factor::set(second_factor::SecondFactor::from_arg_matches(matches)?).await?;
                Ok(true)
            }
            _ => Ok(false),
        },
        Some(("all", matches)) => {
            serve::run(processes::chosen(matches), matches).await?;
            Ok(true)
        }
        Some((name, matches)) => {
            let chosen = processes::ALL.iter().filter(|process| process.name == name);
            serve::run(chosen.collect(), matches).await?;
            Ok(true)
        }
        None => Ok(false),
    }
}

fn start_telemetry(matches: &ArgMatches) -> anyhow::Result<Option<Traces>> {
    let format = matches.get_one::<LogFormat>("log_format").copied();
    let filter = matches
        .get_one::<String>("log_filter")
        .map_or("info", String::as_str);
    let process = matches.subcommand_name().unwrap_or_default();
    let endpoint = matches.get_one::<Url>("otlp_endpoint");
    let traces = endpoint
        .map(|endpoint| Traces::start(endpoint, process))
        .transpose()?;
    telemetry::start(format.unwrap_or_default(), filter, traces.as_ref())?;
    Ok(traces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subcommand_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn a_process_is_given_only_the_secrets_it_declares() {
        let command = command();
        let secrets = |name: &str| -> Vec<String> {
            command
                .find_subcommand(name)
                .into_iter()
                .flat_map(Command::get_arguments)
                .filter(|argument| argument.is_hide_env_values_set())
                .filter_map(|argument| argument.get_env())
                .map(|name| name.to_string_lossy().into_owned())
                .collect()
        };
        assert!(!secrets("dashboard-api").contains(&"SUPABASE_DB_URL".to_owned()));
        assert!(!secrets("dashboard-api").contains(&"SUPABASE_SERVICE_ROLE_KEY".to_owned()));
        assert!(!secrets("send-worker").contains(&"SUPABASE_SERVICE_ROLE_KEY".to_owned()));
        assert!(!secrets("send-worker").contains(&"TWILIO_API_SECRET".to_owned()));
        assert!(!secrets("mail-worker").contains(&"TWILIO_AUTH_TOKEN".to_owned()));
        assert!(!secrets("accounts").contains(&"TWILIO_AUTH_TOKEN".to_owned()));
    }

    #[test]
    fn phone_lookups_need_no_credentials_until_they_are_wanted() {
        let command = command();
        let needs = |process: &str, setting: &str| {
            command.find_subcommand(process).is_some_and(|process| {
                process
                    .get_arguments()
                    .any(|argument| argument.get_id() == setting && argument.is_required_set())
            })
        };
        for setting in ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY"] {
            assert!(!needs("dashboard-api", setting), "{setting}");
            assert!(!needs("customer-import", setting), "{setting}");
        }
        // Who sends needs them, alone or among the others.
        assert!(needs("send-worker", "TWILIO_AUTH_TOKEN"));
        assert!(needs("all", "TWILIO_AUTH_TOKEN"));
    }
}
