//! The Postgres server that the tests of this file share.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// Where the superuser connects; its database `postgres` is the template of a project.
pub fn superuser() -> PgConnectOptions {
    let url = std::env::var("DNWERKS_TEST_DATABASE_URL").expect(
        "DNWERKS_TEST_DATABASE_URL names the superuser of a Postgres that localstack set up",
    );
    PgConnectOptions::from_str(&url).unwrap()
}
