//! The project's folder: its migrations and seed.

use std::path::{Path, PathBuf};

use migrations::{Error, Migration};
use sqlx::{Connection, PgConnection};

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

    fn migrations(&self) -> Result<Vec<Migration>, Error> {
        migrations::in_folder(&self.folder.join("migrations"))
    }
}

/// Applies the migrations that the database lacks. `connection` is the role `postgres`. Returns how many.
///
/// # Errors
/// [`Error`]; files before the one that failed stay applied.
pub async fn apply_pending(
    connection: &mut PgConnection,
    project: &Project,
) -> Result<usize, Error> {
    migrations::apply_pending(connection, &project.migrations()?, &mut |_| ()).await
}

/// Runs the project's `seed.sql`, if it has one, in one transaction.
///
/// # Errors
/// [`Error`]; nothing of the file is kept.
pub async fn seed(connection: &mut PgConnection, project: &Project) -> Result<(), Error> {
    let path = project.folder.join("seed.sql");
    if !path.exists() {
        return Ok(());
    }
    let sql = std::fs::read_to_string(&path).map_err(|source| Error::Read {
        path: path.clone(),
        source,
    })?;
    let mut transaction = connection.begin().await.map_err(Error::History)?;
    migrations::run_script(&mut transaction, &path.display().to_string(), &sql).await?;
    transaction.commit().await.map_err(Error::History)
}
