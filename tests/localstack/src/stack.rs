//! Starts all parts in order, and stops them in reverse.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use axum::Router;
use postrust_server::lenient_uri::LenientListener;
use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    auth,
    database::{Database, DatabaseError},
    environment::Environment,
    gateway::{self, Outside, Part},
    keys::{Keys, KeysError},
    options::Options,
    postgres::{PostgresError, Project},
    project_settings::{Api, ProjectSettings, ProjectSettingsError},
    realtime, resend,
    rest::Rest,
    twilio,
};

/// Timeout for requests in flight at shutdown.
const GRACE: Duration = Duration::from_secs(5);
const SENDER: &str = "+15005550006";
const RESEND_FROM: &str = "DNwerks <hello@dnwerks.test>";

/// Why a part can't be started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error("the database")]
    Database(#[from] DatabaseError),
    /// The keys.
    #[error("the project's keys")]
    Keys(#[from] KeysError),
    /// `config.toml`.
    #[error("the project's settings")]
    Settings(#[from] ProjectSettingsError),
    /// The PostgREST dialect.
    #[error("the PostgREST dialect: {0}")]
    Rest(anyhow::Error),
    /// An HTTP client.
    #[error("an HTTP client")]
    Client(#[from] reqwest::Error),
    /// A port.
    #[error("listening on port {port}")]
    Listen {
        /// The port asked for.
        port: u16,
        /// What the system says.
        source: std::io::Error,
    },
    /// Auth's connection.
    #[error("connecting Auth")]
    Auth(#[source] sqlx::Error),
    /// Stopping Postgres.
    #[error("stopping")]
    Stop(#[from] PostgresError),
}

/// All external services, running in this process (Postgres as its child).
///
/// Dropping it also stops Postgres; [`Localstack::stop`] does so in order and removes what is
/// temporary.
#[derive(Debug)]
pub struct Localstack {
    environment: Environment,
    parts: Parts,
}

/// What has to be stopped.
#[derive(Default)]
struct Parts {
    stop: CancellationToken,
    servers: Vec<JoinHandle<()>>,
    auth: Option<PgPool>,
    rest: Option<Rest>,
    database: Option<Database>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Parts")
            .field("servers", &self.servers.len())
            .finish_non_exhaustive()
    }
}

impl Localstack {
    /// Starts everything and returns once all parts answer.
    ///
    /// # Errors
    /// [`Error`] names the part that did not start; the others are stopped.
    pub async fn start(options: &Options) -> Result<Self, Error> {
        let mut parts = Parts::default();
        match start_parts(options, &mut parts).await {
            Ok(environment) => Ok(Self { environment, parts }),
            Err(error) => {
                if let Err(error) = parts.stop().await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "stopping after a failed start"
                    );
                }
                Err(error)
            }
        }
    }

    /// Addresses, keys and secrets.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Stops everything: requests in flight are finished, Postgres is shut down, temporary folders
    /// are removed.
    ///
    /// # Errors
    /// When Postgres does not stop in time.
    pub async fn stop(self) -> Result<(), Error> {
        self.parts.stop().await
    }
}

impl Parts {
    async fn stop(self) -> Result<(), Error> {
        self.stop.cancel();
        for mut server in self.servers {
            if tokio::time::timeout(GRACE, &mut server).await.is_err() {
                server.abort();
            }
        }
        if let Some(rest) = self.rest {
            rest.stop().await;
        }
        if let Some(auth) = self.auth {
            auth.close().await;
        }
        match self.database {
            Some(database) => Ok(database.stop().await?),
            None => Ok(()),
        }
    }

    fn serve(&mut self, listener: TcpListener, router: Router) {
        let stop = self.stop.clone();
        self.servers.push(tokio::spawn(async move {
            // Clients of PostgREST send characters that a strict URL parser refuses.
            let served = axum::serve(LenientListener(listener), router)
                .with_graceful_shutdown(stop.cancelled_owned())
                .await;
            if let Err(error) = served {
                tracing::error!(error = &error as &dyn std::error::Error, "a server ended");
            }
        }));
    }
}

async fn listen(port: u16) -> Result<(TcpListener, String), Error> {
    let failed = |source| Error::Listen { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(failed)?;
    let address = format!("http://{}", listener.local_addr().map_err(failed)?);
    Ok((listener, address))
}

async fn start_parts(options: &Options, parts: &mut Parts) -> Result<Environment, Error> {
    let project = options
        .database
        .migrations
        .clone()
        .map(Project::new)
        .or_else(Project::nearest);
    let settings = match &project {
        Some(project) => ProjectSettings::read(project.folder())?,
        None => ProjectSettings::default(),
    };
    // Detect ports in use before Postgres is started.
    let (gateway, own_url) = listen(options.gateway_port).await?;
    let gateway_url = options.external_url.clone().unwrap_or(own_url);
    let patience = Duration::from_secs(options.auth_patience);
    let outside_auth = options.auth_url.as_ref().map(|_| patience);
    let database = parts
        .database
        .insert(Database::start(&options.database, outside_auth).await?);
    let keys = Keys::load_or_create(
        &database.folder().join("keys.json"),
        options.jwt_algorithm,
        options.jwt_secret.clone(),
    )?;
    let keys = Arc::new(if options.jwt_key_rotated {
        keys.rotated()
    } else {
        keys
    });
    let url = |role: &str| database.url(role);
    let (service_url, superuser_url) = (url("postgres"), url("supabase_admin"));
    let (auth_url, rest_url) = (url("supabase_auth_admin"), url("authenticator"));

    let mut environment = Environment::default();
    environment.set("SUPABASE_URL", &gateway_url);
    environment.set("SUPABASE_ANON_KEY", keys.anon());
    environment.set("SUPABASE_SERVICE_ROLE_KEY", keys.service_role());
    environment.set("SUPABASE_PUBLISHABLE_KEY", keys.publishable());
    environment.set("SUPABASE_SECRET_KEY", keys.secret());
    environment.set("SUPABASE_JWT_SECRET", keys.jwt_secret());
    environment.set("SUPABASE_DB_URL", service_url);
    environment.set("DNWERKS_TEST_DATABASE_URL", &superuser_url);
    start_twilio(options, parts, &mut environment).await?;
    let outbox = start_resend(options, parts, &mut environment).await?;

    let rest = if let Some(address) = &options.rest_url {
        Part::Outside(Outside::new(address)?)
    } else {
        let api = Api {
            max_rows: options.max_rows.unwrap_or(settings.api.max_rows),
            ..settings.api.clone()
        };
        let rest = Rest::start(rest_url, &superuser_url, Arc::clone(&keys), &api)
            .await
            .map_err(Error::Rest)?;
        let router = rest.router.clone();
        parts.rest = Some(rest);
        Part::Here(router)
    };
    let auth = if let Some(address) = &options.auth_url {
        Part::Outside(Outside::new(address)?)
    } else {
        let pool = PgPoolOptions::new()
            .max_connections(20)
            .connect(&auth_url)
            .await
            .map_err(Error::Auth)?;
        parts.auth = Some(pool.clone());
        let options = auth_options(options, &settings.auth, &gateway_url, outbox);
        Part::Here(auth::router(pool, Arc::clone(&keys), options))
    };
    let realtime = if let Some(address) = &options.realtime_url {
        Part::Outside(Outside::new(address)?)
    } else {
        let (router, reader) =
            realtime::start(superuser_url, Arc::clone(&keys), parts.stop.clone());
        parts.servers.push(reader);
        Part::Here(router)
    };
    parts.serve(gateway, gateway::router(rest, auth, realtime, keys));
    Ok(environment)
}

fn auth_options(
    options: &Options,
    settings: &crate::project_settings::Auth,
    gateway_url: &str,
    outbox: Option<auth::Outbox>,
) -> auth::Options {
    let mut auth = auth::Options::new(gateway_url, &settings.site_url);
    auth.redirect_urls
        .clone_from(&settings.additional_redirect_urls);
    auth.enable_signup = settings.enable_signup;
    auth.autoconfirm = options.auth_confirms_at_once || !settings.email.enable_confirmations;
    auth.double_confirm_changes = settings.email.double_confirm_changes;
    auth.secure_password_change = settings.email.secure_password_change;
    auth.rate_limit_header
        .clone_from(&options.auth_rate_limit_header);
    auth.password_min_length = settings.minimum_password_length;
    auth.bcrypt_cost = options.bcrypt_cost;
    auth.access_token_seconds = settings.jwt_expiry;
    auth.refresh_token_reuse_seconds = settings.refresh_token_reuse_interval;
    if !options.no_auth_hooks && !options.database.no_migrations {
        auth.before_user_created = settings.hook.before_user_created.function();
        auth.custom_access_token = settings.hook.custom_access_token.function();
    }
    auth.outbox = outbox;
    auth
}

async fn start_twilio(
    options: &Options,
    parts: &mut Parts,
    environment: &mut Environment,
) -> Result<(), Error> {
    let mut stand_in = twilio::Options::default();
    if let Some(seconds) = options.twilio_callbacks_until_accepted {
        stand_in.callback_retry = twilio::CallbackRetry::UntilAccepted {
            give_up_after: Duration::from_secs(seconds),
        };
    }
    let address = if let Some(address) = &options.twilio_url {
        address.clone()
    } else if options.no_twilio {
        return Ok(());
    } else {
        let (listener, address) = listen(options.twilio_port).await?;
        environment.set(
            "LOCALSTACK_TWILIO_CONTROL_URL",
            format!("{address}/_control"),
        );
        environment.set("TWILIO_ACCOUNT_SID", &stand_in.account_sid);
        environment.set("TWILIO_AUTH_TOKEN", &stand_in.auth_token);
        environment.set("TWILIO_PHONE_NUMBER", SENDER);
        parts.serve(listener, twilio::StandIn::new(stand_in)?.router());
        address
    };
    environment.set("TWILIO_API_URL", &address);
    environment.set("TWILIO_LOOKUP_URL", &address);
    Ok(())
}

/// Auth sends its mails through it too.
async fn start_resend(
    options: &Options,
    parts: &mut Parts,
    environment: &mut Environment,
) -> Result<Option<auth::Outbox>, Error> {
    if let Some(address) = &options.resend_url {
        environment.set("RESEND_API_URL", address);
        return Ok(None);
    }
    if options.no_resend {
        return Ok(None);
    }
    let stand_in = resend::Options::default();
    let (listener, address) = listen(options.resend_port).await?;
    environment.set("LOCALSTACK_OUTBOX_URL", format!("{address}/outbox"));
    environment.set(
        "LOCALSTACK_RESEND_CONTROL_URL",
        format!("{address}/_control"),
    );
    environment.set("RESEND_API_URL", &address);
    environment.set("RESEND_API_KEY", &stand_in.api_key);
    environment.set("RESEND_WEBHOOK_SECRET", &stand_in.webhook_secret);
    environment.set("RESEND_FROM_EMAIL", RESEND_FROM);
    let outbox = auth::Outbox {
        api_url: address,
        api_key: stand_in.api_key.clone(),
        from: RESEND_FROM.to_owned(),
    };
    parts.serve(listener, resend::router(stand_in)?);
    Ok(Some(outbox))
}
