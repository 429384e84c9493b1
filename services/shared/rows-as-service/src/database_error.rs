//! What can go wrong with the database, and what it says of that.

use std::str::FromStr;

use sqlx::postgres::PgDatabaseError;

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
    /// Our role lacks a right: it is another process's, or a migration is missing.
    #[error(
        "the role of SUPABASE_DB_URL may not do what this process needs: `dnwerks check` with the process's name says why"
    )]
    Denied(#[source] sqlx::Error),
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
            Self::InvalidUrl
            | Self::Denied(_)
            | Self::UnknownValue { .. }
            | Self::MigrationsMissing { .. } => false,
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

    /// The constraint that a failed statement would have broken.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        self.raised()?.constraint()
    }

    /// What Postgres said of a failed statement.
    fn raised(&self) -> Option<&dyn sqlx::error::DatabaseError> {
        let (Self::Statement(error) | Self::Denied(error)) = self else {
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
            sqlx::Error::Database(ref raised) if raised.code().as_deref() == Some("42501") => {
                Self::Denied(error)
            }
            other => Self::Statement(other),
        }
    }
}
