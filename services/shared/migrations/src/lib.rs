//! The project's migrations: the files of `supabase/migrations`, which of them a database has, and applying the others.
//!
//! What was applied stands in `supabase_migrations.schema_migrations`, as the Supabase CLI writes it: either may
//! go on where the other stopped.

mod apply;
mod comparison;
mod file;
mod history;
mod statements;

pub use apply::{apply_pending, run_script};
pub use comparison::{Comparison, compare};
pub use file::{Migration, compiled, in_folder, newest};

use std::{io, path::PathBuf};

/// A migration can't be read, compared or applied.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder can't be read.
    #[error("reading {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A statement of a file failed; nothing of the file was kept.
    #[error("{file}:{line}: {message}")]
    Statement {
        /// The file.
        file: String,
        /// The line in it, from 1.
        line: usize,
        /// Postgres's message, with detail and hint.
        message: String,
        /// The original error.
        #[source]
        cause: Cause,
    },
    /// The history can't be read or written.
    #[error("the list of applied migrations, supabase_migrations.schema_migrations")]
    History(#[source] sqlx::Error),
}

/// The error behind a failed statement. Its text is in the message already, so it shows none again.
#[derive(Debug, thiserror::Error)]
#[error("Postgres refused it")]
pub struct Cause(pub(crate) sqlx::Error);

impl Error {
    /// Whether the role may not read the list: a process's own role can't.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        let Self::History(error) = self else {
            return false;
        };
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        code.as_deref() == Some("42501")
    }
}
