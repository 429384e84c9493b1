//! What is wrong with the database.

use anyhow::Result;
use sqlx::AssertSqlSafe;
use testkit::{TestDatabase, free_port};

use crate::stage::{Case, Stage};

/// Databases that are not as they should be.
pub struct Broken {
    databases: Vec<(TestDatabase, fn() -> Case)>,
    elsewhere: Vec<Case>,
}

/// What is changed in a copy, and what has to be said of it.
type Break = (&'static str, fn() -> Case);
const BREAKS: [Break; 9] = [
    (
        "delete from supabase_migrations.schema_migrations where version = (select max(version) from supabase_migrations.schema_migrations)",
        || Case {
            what: "a missing migration",
            finding: "database.migrations",
            says: "The database lacks 2026",
            remedy: "dnwerks migrate",
            ..Case::default()
        },
    ),
    ("delete from supabase_migrations.schema_migrations", || {
        Case {
            what: "migrations without a list",
            finding: "database.migrations",
            says: "no list of the migrations",
            remedy: "migration repair",
            ..Case::default()
        }
    }),
    (
        "update supabase_migrations.schema_migrations set statements = statements || '{select 1}' where name = 'templates'",
        || Case {
            what: "a migration that was changed",
            finding: "database.migrations_changed",
            says: "another text of 20261123000400_templates",
            remedy: "a new one is written",
            ..Case::default()
        },
    ),
    (
        "insert into supabase_migrations.schema_migrations (version, name) values ('20990101000000', 'later')",
        || Case {
            what: "a newer database",
            finding: "database.migrations_newer",
            says: "it has 20990101000000",
            remedy: "Upgrade this dnwerks",
            ..Case::default()
        },
    ),
    (
        "insert into supabase_migrations.schema_migrations (version, name) values ('20200101000000', 'theirs')",
        || Case {
            what: "somebody else's migration",
            finding: "database.migrations_foreign",
            state: "warning",
            says: "20200101000000",
            remedy: "the frontend's own",
            ..Case::default()
        },
    ),
    (
        "alter publication supabase_realtime drop table public.campaigns",
        || Case {
            what: "a table that is not published",
            finding: "database.publication",
            says: "does not publish public.campaigns",
            remedy: "add table public.campaigns",
            ..Case::default()
        },
    ),
    (
        "alter publication supabase_realtime set (publish = 'insert, update, delete')",
        || Case {
            what: "deletions that are published",
            finding: "database.publication",
            says: "publishes deletes",
            remedy: "set (publish = 'insert, update')",
            ..Case::default()
        },
    ),
    (
        "do $$ begin execute format('alter role authenticator in database %I set pgrst.db_pre_request = %L', current_database(), ''); end $$",
        || Case {
            what: "a PostgREST that does not ask before requests",
            finding: "database.pre_request",
            says: "asks nothing before a request",
            remedy: "pgrst.db_pre_request = 'private.check_request'",
            ..Case::default()
        },
    ),
    (
        "revoke execute on function private.custom_access_token(jsonb) from supabase_auth_admin",
        || Case {
            what: "a hook that Auth may not call",
            finding: "database.hook_functions",
            says: "may not call private.custom_access_token",
            remedy: "grant execute on function private.custom_access_token(jsonb)",
            ..Case::default()
        },
    ),
];

impl Broken {
    pub async fn create(stage: &Stage) -> Result<Self> {
        let cluster = stage.get("DNWERKS_TEST_DATABASE_URL")?;
        let mut databases = Vec::new();
        for (statement, case) in BREAKS {
            let database = TestDatabase::create_in(cluster).await?;
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(database.pool())
                .await?;
            databases.push((database, case));
        }
        Ok(Self {
            databases,
            elsewhere: elsewhere(cluster)?,
        })
    }

    pub fn cases(&self) -> Vec<Case> {
        let broken = self.databases.iter().map(|(database, case)| Case {
            changes: vec![("SUPABASE_DB_URL", Some(database.url()))],
            ..case()
        });
        broken.chain(self.elsewhere.clone()).collect()
    }
}

/// Addresses that lead to no database of ours, or not as they should.
fn elsewhere(cluster: &str) -> Result<Vec<Case>> {
    let with =
        |from: &str, to: &str| vec![("SUPABASE_DB_URL", Some(cluster.replacen(from, to, 1)))];
    let at = |address: String| vec![("SUPABASE_DB_URL", Some(address))];
    Ok(vec![
        Case {
            what: "an empty database",
            changes: with("/postgres?", "/template1?"),
            finding: "database.migrations",
            says: "The database is empty",
            remedy: "dnwerks migrate",
            ..Case::default()
        },
        Case {
            what: "a database that is not there",
            changes: with("/postgres?", "/nowhere?"),
            finding: "database.connection",
            says: "\"nowhere\" does not exist",
            remedy: "Correct the database's name",
            ..Case::default()
        },
        Case {
            what: "a role without rights",
            changes: with("//supabase_admin", "//supabase_auth_admin"),
            finding: "database.role",
            says: "The role supabase_auth_admin may not use our tables",
            remedy: "Connect as postgres",
            ..Case::default()
        },
        Case {
            what: "an address that is none",
            changes: at("localhost:5432/postgres".to_owned()),
            finding: "database.connection",
            says: "not a Postgres URL",
            remedy: "special characters",
            ..Case::default()
        },
        Case {
            what: "no server",
            changes: at(format!(
                "postgres://postgres:x@127.0.0.1:{}/postgres",
                free_port()?
            )),
            finding: "database.connection",
            says: "can't be reached",
            remedy: "session pooler",
            ..Case::default()
        },
        Case {
            what: "a certificate that nobody verifies",
            changes: at(
                "postgres://postgres:x@database.invalid/postgres?sslmode=require".to_owned(),
            ),
            finding: "database.tls",
            says: "database.invalid is not verified",
            remedy: "sslrootcert",
            ..Case::default()
        },
        Case {
            what: "the transaction pooler",
            changes: at("postgres://postgres:x@127.0.0.1:6543/postgres".to_owned()),
            finding: "database.pooler",
            says: "port 6543",
            remedy: "port 5432",
            ..Case::default()
        },
    ])
}
