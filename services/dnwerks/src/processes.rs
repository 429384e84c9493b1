//! Every process: its settings, and how it is built.

use std::sync::Arc;

use accounts::AccountRows;
use anyhow::Result;
use auth_admin::AuthAdmin;
use axum::Router;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches as _};
use customer_import::PhoneVerifier;
use domain::SystemClock;
use futures::FutureExt as _;
use rows_as_service::{
    Profiles,
    accounts::{AuthAccounts, Invites, MailSuppressions, PasswordResets, SignInLimits, Users},
    callbacks::Deliveries,
    customer_search::CustomerSearch,
    imports::Imports,
    inbound::Inbound,
    mail::Outbox,
    phone_lookups,
    queues::Queues,
    sending::Sending,
};
use web::Health;

use crate::process::{AnonKey, Declared, Part, ServiceRoleKey, Shared, auth_by_database};
use crate::{docs, metrics};

/// In the order in which `dnwerks --help` lists them.
pub static ALL: [Declared; 6] = [
    Declared {
        name: "dashboard-api",
        about: "Customers, campaigns, templates: every route acts as the caller",
        augment: dashboard_api::Settings::augment_args,
        build: dashboard_api,
    },
    Declared {
        name: "accounts",
        about: "Login, logout, registration by invitation, users, invites, password resets",
        augment: Accounts::augment_args,
        build: accounts,
    },
    Declared {
        name: "customer-import",
        about: "Imports customers from CSV",
        augment: CustomerImport::augment_args,
        build: customer_import,
    },
    Declared {
        name: "send-worker",
        about: "Launches campaigns that are due and sends their messages through Twilio",
        augment: SendWorker::augment_args,
        build: send_worker,
    },
    Declared {
        name: "twilio-callbacks",
        about: "Receives Twilio's status callbacks",
        augment: TwilioCallbacks::augment_args,
        build: twilio_callbacks,
    },
    Declared {
        name: "mail-worker",
        about: "Sends the e-mail outbox through Resend and receives its webhooks",
        augment: MailWorker::augment_args,
        build: mail_worker,
    },
];

const ALL_HELP: &str = "\
Examples:
  dnwerks check && dnwerks all
  dnwerks all --listen 0.0.0.0:8080 --log-format json
  dnwerks all --without send-worker --without mail-worker

A start lists all missing settings at once. GET /healthz says whether it runs, /readyz whether it can work.
SIGTERM ends it once what is in flight is finished.";

/// `all`: the settings of every process, each once.
pub fn all_command() -> Command {
    let mut all = Command::new("all")
        .about("All of the above in one process, on one port")
        .after_help(ALL_HELP)
        .arg(
            Arg::new("without")
                .long("without")
                .value_name("PROCESS")
                .value_delimiter(',')
                .value_parser(clap::builder::PossibleValuesParser::new(
                    ALL.iter().map(|process| process.name),
                ))
                .action(clap::ArgAction::Append)
                .help("Leaves this process out; may be repeated"),
        );
    for process in &ALL {
        let command = process.command();
        for argument in command.get_arguments() {
            let needed = argument.is_required_set();
            if all
                .get_arguments()
                .all(|known| known.get_id() != argument.get_id())
            {
                all = all.arg(argument.clone());
            } else if needed {
                // A setting that is optional for one process may be required by another.
                all = all.mut_arg(argument.get_id(), |known| known.required(true));
            }
        }
        for group in command.get_groups() {
            if all
                .get_groups()
                .all(|known| known.get_id() != group.get_id())
            {
                all = all.group(group.clone());
            }
        }
    }
    all
}

/// The processes that `all` runs.
pub fn chosen(matches: &ArgMatches) -> Vec<&'static Declared> {
    let without: Vec<&String> = matches.get_many("without").into_iter().flatten().collect();
    ALL.iter()
        .filter(|process| without.iter().all(|name| *name != process.name))
        .collect()
}

fn dashboard_api(matches: &ArgMatches, shared: &mut Shared, health: Health) -> Result<Part> {
    let settings = dashboard_api::Settings::from_arg_matches(matches)?;
    let state = dashboard_api::DashboardState::new(&settings)?.until(shared.shutdown.clone());
    let verifier = state.auth.verifier().clone();
    let rows = state.rows.clone();
    let health = health.check("postgrest", move || {
        let rows = rows.clone();
        async move { rows.check().await }
    });
    Ok(Part {
        router: dashboard_api::router(state).merge(docs::router()?),
        webhooks: Router::new(),
        health: with_signing_keys(health, verifier),
        works: Vec::new(),
    })
}

#[derive(Debug, Args)]
#[group(skip)]
struct Accounts {
    #[command(flatten)]
    auth: web::AuthSettings,
    #[command(flatten)]
    anon_key: AnonKey,
    #[command(flatten)]
    service_role_key: ServiceRoleKey,
    #[command(flatten)]
    database: rows_as_service::Settings,
    #[command(flatten)]
    rules: accounts::Settings,
}

