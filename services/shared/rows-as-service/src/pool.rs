//! The pool of service connections.

use std::{str::FromStr, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// How long a caller waits for a connection before it hears that the database is unavailable.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections that nobody used for so long are closed: a hosted project has few to give.
const IDLE_TIMEOUT: Duration = Duration::from_mins(5);
/// Connections are renewed so often, so that a fail-over or a rotated password is noticed.
const MAX_LIFETIME: Duration = Duration::from_mins(30);

/// Where Postgres is and how many connections a process may hold.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Service connection to Postgres (role `postgres` or `service_role`), as a URL.
    #[arg(
        long = "database-url",
        env = "SUPABASE_DB_URL",
        hide_env_values = true,
        value_name = "SUPABASE_DB_URL"
    )]
    pub database_url: SecretString,

    /// Most connections that one process opens; an import holds one and tells of itself on another.
    #[arg(
        long = "database-connections",
        env = "SUPABASE_DB_MAX_CONNECTIONS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u32).range(2..=1000),
        value_name = "N"
    )]
    pub max_connections: u32,
}

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The address is not a URL of Postgres. The URL carries a password and is not repeated.
    #[error("SUPABASE_DB_URL is not a valid Postgres URL")]
    InvalidUrl,
    /// No connection could be had; trying again later may help.
    #[error("the database is unavailable")]
    Unavailable(#[source] sqlx::Error),
    /// A statement failed.
    #[error("a statement failed")]
    Statement(#[source] sqlx::Error),
    /// A column holds a value that this version does not know: the database is newer, or was
    /// changed by hand.
    #[error("{table}.{column} holds the unknown value {value:?}")]
    UnknownValue {
        /// The table, or the function that answered.
        table: &'static str,
        /// Its column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
}

impl DatabaseError {
    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::InvalidUrl | Self::UnknownValue { .. } => false,
            Self::Unavailable(_) => true,
            // Serialization failure, deadlock, lock timeout, and a server that goes away.
            Self::Statement(error) => error
                .as_database_error()
                .and_then(sqlx::error::DatabaseError::code)
                .is_some_and(|code| {
                    matches!(
                        &*code,
                        "40001" | "40P01" | "55P03" | "57P01" | "57P02" | "57P03"
                    )
                }),
        }
    }

    /// The SQLSTATE of a failed statement, such as `23505`.
    #[must_use]
    pub fn sqlstate(&self) -> Option<String> {
        match self {
            Self::Statement(error) => error
                .as_database_error()
                .and_then(sqlx::error::DatabaseError::code)
                .map(std::borrow::Cow::into_owned),
            Self::InvalidUrl | Self::Unavailable(_) | Self::UnknownValue { .. } => None,
        }
    }
}

/// Reads `value` from `table.column`.
pub(crate) fn known<T: FromStr>(
    table: &'static str,
    column: &'static str,
    value: &str,
) -> Result<T, DatabaseError> {
    value.parse().map_err(|_| DatabaseError::UnknownValue {
        table,
        column,
        value: value.to_owned(),
    })
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            other => Self::Statement(other),
        }
    }
}

/// The service-role connections of one process. Cheap to clone; all clones share one pool.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
}

impl Database {
    /// Opens the pool and proves with one connection that the database answers.
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

    /// Opens the pool without asking the database anything yet, for a process that may start
    /// before its database does.
    ///
    /// # Errors
    /// [`DatabaseError::InvalidUrl`].
    pub fn connect_lazily(
        settings: &Settings,
        application_name: &str,
    ) -> Result<Self, DatabaseError> {
        let options = PgConnectOptions::from_str(settings.database_url.expose_secret())
            .map_err(|_| DatabaseError::InvalidUrl)?
            .application_name(application_name);
        let pool = PgPoolOptions::new()
            .max_connections(settings.max_connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(IDLE_TIMEOUT)
            .max_lifetime(MAX_LIFETIME)
            .connect_lazy_with(options);
        Ok(Self { pool })
    }

    /// Asks the database for an answer, for `/readyz`.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] when none comes.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        sqlx::query("select 1")
            .execute(&self.pool)
            .await
            .map(|_| ())
            .map_err(DatabaseError::Unavailable)
    }

    /// Closes every connection after the statements that are under way.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// The pool, for the handles of this crate.
    pub(crate) const fn pool(&self) -> &PgPool {
        &self.pool
    }
}
