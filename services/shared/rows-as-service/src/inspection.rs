//! What an operator's check asks a database, whatever state it is in: one connection of its own, no pool that waits
//! for a server which may come back.

use ::migrations::{Comparison, Migration};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions, types::Json};

use crate::{
    connect_options::{connect_options, is_this_machine, is_verified},
    database_error::DatabaseError,
    pool::Settings,
};

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// It doesn't leave this machine.
    ThisMachine,
    /// The server must show a certificate that we trust.
    Verified,
    /// Whoever stands between may read and change everything.
    Unverified,
}

/// Where the URL leads. Never its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The role; on a pooler with the project behind a dot.
    pub user: String,
    /// How the connection is protected.
    pub security: Security,
}

/// What a database says of itself.
#[derive(Debug, Clone, Deserialize)]
pub struct Facts {
    /// The role that we are.
    pub role: String,
    /// Its clock.
    pub clock: DateTime<Utc>,
    /// Whether it has Supabase's roles.
    pub is_supabase: bool,
    /// Whether our role owns the tables, or may act as who does.
    pub is_owner: bool,
    /// Our role, if it is one that the migrations made for a single process.
    pub process_roles: Vec<String>,
    /// Whether our tables are there.
    pub has_tables: bool,
    /// What Realtime publishes, if anything.
    pub publication: Option<Publication>,
    /// What PostgREST asks before each request.
    pub pre_request: Option<String>,
    /// Our functions that Auth may call as its hooks.
    pub hooks: Vec<String>,
}

/// The publication `supabase_realtime`.
#[derive(Debug, Clone, Deserialize)]
pub struct Publication {
    /// `insert`, `update`, `delete`, `truncate`.
    pub publishes: Vec<String>,
    /// With their schemas.
    pub tables: Vec<String>,
}

/// The database as it was found.
#[derive(Debug)]
pub struct Inspection {
    /// What it says of itself.
    pub facts: Facts,
    /// Its migrations; `None` if our role may not read the list.
    pub migrations: Option<Comparison>,
}

/// Why a database can't be inspected.
#[derive(Debug, thiserror::Error)]
pub enum InspectionError {
    /// Not a Postgres URL.
    #[error("SUPABASE_DB_URL is not a valid Postgres URL")]
    InvalidUrl,
    /// The server's certificate is not one that we trust, or it offers no encryption.
    #[error("the server shows no certificate that we trust: {0}")]
    Untrusted(String),
    /// The server refuses the role, the password or the database.
    #[error("{message}")]
    Refused {
        /// Its SQLSTATE.
        code: String,
        /// Its words.
        message: String,
    },
    /// There is no connection.
    #[error("{0}")]
    Unreachable(String),
    /// It answers otherwise than a Postgres that we know.
    #[error("it does not answer as it should: {0}")]
    Unexpected(String),
}

impl From<sqlx::Error> for InspectionError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Tls(error) => Self::Untrusted(error.to_string()),
            sqlx::Error::Io(error) => Self::Unreachable(error.to_string()),
            sqlx::Error::Database(error) => Self::Refused {
                code: error.code().unwrap_or_default().into_owned(),
                message: error.message().to_owned(),
            },
            other => Self::Unexpected(other.to_string()),
        }
    }
}

/// Where `settings` lead, without connecting.
///
/// # Errors
/// [`InspectionError::InvalidUrl`].
pub fn address(settings: &Settings) -> Result<Address, InspectionError> {
    let options = options(settings)?;
    let security = if is_this_machine(&options) {
        Security::ThisMachine
    } else if is_verified(&options) {
        Security::Verified
    } else {
        Security::Unverified
    };
    Ok(Address {
        host: options.get_host().to_owned(),
        port: options.get_port(),
        user: options.get_username().to_owned(),
        security,
    })
}

/// Connects, asks, and closes. Compares the migrations with `ours`.
///
/// # Errors
/// [`InspectionError`].
pub async fn inspect(
    settings: &Settings,
    ours: &[Migration],
) -> Result<Inspection, InspectionError> {
    let options = options(settings)?.application_name("dnwerks check");
    let mut connection = PgConnection::connect_with(&options).await?;
    // At run time: compiled against our tables, it could not be asked of a database without them.
    let Json(facts): Json<Facts> = sqlx::query_scalar(include_str!("inspection/facts.sql"))
        .fetch_one(&mut connection)
        .await?;
    let migrations = match ::migrations::compare(&mut connection, ours).await {
        Ok(comparison) => Some(comparison),
        Err(error) if error.is_denied() => None,
        Err(::migrations::Error::History(error)) => return Err(error.into()),
        Err(error) => return Err(InspectionError::Unexpected(error.to_string())),
    };
    // What was asked is known; how the connection ends is not of interest.
    let _ = connection.close().await;
    Ok(Inspection { facts, migrations })
}

fn options(settings: &Settings) -> Result<PgConnectOptions, InspectionError> {
    connect_options(settings.database_url.expose_secret()).map_err(|error| match error {
        DatabaseError::InvalidUrl => InspectionError::InvalidUrl,
        other => InspectionError::Unexpected(other.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_it_is_protected_and_no_password() {
        let of = |url: &str| {
            let settings = Settings {
                database_url: url.to_owned().into(),
                max_connections: 2,
            };
            address(&settings).unwrap()
        };
        let hosted = of("postgres://postgres.abc:secret@aws-0.pooler.supabase.com:6543/postgres");
        assert_eq!(hosted.security, Security::Verified);
        assert_eq!((hosted.user.as_str(), hosted.port), ("postgres.abc", 6543));
        assert!(!format!("{hosted:?}").contains("secret"));
        let asked = of("postgres://u:p@db.internal/postgres?sslmode=require");
        assert_eq!(asked.security, Security::Unverified);
        let local = of("postgres://u:p@127.0.0.1:54322/postgres");
        assert_eq!(local.security, Security::ThisMachine);
    }
}
