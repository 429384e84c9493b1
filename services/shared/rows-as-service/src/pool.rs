//! The pool of service connections.

use std::{
    net::IpAddr,
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{
    PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgDatabaseError, PgPoolOptions, PgSslMode},
};

use crate::acting::named;

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
    /// Service connection to Postgres (role `postgres` or `service_role`), as a URL. The certificate of another
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

/// Why a database operation failed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Not a Postgres URL. The URL contains a password, so it is not shown.
    #[error("SUPABASE_DB_URL is not a valid Postgres URL")]
    InvalidUrl,
    /// The server's certificate is not one that we trust.
    #[error(
        "the database's certificate can't be verified: download the project's CA and name it in SUPABASE_DB_URL as ?sslrootcert=FILE"
    )]
    Untrusted(#[source] sqlx::Error),
    /// No connection available; retrying later may help.
    #[error("the database is unavailable")]
    Unavailable(#[source] sqlx::Error),
    /// A statement failed.
    #[error("a statement failed")]
    Statement(#[source] sqlx::Error),
    /// The database was made for an older version of this program.
    #[error("the database lacks migrations up to {newest}: apply supabase/migrations")]
    MigrationsMissing {
        /// The version of the newest migration that this program needs.
        newest: &'static str,
    },
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
            Self::InvalidUrl | Self::UnknownValue { .. } | Self::MigrationsMissing { .. } => false,
            Self::Unavailable(_) | Self::Untrusted(_) => true,
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

    /// The stable code that our functions raise: alone, or before a colon.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        let message = self.raised()?.message();
        Some(message.split_once(": ").map_or(message, |(code, _)| code))
    }

    /// The SQLSTATE of a failed statement, such as `23505`.
    #[must_use]
    pub fn sqlstate(&self) -> Option<String> {
        self.raised()?.code().map(std::borrow::Cow::into_owned)
    }

    /// What Postgres said of a failed statement.
    fn raised(&self) -> Option<&dyn sqlx::error::DatabaseError> {
        let Self::Statement(error) = self else {
            return None;
        };
        error.as_database_error()
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
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            sqlx::Error::Tls(_) => Self::Untrusted(error),
            other => Self::Statement(other),
        }
    }
}

/// What the URL says; where it says nothing of TLS and the host is another machine, its certificate must be
/// one that we trust: who pretends to be the database would be told everything.
pub(crate) fn connect_options(url: &str) -> Result<PgConnectOptions, DatabaseError> {
    // sqlx takes any scheme, and connects to this machine where it finds no host behind it.
    if !["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
    {
        return Err(DatabaseError::InvalidUrl);
    }
    let options = PgConnectOptions::from_str(url).map_err(|_| DatabaseError::InvalidUrl)?;
    let says_how = url.contains("sslmode=") || url.contains("ssl-mode=");
    if is_verified(&options) || is_this_machine(&options) {
        return Ok(options);
    }
    if says_how {
        tracing::warn!(
            "SUPABASE_DB_URL asks for a connection whose certificate is not verified: leave sslmode out, and name the project's CA as sslrootcert"
        );
        return Ok(options);
    }
    Ok(options.ssl_mode(PgSslMode::VerifyFull))
}

/// Whether the server must show a certificate that we trust.
pub(crate) fn is_verified(options: &PgConnectOptions) -> bool {
    matches!(
        options.get_ssl_mode(),
        PgSslMode::VerifyFull | PgSslMode::VerifyCa
    )
}

pub(crate) fn is_this_machine(options: &PgConnectOptions) -> bool {
    let host = options.get_host().trim_matches(['[', ']']);
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
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
        let name: Arc<str> = application_name.into();
        let pool = PgPoolOptions::new()
            // Supabase's session pooler keeps to itself what a connection says at its start.
            .after_connect(move |connection, _| {
                let name = Arc::clone(&name);
                Box::pin(async move {
                    sqlx::query(
                        "select set_config('application_name', $1, false) where current_setting('application_name') <> $1",
                    )
                    .bind(&*name)
                    .execute(connection)
                    .await
                    .map(drop)
                })
            })
            .max_connections(settings.max_connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(IDLE_TIMEOUT)
            .max_lifetime(MAX_LIFETIME);
        let pool = named(pool, operator).connect_lazy_with(options);
        Ok(Self { pool })
    }

    /// Checks that the database answers and has all migrations, for `/readyz`.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] or [`DatabaseError::MigrationsMissing`].
    pub async fn check(&self) -> Result<(), DatabaseError> {
        self.ping().await?;
        let newest = ::migrations::newest();
        let missing = Err(DatabaseError::MigrationsMissing { newest });
        // Checked at run time: whoever applies the files by hand has no list of what was applied, and a process's own
        // role can't read it.
        let (has_list, has_tables): (bool, bool) = sqlx::query_as(
            "select
               coalesce(bool_or(has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select'))
                 filter (where c.relname = 'schema_migrations'), false),
               coalesce(bool_or(c.relname = 'sign_in_rules'), false)
             from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             where (n.nspname, c.relname) in (('supabase_migrations', 'schema_migrations'), ('private', 'sign_in_rules'))",
        )
        .fetch_one(&self.pool)
        .await?;
        if !has_tables {
            return missing;
        }
        if !has_list {
            return Ok(());
        }
        let is_there = sqlx::query_scalar(
            "select exists (select from supabase_migrations.schema_migrations where version >= $1)",
        )
        .bind(newest)
        .fetch_one(&self.pool)
        .await?;
        if is_there { Ok(()) } else { missing }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_machines_certificate_is_verified_unless_the_url_says_otherwise() {
        let mode = |url: &str| connect_options(url).unwrap().get_ssl_mode();
        for url in [
            "postgres://postgres:x@db.abcdefgh.supabase.co:5432/postgres",
            "postgres://postgres:x@10.0.0.7/postgres",
            "postgres://postgres:x@db.internal/postgres?sslrootcert=/etc/ca.crt",
        ] {
            assert!(matches!(mode(url), PgSslMode::VerifyFull), "{url}");
        }
        for url in [
            "postgres://postgres:x@127.0.0.1:54322/postgres",
            "postgres://postgres:x@localhost/postgres",
            "postgres://postgres:x@[::1]/postgres",
        ] {
            assert!(matches!(mode(url), PgSslMode::Prefer), "{url}");
        }
        let asked = "postgres://postgres:x@db.internal/postgres?sslmode=require";
        assert!(matches!(mode(asked), PgSslMode::Require));
    }
}
