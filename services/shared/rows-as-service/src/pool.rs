//! The pool of service connections.

use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{PgPool, Postgres, Transaction, postgres::PgPoolOptions};

use crate::{acting::named, connect_options::connect_options, database_error::DatabaseError};

/// How long a caller waits for a connection before the database counts as unavailable.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections idle for this long are closed: a hosted project has few.
const IDLE_TIMEOUT: Duration = Duration::from_mins(5);
/// Maximum age of a connection, so that a fail-over or a rotated password is noticed.
const MAX_LIFETIME: Duration = Duration::from_mins(30);

const UNDEFINED_FUNCTION: &str = "42883";
const INVALID_SCHEMA_NAME: &str = "3F000";

/// Postgres's URL and the maximum number of connections per process.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Service connection to Postgres (role `postgres`, or the process's own), as a URL. The certificate of another
    /// machine is verified; `?sslrootcert=FILE` names the project's own CA.
    #[arg(
        long = "database-url",
        env = "SUPABASE_DB_URL",
        hide_env_values = true,
        value_name = "SUPABASE_DB_URL"
    )]
    pub database_url: SecretString,

    /// Maximum connections per process; an import holds one and reports progress on another.
    #[arg(
        long = "database-connections",
        env = "SUPABASE_DB_MAX_CONNECTIONS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u32).range(2..=1000),
        value_name = "N"
    )]
    pub max_connections: u32,
}

/// How many connections a pool has.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// Somebody has them.
    pub used: u32,
    /// Open, and nobody has them.
    pub idle: u32,
    /// More are not opened.
    pub most: u32,
}

/// The service-role connections of one process. Cheap to clone; all clones share one pool.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
}

impl Database {
    /// Opens the pool and checks with one connection that the database answers.
    /// `application_name` is what Postgres shows in `pg_stat_activity`.
    ///
    /// # Errors
    /// [`DatabaseError::InvalidUrl`] or [`DatabaseError::Unavailable`].
    pub async fn connect(
        settings: &Settings,
        application_name: &str,
    ) -> Result<Self, DatabaseError> {
        let database = Self::connect_lazily(settings, application_name)?;
        database.ping().await?;
        Ok(database)
    }

    /// Opens the pool without connecting, for a process that may start
    /// before its database.
    ///
    /// # Errors
    /// [`DatabaseError::InvalidUrl`].
    pub fn connect_lazily(
        settings: &Settings,
        application_name: &str,
    ) -> Result<Self, DatabaseError> {
        Self::open(settings, application_name, "")
    }

    /// Like [`Self::connect`], for a command that a person runs: the audit log names `operator` for what it changes.
    ///
    /// # Errors
    /// [`DatabaseError::InvalidUrl`] or [`DatabaseError::Unavailable`].
    pub async fn connect_as_operator(
        settings: &Settings,
        application_name: &str,
        operator: &str,
    ) -> Result<Self, DatabaseError> {
        let database = Self::open(settings, application_name, operator)?;
        database.ping().await?;
        Ok(database)
    }

    fn open(
        settings: &Settings,
        application_name: &str,
        operator: &str,
    ) -> Result<Self, DatabaseError> {
        let options = connect_options(settings.database_url.expose_secret())?
            .application_name(application_name);
        let pool = PgPoolOptions::new()
            .max_connections(settings.max_connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(IDLE_TIMEOUT)
            .max_lifetime(MAX_LIFETIME);
        let pool = named(pool, application_name, operator).connect_lazy_with(options);
        Ok(Self { pool })
    }

    /// Checks that the database answers and has all migrations, for `/readyz`.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] or [`DatabaseError::MigrationsMissing`].
    pub async fn check(&self) -> Result<(), DatabaseError> {
        self.ping().await?;
        let newest = ::migrations::newest();
        // Asked at run time: the function itself may be what is missing.
        let known: Option<bool> = sqlx::query_scalar("select private.has_migration($1)")
            .bind(newest)
            .fetch_one(&self.pool)
            .await
            .or_else(|error| {
                let error = DatabaseError::from(error);
                match error.sqlstate().as_deref() {
                    Some(UNDEFINED_FUNCTION | INVALID_SCHEMA_NAME) => Ok(Some(false)),
                    _ => Err(error),
                }
            })?;
        // Who applies the files by hand has no list of what was applied.
        if known == Some(false) {
            return Err(DatabaseError::MigrationsMissing { newest });
        }
        Ok(())
    }

    /// Checks that the database answers.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if it does not.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        sqlx::query("select 1")
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(|error| match DatabaseError::from(error) {
                DatabaseError::Statement(error) => DatabaseError::Unavailable(error),
                error => error,
            })
    }

    /// Its connections just now.
    #[must_use]
    pub fn connections(&self) -> Connections {
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        let open = self.pool.size();
        Connections {
            used: open.saturating_sub(idle),
            idle,
            most: self.pool.options().get_max_connections(),
        }
    }

    /// How long one waits for a connection just now.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if none comes.
    pub async fn wait_for_connection(&self) -> Result<Duration, DatabaseError> {
        let began = Instant::now();
        drop(self.pool.acquire().await?);
        Ok(began.elapsed())
    }

    /// Closes all connections once their current statements have finished.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// The pool, for the handles of this crate.
    pub(crate) const fn pool(&self) -> &PgPool {
        &self.pool
    }
}

/// A transaction for what reads all messages or events, which takes longer than a role's usual statement may.
pub(crate) async fn patient(
    pool: &PgPool,
) -> Result<Transaction<'static, Postgres>, DatabaseError> {
    let mut transaction = pool.begin().await?;
    sqlx::query("set local statement_timeout = '30min'")
        .execute(&mut *transaction)
        .await?;
    Ok(transaction)
}
