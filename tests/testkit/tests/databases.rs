//! Test databases come and go. Needs `DNWERKS_TEST_DATABASE_URL`, as `scripts/test` sets it.

use anyhow::Result;
use futures::future::try_join_all;
use sqlx::{Connection as _, PgConnection};
use testkit::TestDatabase;

async fn cluster() -> Result<PgConnection> {
    let url = std::env::var("DNWERKS_TEST_DATABASE_URL")?;
    Ok(PgConnection::connect(&url).await?)
}

async fn exists(name: &str) -> Result<bool> {
    let found = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(name)
        .fetch_one(&mut cluster().await?)
        .await?;
    Ok(found)
}

async fn name_of(database: &TestDatabase) -> Result<String> {
    Ok(sqlx::query_scalar("select current_database()::text")
        .fetch_one(database.pool())
        .await?)
}

#[tokio::test]
async fn many_at_once_each_get_their_own_and_none_is_left() -> Result<()> {
    let databases = try_join_all((0..6).map(|_| TestDatabase::create())).await?;
    let mut names = Vec::new();
    for database in &databases {
        database.tenant("approved").await?;
        let people: i64 = sqlx::query_scalar("select count(*) from public.user_profiles")
            .fetch_one(database.pool())
            .await?;
        assert_eq!(people, 1);
        names.push(name_of(database).await?);
    }
    drop(databases);
    for name in names {
        assert!(!exists(&name).await?, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn what_a_killed_run_left_is_swept_and_what_is_in_use_is_not() -> Result<()> {
    let in_use = TestDatabase::create().await?;
    // As a killed run leaves it: nobody is connected any more.
    let left = format!("dnwerks_test_left_{}", std::process::id());
    let create = format!("create database {left} template template0");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create))
        .execute(&mut cluster().await?)
        .await?;
    let next = TestDatabase::create().await?;
    assert!(!exists(&left).await?);
    assert!(exists(&name_of(&in_use).await?).await?);
    assert!(exists(&name_of(&next).await?).await?);
    Ok(())
}
