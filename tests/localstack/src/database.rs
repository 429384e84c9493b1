//! The project's database: started or given, prepared, migrated.

use std::{path::PathBuf, time::Duration};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use url::Url;

use crate::{
    environment::Environment,
    options::DatabaseOptions,
    postgres::{
        Cluster, ClusterOptions, PostgresError, Project, TEMPLATE, apply_pending, prepare, seed,
        wait_for_auth,
    },
};

/// Why the database can't be prepared.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Postgres itself.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// A migration or the seed.
    #[error(transparent)]
    Migration(#[from] migrations::Error),
    /// No folder for data.
    #[error("making a folder for data")]
    Folder(#[from] std::io::Error),
    /// The given address is invalid.
    #[error("--database-url is not a Postgres URL")]
    Address,
    /// There is no project here.
    #[error(
        "there is no folder `supabase` at or above the working directory: name it with --migrations"
    )]
    NoProject,
    /// A statement failed.
    #[error("{doing}")]
    Statement {
        /// The failed action.
        doing: &'static str,
        /// What Postgres says.
        source: sqlx::Error,
    },
}

fn statement(doing: &'static str) -> impl FnOnce(sqlx::Error) -> DatabaseError {
    move |source| DatabaseError::Statement { doing, source }
}

/// A database with the project's schema, and the data folder.
#[derive(Debug)]
pub struct Database {
    address: Url,
    cluster: Option<Cluster>,
    folder: PathBuf,
    /// Removed when this is dropped.
    temporary: Option<TempDir>,
}