fn accounts(matches: &ArgMatches, shared: &mut Shared, health: Health) -> Result<Part> {
    let settings = Accounts::from_arg_matches(matches)?;
    let database = shared.database(&settings.database)?;
    let auth = AuthAdmin::new(
        &settings.auth.supabase_url,
        settings.anon_key.supabase_anon_key.into(),
        settings.service_role_key.supabase_service_role_key,
    )?;
    let health = health.check("auth", {
        let auth = auth.clone();
        move || {
            let auth = auth.clone();
            async move { auth.check().await }
        }
    });
    let tokens = auth_by_database(&settings.auth, &database)?;
    let verifier = tokens.verifier().clone();
    let rows = AccountRows {
        profiles: Profiles::new(database.clone()),
        users: Users::new(database.clone()),
        auth_accounts: AuthAccounts::new(database.clone()),
        invites: Invites::new(database.clone()),
        resets: PasswordResets::new(database.clone()),
        mail_suppressions: MailSuppressions::new(database.clone()),
        limits: SignInLimits::new(database.clone()),
    };
    let state = accounts::AccountsState::new(
        settings.rules,
        rows.clone(),
        auth.clone(),
        tokens,
        Arc::new(SystemClock),
    );
    let background = accounts::run_background(
        rows.auth_accounts,
        rows.resets,
        rows.limits,
        auth,
        shared.shutdown.clone(),
    );
    Ok(Part {
        router: accounts::router(state),
        webhooks: Router::new(),
        health: with_database(with_signing_keys(health, verifier), database),
        works: vec![background.map(Ok).boxed()],
    })
}

#[derive(Debug, Args)]
#[group(skip)]
struct CustomerImport {
    #[command(flatten)]
    auth: web::AuthSettings,
    #[command(flatten)]
    database: rows_as_service::Settings,
    #[command(flatten)]
    import: customer_import::Settings,
    #[command(flatten)]
    lookups: twilio::LookupSettings,
}

fn customer_import(matches: &ArgMatches, shared: &mut Shared, health: Health) -> Result<Part> {
    let settings = CustomerImport::from_arg_matches(matches)?;
    let database = shared.database(&settings.database)?;
    let auth = auth_by_database(&settings.auth, &database)?;
    let verifier = auth.verifier().clone();
    let state = customer_import::CustomerImportState::new(
        Imports::new(database.clone()),
        CustomerSearch::new(database.clone()),
        auth,
        settings.import,
    )
    .with_verifier(
        twilio::Lookups::new(&settings.lookups)?.map(|lookups| PhoneVerifier {
            lookups,
            cache: phone_lookups::Lookups::new(database.clone()),
        }),
    );
    let background = state.run_background(shared.shutdown.clone());
    Ok(Part {
        router: customer_import::router(state),
        webhooks: Router::new(),
        health: with_database(with_signing_keys(health, verifier), database),
        works: vec![background.map(Ok).boxed()],
    })
}

#[derive(Debug, Args)]
#[group(skip)]
struct SendWorker {
    #[command(flatten)]
    database: rows_as_service::Settings,
    #[command(flatten)]
    sending: send_worker::Settings,
}

fn send_worker(matches: &ArgMatches, shared: &mut Shared, health: Health) -> Result<Part> {
    let settings = SendWorker::from_arg_matches(matches)?;
    let database = shared.database(&settings.database)?;
    let worker = send_worker::Worker::new(
        Sending::new(database.clone()),
        Deliveries::new(database.clone()),
        &settings.sending,
        shared.shutdown.clone(),
    )?;
    let mut works = vec![async move { worker.run().await }.map(Ok).boxed()];
    if shared.metrics {
        let queues = Queues::new(database.clone());
        let counting = metrics::count_queues(queues, shared.shutdown.clone());
        works.push(counting.map(Ok).boxed());
    }
    Ok(Part {
        router: Router::new(),
        webhooks: Router::new(),
        health: with_database(health, database),
        works,
    })
}

#[derive(Debug, Args)]
#[group(skip)]
struct TwilioCallbacks {
    #[command(flatten)]
    database: rows_as_service::Settings,
    #[command(flatten)]
    callbacks: twilio_callbacks::Settings,
}

fn twilio_callbacks(matches: &ArgMatches, shared: &mut Shared, health: Health) -> Result<Part> {
    let settings = TwilioCallbacks::from_arg_matches(matches)?;
    let database = shared.database(&settings.database)?;
    let callbacks = twilio_callbacks::Callbacks::new(
        Deliveries::new(database.clone()),
        Inbound::new(database.clone()),
        &settings.callbacks,
        &shared.served,
    );
    let webhooks = twilio_callbacks::router(callbacks.clone());
    let background = callbacks.run_background(shared.served.clone());
    Ok(Part {
        router: Router::new(),
        webhooks,
        health: with_database(health, database),
        works: vec![background.map(Ok).boxed()],
    })
}

#[derive(Debug, Args)]
#[group(skip)]
struct MailWorker {
    #[command(flatten)]
    database: rows_as_service::Settings,
    #[command(flatten)]
    resend: resend::Settings,
    #[command(flatten)]
    mail: mail_worker::Settings,
}

fn mail_worker(matches: &ArgMatches, shared: &mut Shared, health: Health) -> Result<Part> {
    let settings = MailWorker::from_arg_matches(matches)?;
    let database = shared.database(&settings.database)?;
    let clock = Arc::new(SystemClock);
    let outbox = Outbox::new(database.clone());
    let webhooks = mail_worker::WebhookState::new(&settings.mail, outbox.clone(), clock.clone());
    let resend = resend::Client::new(&settings.resend)?;
    let worker = mail_worker::MailWorker::new(&settings.mail, outbox, resend, clock)?;
    let shutdown = shared.shutdown.clone();
    Ok(Part {
        router: Router::new(),
        webhooks: mail_worker::router(webhooks),
        health: with_database(health, database),
        works: vec![async move { Ok(worker.run(shutdown).await?) }.boxed()],
    })
}

fn with_database(health: Health, database: rows_as_service::Database) -> Health {
    health.check("database", move || {
        let database = database.clone();
        async move { database.check().await }
    })
}

fn with_signing_keys(health: Health, verifier: web::TokenVerifier) -> Health {
    health.check("signing_keys", move || {
        let verifier = verifier.clone();
        async move { verifier.check().await }
    })
}
