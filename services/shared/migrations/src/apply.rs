//! Applying what is missing.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::{Cause, Error, Migration, history, statements::split};

/// Held while a migration is applied, so that two who do it at once wait for one another.
const LOCK: i64 = 2_026_112_301;

/// Applies those of `migrations` that the list of the database lacks, each in its own transaction, recorded as
/// the Supabase CLI records it. `connection` is the role `postgres`. `applied` hears of each. Returns how many
/// were applied.
///
/// # Errors
/// [`Error`]; migrations before the one that failed stay applied.
pub async fn apply_pending(
    connection: &mut PgConnection,
    migrations: &[Migration],
    applied: &mut (dyn FnMut(&Migration) + Send),
) -> Result<usize, Error> {
    history::make(connection).await?;
    let there = history::read(connection).await?;
    let mut count = 0;
    for migration in migrations {
        if there.iter().any(|one| one.version == migration.version) {
            continue;
        }
        if apply(connection, migration).await? {
            applied(migration);
            count += 1;
        }
    }
    if count > 0 {
        sqlx::query("notify pgrst, 'reload schema'")
            .execute(connection)
            .await
            .map_err(Error::History)?;
    }
    Ok(count)
}

/// Returns whether it was still to be applied.
async fn apply(connection: &mut PgConnection, migration: &Migration) -> Result<bool, Error> {
    let mut transaction = connection.begin().await.map_err(Error::History)?;
    sqlx::query("select pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(&mut *transaction)
        .await
        .map_err(Error::History)?;
    let is_there: bool = sqlx::query_scalar(
        "select exists (select from supabase_migrations.schema_migrations where version = $1)",
    )
    .bind(&*migration.version)
    .fetch_one(&mut *transaction)
    .await
    .map_err(Error::History)?;
    if is_there {
        return Ok(false);
    }
    let statements = run_script(&mut transaction, &migration.file, &migration.sql).await?;
    sqlx::query(
        "insert into supabase_migrations.schema_migrations (version, statements, name) values ($1, $2, $3)",
    )
    .bind(&*migration.version)
    .bind(statements)
    .bind(&*migration.name)
    .execute(&mut *transaction)
    .await
    .map_err(Error::History)?;
    transaction.commit().await.map_err(Error::History)?;
    Ok(true)
}

/// Runs the statements of a file, and returns them. `file` is its name, for messages.
///
/// # Errors
/// [`Error::Statement`] names the line.
pub async fn run_script(
    connection: &mut PgConnection,
    file: &str,
    sql: &str,
) -> Result<Vec<String>, Error> {
    // A file's settings must not affect the next.
    sqlx::raw_sql("reset all; set local client_min_messages = warning")
        .execute(&mut *connection)
        .await
        .map_err(Error::History)?;
    let statements = split(sql);
    for statement in &statements {
        sqlx::raw_sql(AssertSqlSafe(statement.text))
            .execute(&mut *connection)
            .await
            .map_err(|error| failure(file, statement.text, statement.line, error))?;
    }
    Ok(statements
        .into_iter()
        .map(|statement| statement.text.to_owned())
        .collect())
}

fn failure(file: &str, text: &str, first_line: usize, error: sqlx::Error) -> Error {
    let mut message = error.to_string();
    let mut line = first_line;
    let postgres = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>());
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
            let before = text.chars().take(position.saturating_sub(1));
            line += before.filter(|c| *c == '\n').count();
        }
    }
    Error::Statement {
        file: file.to_owned(),
        line,
        message,
        cause: Cause(error),
    }
}
