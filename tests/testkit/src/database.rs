//! Test databases.

use std::{str::FromStr as _, time::Duration};

use anyhow::{Context as _, Result};
use rows_as_service::{Database, Settings};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use url::Url;
use uuid::Uuid;

use crate::process_role::{ROLE_PASSWORD, address_of};

/// The template: all migrations, no rows. Localstack creates it in each of its clusters.
const TEMPLATE: &str = "dnwerks_template";
/// The advisory lock in the cluster's first database for creating and sweeping test databases.
const LOCK: i64 = 2_026_112_300;
/// SQLSTATE `object_in_use`.
const IN_USE: &str = "55006";

/// A test's own copy of the template. It is dropped at the end, even if the test fails.
/// Leftovers of a killed run are swept by the next one.
#[derive(Debug)]
pub struct TestDatabase {
    pool: PgPool,
    server: PgConnectOptions,
    name: String,
    url: Url,
    /// While it is connected, the database is not swept.
    _held: PgConnection,
}

/// A user who has signed up in a [`TestDatabase`].
#[derive(Debug, Clone, Copy)]
pub struct Tenant {
    /// Their row in `auth.users`.
    pub user_id: Uuid,
    /// Their row in `public.user_profiles`, which owns their data.
    pub profile_id: Uuid,
}

impl TestDatabase {
    /// Creates one in the cluster at `DNWERKS_TEST_DATABASE_URL`.
    ///
    /// # Errors
    /// When there is no such cluster, or it has no template.
    pub async fn create() -> Result<Self> {
        let cluster = std::env::var("DNWERKS_TEST_DATABASE_URL").context(
            "DNWERKS_TEST_DATABASE_URL is not set: it names the superuser of a cluster of localstack's; run scripts/test",
        )?;
        Self::create_in(&cluster).await
    }

    /// Creates one in the cluster that `cluster`, a superuser's URL, points to.
    ///
    /// # Errors
    /// When there is no such cluster, or it has no template.
    pub async fn create_in(cluster: &str) -> Result<Self> {
        let server = PgConnectOptions::from_str(cluster)?;
        let mut admin = server.connect().await?;
        // One at a time: Postgres refuses to copy a database that is being copied. The lock ends with
        // the connection.
        sqlx::query("select pg_advisory_lock($1)")
            .bind(LOCK)
            .execute(&mut admin)
            .await?;
        sweep(&mut admin).await?;
        let name = format!("dnwerks_test_{}", Uuid::new_v4().simple());
        run(
            &mut admin,
            format!("create database {name} template {TEMPLATE}"),
        )
        .await?;
        let mut url = Url::parse(cluster)?;
        url.set_path(&name);
        let options = server.clone().database(&name);
        let held = options.connect().await?;
        // They can't sign in until somebody gives them a password.
        sqlx::raw_sql(AssertSqlSafe(format!(
            "do $$ declare name text; begin
               for name in select rolname from pg_roles where rolname like 'dnwerks\\_%' and not rolcanlogin loop
                 execute format('alter role %I with login password %L', name, '{ROLE_PASSWORD}');
               end loop;
             end $$"
        )))
        .execute(&mut admin)
        .await?;
        admin.close().await?;
        let pool = PgPoolOptions::new()
            .max_connections(50)
            .acquire_timeout(Duration::from_mins(1))
            .connect_lazy_with(options);
        Ok(Self {
            pool,
            server,
            name,
            url,
            _held: held,
        })
    }

    /// The superuser's connections, to set up data and check results.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Its address, as the superuser.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.to_string()
    }

    /// Settings for a service to connect to it.
    #[must_use]
    pub fn settings(&self, max_connections: u32) -> Settings {
        Settings {
            database_url: self.url().into(),
            max_connections,
        }
    }

    /// A service's connections.
    ///
    /// # Errors
    /// If the address is invalid.
    pub fn database(&self, max_connections: u32) -> Result<Database> {
        let settings = self.settings(max_connections);
        Ok(Database::connect_lazily(&settings, "test")?)
    }

    /// Its address for `process`, such as `send-worker`, with the role that is its own.
    ///
    /// # Errors
    /// If there can be none.
    pub fn url_of(&self, process: &str) -> Result<String> {
        Ok(address_of(process, &self.url)?.into())
    }

    /// The connections of `process`, with the role that is its own.
    ///
    /// # Errors
    /// If the address is invalid.
    pub fn database_of(&self, process: &str, max_connections: u32) -> Result<Database> {
        let settings = Settings {
            database_url: self.url_of(process)?.into(),
            max_connections,
        };
        Ok(Database::connect_lazily(&settings, "test")?)
    }

    /// Creates a user with this approval status.
    ///
    /// # Errors
    /// When the database refuses them.
    pub async fn tenant(&self, status: &str) -> Result<Tenant> {
        let user_id = Uuid::now_v7();
        sqlx::query("insert into auth.users (id, email) values ($1, $1::text || '@tenants.test')")
            .bind(user_id)
            .execute(&self.pool)
            .await?;
        let profile_id = sqlx::query_scalar(
            "update public.user_profiles set status = $2 where user_id = $1 returning id",
        )
        .bind(user_id)
        .bind(status)
        .fetch_one(&self.pool)
        .await?;
        Ok(Tenant {
            user_id,
            profile_id,
        })
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let server = self.server.clone();
        let statement = format!("drop database if exists {} with (force)", self.name);
        // On its own thread, since a runtime can't block on itself.
        let dropping = std::thread::spawn(move || -> Result<()> {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(async {
                    let mut admin = server.connect().await?;
                    run(&mut admin, statement).await
                })
        });
        // If it can't be dropped, the next run sweeps it.
        let _ = dropping.join();
    }
}

/// Drops test databases without connections: their run was killed.
async fn sweep(admin: &mut PgConnection) -> Result<()> {
    let left_behind: Vec<String> = sqlx::query_scalar(
        r"select datname::text from pg_database d
          where datname like 'dnwerks\_test\_%' and not exists (select from pg_stat_activity a where a.datid = d.oid)",
    )
    .fetch_all(&mut *admin)
    .await?;
    for name in left_behind {
        let dropped = run(admin, format!("drop database if exists {name}")).await;
        if let Err(error) = dropped
            && !is_in_use(&error)
        {
            return Err(error);
        }
    }
    Ok(())
}

async fn run(admin: &mut PgConnection, statement: String) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(admin)
        .await?;
    Ok(())
}

/// One of the server's own workers, such as autovacuum, may be connected to an unused database.
fn is_in_use(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<sqlx::Error>()
        .and_then(sqlx::Error::as_database_error)
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == IN_USE)
}
