//! Sets up a plain Postgres like a Supabase project.

use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};

use super::PostgresError;

const ROLES_AND_SCHEMAS: &str = include_str!("bootstrap.sql");
const AUTH: &str = include_str!("../auth/schema.sql");
const STEP: Duration = Duration::from_millis(200);

/// Creates roles, schemas, Auth's tables (unless an external Auth has its own) and the queues,
/// where missing. `url` is a superuser's, with the database.
/// Returns whether the database was plain.
///
/// # Errors
/// [`PostgresError`] when a statement fails.
pub async fn prepare(url: &str, with_auth: bool) -> Result<bool, PostgresError> {
    let mut connection = PgConnection::connect(url)
        .await
        .map_err(PostgresError::statement("connecting as superuser"))?;
    let plain = !exists(&mut connection, "supabase_migrations.schema_migrations").await?;
    if plain {
        run(
            &mut connection,
            "making roles and schemas",
            ROLES_AND_SCHEMAS,
        )
        .await?;
    }
    if with_auth && !exists(&mut connection, "auth.users").await? {
        run(&mut connection, "making Auth's tables", AUTH).await?;
    }
    // As on hosted projects: migrations make schemas, bulk loads may switch triggers off, and the queues
    // belong to `postgres`, since their functions make tables with their caller's rights.
    let rights = "do $$ begin
        execute format('grant create on database %I to postgres', current_database());
        if current_setting('server_version_num')::integer >= 150000 then
            grant set on parameter session_replication_role to postgres;
            grant set on parameter pgrst.db_pre_request to postgres;
        end if;
    end $$;";
    run(&mut connection, "granting rights to postgres", rights).await?;
    connection
        .close()
        .await
        .map_err(PostgresError::statement("closing"))?;
    Ok(plain)
}

/// Waits until an external Auth has created its tables.
///
/// # Errors
/// [`PostgresError::NoAuth`] if it has not within `patience`.
pub async fn wait_for_auth(url: &str, patience: Duration) -> Result<(), PostgresError> {
    let started = Instant::now();
    let mut connection = PgConnection::connect(url)
        .await
        .map_err(PostgresError::statement("connecting"))?;
    while !exists(&mut connection, "auth.users").await? {
        if started.elapsed() > patience {
            return Err(PostgresError::NoAuth(patience.as_secs()));
        }
        tokio::time::sleep(STEP).await;
    }
    Ok(())
}

async fn exists(connection: &mut PgConnection, table: &str) -> Result<bool, PostgresError> {
    sqlx::query_scalar("select to_regclass($1) is not null")
        .bind(table)
        .fetch_one(connection)
        .await
        .map_err(PostgresError::statement(format!("looking for {table}")))
}

async fn run(
    connection: &mut PgConnection,
    doing: &str,
    sql: &'static str,
) -> Result<(), PostgresError> {
    let outcome = async {
        let mut transaction = connection.begin().await?;
        sqlx::raw_sql("set local client_min_messages = warning")
            .execute(&mut *transaction)
            .await?;
        sqlx::raw_sql(sql).execute(&mut *transaction).await?;
        transaction.commit().await?;
        sqlx::raw_sql("reset role")
            .execute(connection)
            .await
            .map(drop)
    };
    outcome.await.map_err(PostgresError::statement(doing))
}
