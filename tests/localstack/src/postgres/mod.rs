//! Our own Postgres, set up like a Supabase project's.

mod binaries;
mod bootstrap;
mod cluster;
mod project;

pub use bootstrap::{prepare, wait_for_auth};
pub use cluster::{Cluster, ClusterOptions};
pub use project::{Project, apply_pending, seed};

use std::{io, path::PathBuf, process::Output};

/// The template that tests clone: every migration, no rows. It accepts no connections, so that
/// cloning never waits.
pub const TEMPLATE: &str = "dnwerks_template";

/// Why Postgres can't be found, started, prepared or stopped.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No server on this machine.
    #[error(
        "there is no PostgreSQL server on this machine: install one (Debian: `sudo apt-get install \
         postgresql`) or name one with --database-url"
    )]
    NoServer,
    /// A program can't be started.
    #[error("running {program}")]
    Run {
        /// Its name.
        program: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// A program failed.
    #[error("{program} failed: {message}")]
    Failed {
        /// Its name.
        program: &'static str,
        /// Its output.
        message: String,
    },
    /// The server ended or did not answer in time.
    #[error("PostgreSQL did not start ({why}); the end of its log:\n{log}")]
    NotStarted {
        /// What was seen.
        why: String,
        /// The last lines of its log.
        log: String,
    },
    /// Another server uses the same folder.
    #[error("process {process} is a PostgreSQL server on {}: stop it first", folder.display())]
    InUse {
        /// Its id.
        process: i32,
        /// The data folder.
        folder: PathBuf,
    },
    /// The folder can't be prepared.
    #[error("preparing {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// An external Auth did not create its tables in time.
    #[error(
        "auth.users does not exist after {0} seconds: the outside Auth makes its tables itself when \
         it starts; is it running, with this database?"
    )]
    NoAuth(u64),
    /// A statement failed.
    #[error("{doing}")]
    Statement {
        /// What was being done.
        doing: String,
        /// What Postgres says.
        source: sqlx::Error,
    },
}

impl PostgresError {
    fn failed(program: &'static str, output: &Output) -> Self {
        let text = String::from_utf8_lossy(&output.stderr);
        Self::Failed {
            program,
            message: text.trim().to_owned(),
        }
    }

    fn statement(doing: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Statement { doing, source }
    }
}
