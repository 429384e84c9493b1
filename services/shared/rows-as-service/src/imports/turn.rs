//! Whose turn it is to write.

use sqlx::PgConnection;

/// Takes the lock of `key` until the transaction ends. Whoever has it may be writing a million customers: how long another
/// lock may be waited for says nothing about this one.
pub(super) async fn take_turn(connection: &mut PgConnection, key: &str) -> Result<(), sqlx::Error> {
    let before: String = sqlx::query_scalar("select current_setting('lock_timeout')")
        .fetch_one(&mut *connection)
        .await?;
    sqlx::query("set local lock_timeout = 0")
        .execute(&mut *connection)
        .await?;
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(key)
        .execute(&mut *connection)
        .await?;
    sqlx::query("select set_config('lock_timeout', $1, true)")
        .bind(before)
        .execute(connection)
        .await
        .map(drop)
}
