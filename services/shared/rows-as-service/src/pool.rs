//! The pool of service connections.

use std::{str::FromStr, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgDatabaseError, PgPoolOptions},
};

/// How long a caller waits for a connection before the database counts as unavailable.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections idle for this long are closed: a hosted project has few.
const IDLE_TIMEOUT: Duration = Duration::from_mins(5);
/// Maximum age of a connection, so that a fail-over or a rotated password is noticed.
const MAX_LIFETIME: Duration = Duration::from_mins(30);

/// Postgres's URL and the maximum number of connections per process.
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

/// Why a database operation failed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Not a Postgres URL. The URL contains a password, so it is not shown.
    #[error("SUPABASE_DB_URL is not a valid Postgres URL")]
    InvalidUrl,
    /// No connection available; retrying later may help.
    #[error("the database is unavailable")]
    Unavailable(#[source] sqlx::Error),
    /// A statement failed.
    #[error("a statement failed")]
    Statement(#[source] sqlx::Error),
    /// A column has a value unknown to this version: the database is newer, or was
    /// changed by hand.
    #[error("{table}.{column} holds the unknown value {value:?}")]
    UnknownValue {
        /// The table, or the function that answered.
        table: &'static str,
        /// Its column.
        column: &'static str,
        /// Its value.
        value: String,
    },
}

impl DatabaseError {
    /// Whether a retry of the same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::InvalidUrl | Self::UnknownValue { .. } => false,
            Self::Unavailable(_) => true,
            // Serialization failure, deadlock, lock timeout, server shutdown.
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

    /// Whether somebody else held a lock for longer than the statement waits.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.sqlstate().as_deref() == Some("55P03")
    }

    /// What a function of ours says to whoever asked for something that it refuses.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        let Self::Statement(sqlx::Error::Database(error)) = self else {
            return None;
        };
        let error = error.try_downcast_ref::<PgDatabaseError>()?;
        if !error.code().starts_with("PT") {
            return None;
        }
        let detail = error.detail().unwrap_or_else(|| error.message());
        Some(match error.hint() {
            Some(hint) => format!("{detail} {hint}"),
            None => detail.to_owned(),
        })
    }

    /// The stable code that our functions put before the colon in what they raise.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::Statement(error) => {
                let (code, _) = error.as_database_error()?.message().split_once(": ")?;
                Some(code)
            }
            Self::InvalidUrl | Self::Unavailable(_) | Self::UnknownValue { .. } => None,
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

/// Parses `value` from `table.column`.
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

    /// Checks that the database answers, for `/readyz`.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if it does not.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        sqlx::query("select 1")
            .execute(&self.pool)
            .await
            .map(|_| ())
            .map_err(DatabaseError::Unavailable)
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
