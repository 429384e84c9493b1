//! What defines a process: the settings it declares, and what it runs.

use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Result;
use axum::Router;
use clap::{ArgMatches, Args, Command};
use futures::future::BoxFuture;
use rows_as_service::{Database, Profiles};
use secrecy::{ExposeSecret as _, SecretString};
use tokio_util::sync::CancellationToken;
use web::Health;

/// How long a connection may take to close: a statement on it may wait for a database that is gone.
const CLOSED_WITHIN: Duration = Duration::from_secs(5);

/// A process as seen by the command line.
pub struct Declared {
    /// The subcommand.
    pub name: &'static str,
    /// One line of help.
    pub about: &'static str,
    /// Adds its settings.
    pub augment: fn(Command) -> Command,
    /// Builds it from the parsed settings.
    pub build: fn(&ArgMatches, &mut Shared, Health) -> Result<Part>,
}

impl Declared {
    /// The subcommand with its settings and those that all processes share.
    pub fn command(&self) -> Command {
        let command = (self.augment)(Command::new(self.name));
        // Last, because every group of settings would set its own description.
        Serving::augment_args(command)
            .about(self.about)
            .long_about(None)
            .after_help(examples(self.name))
    }
}

/// What the help of a process teaches.
fn examples(process: &str) -> String {
    format!(
        "Examples:\n  \
         dnwerks check {process}\n  \
         dnwerks {process} --listen 0.0.0.0:8080\n  \
         LOG_FORMAT=json dnwerks {process}\n\n\
         Every setting may stand in the environment instead. GET /healthz says whether it runs, /readyz whether it can work.\n\
         SIGTERM ends it once what is in flight is finished."
    )
}

/// Settings of every process that listens.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct Serving {
    /// The address to listen on for HTTP: the API's routes, /healthz and /readyz.
    #[arg(
        long,
        env = "LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS:PORT"
    )]
    pub listen: SocketAddr,

    /// The address on which Prometheus reads /metrics, such as 127.0.0.1:9464; without it, nothing listens. Not for the
    /// public network.
    #[arg(long, env = "METRICS_LISTEN_ADDRESS", value_name = "ADDRESS:PORT")]
    pub metrics_listen_address: Option<SocketAddr>,

    /// Allowed browser origins and the maximum body size.
    #[command(flatten)]
    pub http: web::HttpSettings,
}

/// What one process contributes: routes, readiness checks and background work.
pub struct Part {
    /// Its routes for people and their frontends, if any.
    pub router: Router,
    /// Its routes for services that report to us, if any.
    pub webhooks: Router,
    /// The readiness checks so far, including its own.
    pub health: Health,
    /// Its background work.
    pub works: Vec<BoxFuture<'static, Result<()>>>,
}

/// What processes running together share: connections and the shutdown signal.
pub struct Shared {
    /// Cancelled at shutdown.
    pub shutdown: CancellationToken,
    /// Cancelled once the last request is answered: background work that serves requests ends then.
    pub served: CancellationToken,
    /// Whether somebody reads metrics.
    pub metrics: bool,
    /// How Postgres shows its connections.
    name: String,
    databases: HashMap<String, Database>,
}

impl Shared {
    /// No connections yet. `process` is the subcommand.
    pub fn new(process: &str, shutdown: CancellationToken, metrics: bool) -> Self {
        Self {
            name: application_name(process),
            shutdown,
            served: CancellationToken::new(),
            metrics,
            databases: HashMap::new(),
        }
    }

    /// The service connection: one pool per database.
    pub fn database(&mut self, settings: &rows_as_service::Settings) -> Result<Database> {
        let url = settings.database_url.expose_secret();
        if let Some(database) = self.databases.get(url) {
            return Ok(database.clone());
        }
        let database = Database::connect_lazily(settings, &self.name)?;
        self.databases.insert(url.to_owned(), database.clone());
        Ok(database)
    }

    /// All connections so far.
    pub fn databases(&self) -> Vec<Database> {
        self.databases.values().cloned().collect()
    }

    /// Closes all connections, but for those that wait for a database that is gone.
    pub async fn close(self) {
        for database in self.databases.into_values() {
            if tokio::time::timeout(CLOSED_WITHIN, database.close())
                .await
                .is_err()
            {
                tracing::warn!("the database does not answer: its connections are cut off");
            }
        }
    }
}

/// A process by its subcommand and place, as `dnwerks status` reads it: `dnwerks send-worker@host/1234`, of which
/// Postgres keeps 63 bytes.
fn application_name(process: &str) -> String {
    let host = nix::unistd::gethostname().unwrap_or_default();
    let host = host.to_string_lossy();
    let label = host.split('.').next().unwrap_or_default();
    let short: String = label.chars().filter(char::is_ascii).take(28).collect();
    format!("dnwerks {process}@{short}/{}", std::process::id())
}

/// Checks callers against the database.
pub fn auth_by_database(settings: &web::AuthSettings, database: &Database) -> Result<web::Auth> {
    let verifier = web::TokenVerifier::new(settings)?;
    Ok(web::Auth::new(
        verifier,
        Arc::new(Profiles::new(database.clone())),
    ))
}

/// The anonymous API key: the JWT, or `sb_publishable_…`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct AnonKey {
    /// The project's anon key: the JWT, or `sb_publishable_…`.
    #[arg(long, env = "SUPABASE_ANON_KEY", value_name = "SUPABASE_ANON_KEY")]
    pub supabase_anon_key: String,
}

/// The service-role API key, for Auth's admin calls.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct ServiceRoleKey {
    /// The project's service-role key: the JWT, or `sb_secret_…`.
    #[arg(
        long = "supabase-service-role-key",
        env = "SUPABASE_SERVICE_ROLE_KEY",
        hide_env_values = true,
        value_name = "SUPABASE_SERVICE_ROLE_KEY"
    )]
    pub supabase_service_role_key: SecretString,
}