impl Database {
    /// Starts or connects to Postgres and sets it up as a Supabase project's database with every
    /// migration applied. With `outside_auth` its tables are awaited for that long, not created.
    ///
    /// # Errors
    /// [`DatabaseError`]; everything started is stopped again.
    pub async fn start(
        options: &DatabaseOptions,
        outside_auth: Option<Duration>,
    ) -> Result<Self, DatabaseError> {
        let (folder, temporary) = if let Some(folder) = &options.data_dir {
            std::fs::create_dir_all(folder)?;
            (folder.canonicalize()?, None)
        } else {
            let temporary = tempfile::Builder::new().prefix("localstack-").tempdir()?;
            (temporary.path().to_owned(), Some(temporary))
        };
        let (cluster, address) = if let Some(address) = &options.database_url {
            (None, address.clone())
        } else {
            let cluster = Cluster::start(&ClusterOptions {
                folder: folder.clone(),
                port: options.postgres_port,
                fast: options.fast,
            })
            .await?;
            let address = cluster.url("supabase_admin", "postgres");
            (Some(cluster), address)
        };
        let address = Url::parse(&address).map_err(|_| DatabaseError::Address)?;
        let database = Self {
            address,
            cluster,
            folder,
            temporary,
        };
        if let Err(error) = database.make_ready(options, outside_auth).await {
            if let Err(error) = database.stop().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "stopping after a failed start"
                );
            }
            return Err(error);
        }
        Ok(database)
    }

    /// The address of the database, as a role.
    #[must_use]
    pub fn url(&self, role: &str) -> String {
        self.url_of(role, None)
    }

    /// Its addresses, for programs that use only the database.
    #[must_use]
    pub fn environment(&self) -> Environment {
        let mut environment = Environment::default();
        environment.set("SUPABASE_DB_URL", self.url("postgres"));
        environment.set("DNWERKS_TEST_DATABASE_URL", self.url("supabase_admin"));
        environment
    }

    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// Stops the server, if it is ours, and removes the folder, if it is temporary.
    ///
    /// # Errors
    /// When the server does not stop in time.
    pub async fn stop(self) -> Result<(), PostgresError> {
        let stopped = match self.cluster {
            Some(cluster) => cluster.stop().await,
            None => Ok(()),
        };
        drop(self.temporary);
        stopped
    }

    fn url_of(&self, role: &str, database: Option<&str>) -> String {
        let mut address = self.address.clone();
        // Neither fails for an address with a host.
        let _ = address.set_username(role);
        if let Some(database) = database {
            address.set_path(database);
        }
        address.into()
    }

    async fn make_ready(
        &self,
        options: &DatabaseOptions,
        outside_auth: Option<Duration>,
    ) -> Result<(), DatabaseError> {
        let project = options
            .migrations
            .clone()
            .map(Project::new)
            .or_else(Project::nearest);
        let with_auth = outside_auth.is_none() && !options.no_auth_schema;
        let fresh = prepare(self.address.as_str(), with_auth).await?;
        if fresh {
            self.set_passwords().await?;
        }
        if options.no_migrations {
            return Ok(());
        }
        let project = project.ok_or(DatabaseError::NoProject)?;
        if self.cluster.is_some() && with_auth {
            self.renew_template(&project).await?;
        }
        if let Some(patience) = outside_auth {
            wait_for_auth(self.address.as_str(), patience).await?;
        }
        let mut connection = PgConnection::connect(&self.url("postgres"))
            .await
            .map_err(statement("connecting as postgres"))?;
        let applied = apply_pending(&mut connection, &project).await?;
        if fresh && !options.no_seed {
            seed(&mut connection, &project).await?;
        }
        if applied > 0 {
            tracing::info!(migrations.applied = applied, "the database is up to date");
        }
        connection.close().await.map_err(statement("closing"))
    }

    /// If Postgres requires passwords, our login roles get the superuser's.
    async fn set_passwords(&self) -> Result<(), DatabaseError> {
        let Some(password) = self.address.password().filter(|_| self.cluster.is_none()) else {
            return Ok(());
        };
        let mut connection = self.superuser().await?;
        for role in ["postgres", "authenticator", "supabase_auth_admin"] {
            let password = password.replace('\'', "''");
            sqlx::raw_sql(AssertSqlSafe(format!(
                "alter role {role} password '{password}'"
            )))
            .execute(&mut connection)
            .await
            .map_err(statement("setting passwords"))?;
        }
        Ok(())
    }

    /// Updates the template that tests clone. It is copied from ours before the first
    /// migration and migrated separately, so that it never holds a row.
    async fn renew_template(&self, project: &Project) -> Result<(), DatabaseError> {
        let mut superuser = self.superuser().await?;
        let exists: bool =
            sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
                .bind(TEMPLATE)
                .fetch_one(&mut superuser)
                .await
                .map_err(statement("looking for the template"))?;
        if !exists {
            let migrated: bool = sqlx::query_scalar(
                "select exists (select from supabase_migrations.schema_migrations)",
            )
            .fetch_one(&mut superuser)
            .await
            .map_err(statement("reading the history of migrations"))?;
            if migrated {
                tracing::warn!("this data folder has no {TEMPLATE}: tests need a new folder");
                return Ok(());
            }
        }
        // A database being copied must have no other connection, including ours.
        superuser.close().await.map_err(statement("closing"))?;
        let mut outside = PgConnection::connect(&self.url_of("supabase_admin", Some("template1")))
            .await
            .map_err(statement("connecting to template1"))?;
        let prepare = if exists {
            format!("alter database {TEMPLATE} allow_connections true")
        } else {
            format!("create database {TEMPLATE} template postgres is_template true")
        };
        for text in [
            prepare,
            format!("grant create on database {TEMPLATE} to postgres"),
        ] {
            sqlx::raw_sql(AssertSqlSafe(text))
                .execute(&mut outside)
                .await
                .map_err(statement("making the template"))?;
        }
        let mut connection = PgConnection::connect(&self.url_of("postgres", Some(TEMPLATE)))
            .await
            .map_err(statement("connecting to the template"))?;
        apply_pending(&mut connection, project).await?;
        connection.close().await.map_err(statement("closing"))?;
        sqlx::raw_sql(AssertSqlSafe(format!(
            "alter database {TEMPLATE} allow_connections false"
        )))
        .execute(&mut outside)
        .await
        .map_err(statement("closing the template"))?;
        outside.close().await.map_err(statement("closing"))
    }

    async fn superuser(&self) -> Result<PgConnection, DatabaseError> {
        PgConnection::connect(self.address.as_str())
            .await
            .map_err(statement("connecting as superuser"))
    }
}
