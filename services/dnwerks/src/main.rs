//! The only binary: a subcommand per process, `all` runs them together.

mod account;
mod admin;
mod audit;
mod check;
mod consent;
mod docs;
mod environment;
mod forget;
mod healthy;
mod import;
mod manual;
mod metrics;
mod migrate;
mod open_files;
mod operator;
mod person;
mod process;
mod processes;
mod second_factor;
mod sending;
mod serve;
mod shutdown;
mod status;
mod story;
mod telemetry;
mod terminal;
mod traces;
mod why;

use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command, FromArgMatches as _, parser::ValueSource};
use telemetry::LogFormat;
use traces::Traces;
use url::Url;

fn command() -> Command {
    let command = Command::new("dnwerks")
        .version(env!("CARGO_PKG_VERSION"))
        .about("The backend of the DNwerks SMS dashboard: a subcommand per process, or all of them in one")
        .after_help(
            "Settings are read from the environment; each subcommand's --help names its own.\n\
             Start with `dnwerks migrate`, `dnwerks check` and `dnwerks admin create`, then `dnwerks all`.",
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
    let command = about_people(command)
        .subcommand(taught::<check::Check>(
            "check",
            "Find what is wrong with this set-up: settings, keys, database, Auth, Twilio, Resend",
            check::AFTER_HELP,
        ))
        .subcommand(taught::<migrate::Migrate>(
            "migrate",
            "Apply the migrations that the database lacks, or say which",
            migrate::AFTER_HELP,
        ))
        .subcommand(taught::<healthy::Healthy>(
            "healthy",
            "Ask the process on this machine how it is; ends with 1 if it is not well",
            healthy::AFTER_HELP,
        ))
        .subcommand(taught::<import::ImportFile>(
            "import",
            "Import a CSV of customers for one account, with a progress bar",
            import::AFTER_HELP,
        ))
        .subcommand(taught::<consent::ConsentCommand>(
            "consent",
            "Check the ledger of consent; show or erase all that is known of one number",
            consent::AFTER_HELP,
        ))
        .subcommand(taught::<status::ShowStatus>(
            "status",
            "Show how everything stands: processes, senders, campaigns, queues, errors",
            status::AFTER_HELP,
        ))
        .subcommand(taught::<audit::Audit>(
            "audit",
            "Show who changed what is not their own: admins, operators, and whoever has SQL",
            audit::AFTER_HELP,
        ))
        .subcommand(taught::<sending::SendingSwitch>(
            "sending",
            "Stop all sending or an account's, or start it again",
            sending::AFTER_HELP,
        ))
        .subcommand(
            Command::new("admin")
                .about("Operator commands")
                .subcommand_required(true)
                .subcommand(taught::<admin::CreateAdmin>(
                    "create",
                    "Create the first approved admin, or make an existing account one",
                    admin::AFTER_HELP,
                ))
                .subcommand(taught::<second_factor::SecondFactor>(
                    "second-factor",
                    "Say whether admins must sign in with a second factor",
                    second_factor::AFTER_HELP,
                )),
        );
    about_itself(command)
}

/// With the commands that tell of the program.
fn about_itself(command: Command) -> Command {
    command
        .subcommand(taught::<docs::Describe>(
            "openapi",
            "Print the API's description (OpenAPI 3.1)",
            docs::AFTER_HELP,
        ))
        .subcommand(taught::<manual::Completions>(
            "completions",
            "Print what a shell needs to complete this command line",
            manual::AFTER_COMPLETIONS,
        ))
        .subcommand(taught::<manual::Man>(
            "man",
            "Write the manual: a page for each subcommand",
            manual::AFTER_MAN,
        ))
}

/// With the commands that are about one person.
fn about_people(command: Command) -> Command {
    command
        .subcommand(taught::<why::TellWhy>(
            "why",
            "Tell the whole story of a number, a message or a user, and how things stand",
            why::AFTER_HELP,
        ))
        .subcommand(taught::<person::ExportPerson>(
            "export",
            "Write down all that is kept of one person, as JSON",
            person::AFTER_HELP,
        ))
        .subcommand(taught::<forget::ForgetPerson>(
            "forget",
            "Erase a person for good, by number",
            forget::AFTER_HELP,
        ))
}

/// A subcommand with its arguments, what it is for, and examples.
fn taught<A: clap::Args>(name: &'static str, about: &'static str, help: &'static str) -> Command {
    // Last, because every group of settings would set its own description.
    A::augment_args(Command::new(name))
        .about(about)
        .long_about(None)
        .after_help(help)
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = environment::read_by_any_name(command());
    let matches = command.clone().get_matches();
    let traces = match start_telemetry(&matches) {
        Ok(traces) => traces,
        Err(error) => {
            terminal::complain(&error);
            return ExitCode::from(2);
        }
    };
    let code = match run(&command, &matches).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // A collector of a process's lines expects each to be JSON.
            if is_process(&matches) && log_format(&matches) == LogFormat::Json {
                tracing::error!("{error:#}");
            } else {
                terminal::complain(&error);
            }
            if error.is::<terminal::Interrupted>() {
                ExitCode::from(130)
            } else {
                ExitCode::FAILURE
            }
        }
    };
    if let Some(traces) = traces {
        traces.stop().await;
    }
    code
}

