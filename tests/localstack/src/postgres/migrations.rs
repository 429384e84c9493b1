//! The project's migrations and seed, applied like the Supabase CLI does.

use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::statements::split;

/// A migration can't be read or applied.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A file or folder can't be read.
    #[error("reading {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A statement of a file failed; nothing of the file was kept.
    #[error("{}:{line}: {message}", path.display())]
    Statement {
        /// The file.
        path: PathBuf,
        /// The line in it, from 1.
        line: usize,
        /// Postgres's message, with detail and hint.
        message: String,
        /// The original error.
        source: sqlx::Error,
    },
    /// The history can't be read or written.
    #[error("the history of migrations")]
    History(#[source] sqlx::Error),
}

/// A folder `supabase`, with `migrations/`, `seed.sql` and `config.toml`.
#[derive(Debug, Clone)]
pub struct Project {
    folder: PathBuf,
}

impl Project {
    /// The project in a folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The nearest folder `supabase` at or above the working directory.
    #[must_use]
    pub fn nearest() -> Option<Self> {
        let here = std::env::current_dir().ok()?;
        let folder = here.ancestors().map(|above| above.join("supabase"));
        folder
            .into_iter()
            .find(|folder| folder.join("migrations").is_dir())
            .map(Self::new)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Version, name and file of every migration, in order.
    fn migrations(&self) -> Result<Vec<(String, String, PathBuf)>, MigrationError> {
        let folder = self.folder.join("migrations");
        let read = |source| MigrationError::Read {
            path: folder.clone(),
            source,
        };
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if let Some((version, name)) = name
                .strip_suffix(".sql")
                .and_then(|name| name.split_once('_'))
                && version.len() == 14
                && version.bytes().all(|byte| byte.is_ascii_digit())
            {
                found.push((version.to_owned(), name.to_owned(), path));
            }
        }
        found.sort();
        Ok(found)
    }
}

/// Applies the migrations missing in the history, each file in its own transaction, recorded as
/// the CLI records it. `connection` is the role `postgres`. Returns how many were applied.
///
/// # Errors
/// [`MigrationError`]; files before the one that failed stay applied.
pub async fn apply_pending(
    connection: &mut PgConnection,
    project: &Project,
) -> Result<usize, MigrationError> {
    let applied: HashSet<String> =
        sqlx::query_scalar("select version from supabase_migrations.schema_migrations")
            .fetch_all(&mut *connection)
            .await
            .map_err(MigrationError::History)?
            .into_iter()
            .collect();
    let pending: Vec<_> = project
        .migrations()?
        .into_iter()
        .filter(|(version, ..)| !applied.contains(version))
        .collect();
    for (version, name, path) in &pending {
        let mut transaction = connection.begin().await.map_err(MigrationError::History)?;
        let statements = run_file(&mut transaction, path).await?;
        sqlx::query(
            "insert into supabase_migrations.schema_migrations (version, statements, name) values ($1, $2, $3)",
        )
        .bind(version)
        .bind(statements)
        .bind(name)
        .execute(&mut *transaction)
        .await
        .map_err(MigrationError::History)?;
        transaction
            .commit()
            .await
            .map_err(MigrationError::History)?;
    }
    Ok(pending.len())
}

/// Runs the project's `seed.sql`, if it has one, in one transaction.
///
/// # Errors
/// [`MigrationError`]; nothing of the file is kept.
pub async fn seed(connection: &mut PgConnection, project: &Project) -> Result<(), MigrationError> {
    let path = project.folder.join("seed.sql");
    if !path.exists() {
        return Ok(());
    }
    let mut transaction = connection.begin().await.map_err(MigrationError::History)?;
    run_file(&mut transaction, &path).await?;
    transaction.commit().await.map_err(MigrationError::History)
}

async fn run_file(
    connection: &mut PgConnection,
    path: &Path,
) -> Result<Vec<String>, MigrationError> {
    let sql = std::fs::read_to_string(path).map_err(|source| MigrationError::Read {
        path: path.to_owned(),
        source,
    })?;
    // A file's settings must not affect the next.
    let quiet = "reset all; set local client_min_messages = warning";
    sqlx::raw_sql(quiet)
        .execute(&mut *connection)
        .await
        .map_err(MigrationError::History)?;
    let statements = split(&sql);
    for statement in &statements {
        sqlx::raw_sql(AssertSqlSafe(statement.text))
            .execute(&mut *connection)
            .await
            .map_err(|source| failure(path, statement.text, statement.line, source))?;
    }
    Ok(statements
        .into_iter()
        .map(|statement| statement.text.to_owned())
        .collect())
}

fn failure(path: &Path, text: &str, first_line: usize, source: sqlx::Error) -> MigrationError {
    let postgres = source
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>());
    let mut message = source.to_string();
    let mut line = first_line;
    if let Some(error) = postgres {
        error.message().clone_into(&mut message);
        for more in [error.detail(), error.hint(), error.r#where()]
            .into_iter()
            .flatten()
        {
            message.push('\n');
            message.push_str(more);
        }
        if let Some(sqlx::postgres::PgErrorPosition::Original(position)) = error.position() {
            line += text
                .chars()
                .take(position.saturating_sub(1))
                .filter(|c| *c == '\n')
                .count();
        }
    }
    MigrationError::Statement {
        path: path.to_owned(),
        line,
        message,
        source,
    }
}
