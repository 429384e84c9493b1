//! The list of what was applied, as the Supabase CLI keeps it.

use sqlx::PgConnection;

use crate::Error;

/// An applied migration.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Applied {
    pub(crate) version: String,
    /// Absent where it was recorded by hand (`supabase migration repair`).
    pub(crate) statements: Option<Vec<String>>,
}

/// What was applied, in order; nothing if there is no list.
pub(crate) async fn read(connection: &mut PgConnection) -> Result<Vec<Applied>, Error> {
    if !exists(connection).await? {
        return Ok(Vec::new());
    }
    sqlx::query_as(
        "select version, statements from supabase_migrations.schema_migrations order by version",
    )
    .fetch_all(connection)
    .await
    .map_err(Error::History)
}

/// Makes the list, if there is none, with the columns that the CLI gives it.
pub(crate) async fn make(connection: &mut PgConnection) -> Result<(), Error> {
    if exists(connection).await? {
        return Ok(());
    }
    sqlx::raw_sql(
        "create schema if not exists supabase_migrations;
         create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text)",
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(Error::History)
}

async fn exists(connection: &mut PgConnection) -> Result<bool, Error> {
    // By the catalogue: who may not use the schema may still know whether it is there.
    sqlx::query_scalar(
        "select exists (
           select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
           where n.nspname = 'supabase_migrations' and c.relname = 'schema_migrations'
         )",
    )
    .fetch_one(connection)
    .await
    .map_err(Error::History)
}