async fn run(command: &Command, matches: &ArgMatches) -> anyhow::Result<bool> {
    match matches.subcommand() {
        Some(("healthy", matches)) => {
            healthy::ask(&healthy::Healthy::from_arg_matches(matches)?).await
        }
        Some(("check", matches)) => {
            let check = check::Check::from_arg_matches(matches)?;
            check::run(&self::command(), command, check).await
        }
        Some(("openapi", _)) => {
            docs::print()?;
            Ok(true)
        }
        Some(("migrate", matches)) => {
            migrate::run(migrate::Migrate::from_arg_matches(matches)?).await
        }
        Some(("completions", matches)) => {
            let completions = manual::Completions::from_arg_matches(matches)?;
            manual::complete(&completions, self::command());
            Ok(true)
        }
        Some(("man", matches)) => {
            manual::write_pages(&manual::Man::from_arg_matches(matches)?, self::command())?;
            Ok(true)
        }
        Some(("import", matches)) => {
            import::import(import::ImportFile::from_arg_matches(matches)?).await?;
            Ok(true)
        }
        Some(("consent", matches)) => {
            consent::run(consent::ConsentCommand::from_arg_matches(matches)?).await
        }
        Some(("status", matches)) => {
            status::run(status::ShowStatus::from_arg_matches(matches)?).await?;
            Ok(true)
        }
        Some(("why", matches)) => {
            why::tell(why::TellWhy::from_arg_matches(matches)?).await?;
            Ok(true)
        }
        Some(("export", matches)) => {
            person::export(person::ExportPerson::from_arg_matches(matches)?).await?;
            Ok(true)
        }
        Some(("forget", matches)) => {
            forget::run(forget::ForgetPerson::from_arg_matches(matches)?).await
        }
        Some(("audit", matches)) => {
            audit::show(audit::Audit::from_arg_matches(matches)?).await?;
            Ok(true)
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
    let filter = matches
        .get_one::<String>("log_filter")
        .map_or("info", String::as_str);
    // Who runs a command reads its answer; log lines are for who asks for them.
    let is_asked_for = matches.value_source("log_filter") != Some(ValueSource::DefaultValue);
    let filter = if is_process(matches) || is_asked_for {
        filter
    } else {
        "off"
    };
    let process = matches.subcommand_name().unwrap_or_default();
    let endpoint = matches.get_one::<Url>("otlp_endpoint");
    let traces = endpoint
        .map(|endpoint| Traces::start(endpoint, process))
        .transpose()?;
    telemetry::start(log_format(matches), filter, traces.as_ref())?;
    Ok(traces)
}

/// Whether this runs until it is told to end, for a collector of logs rather than a person.
fn is_process(matches: &ArgMatches) -> bool {
    let name = matches.subcommand_name().unwrap_or_default();
    name == "all" || processes::ALL.iter().any(|process| process.name == name)
}

fn log_format(matches: &ArgMatches) -> LogFormat {
    let format = matches.get_one::<LogFormat>("log_format");
    format.copied().unwrap_or_default()
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
