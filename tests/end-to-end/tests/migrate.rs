//! `dnwerks migrate`: applies what is missing, says what was changed, and keeps nothing of what fails.

use std::{fs, path::Path, process::Output};

use anyhow::{Result, ensure};
use stack::process::binary;
use tempfile::TempDir;
use testkit::TestDatabase;
use tokio::process::Command;

async fn migrate(database: &TestDatabase, arguments: &[&str]) -> Result<(Output, String, String)> {
    let output = Command::new(binary("dnwerks")?)
        .arg("migrate")
        .args(arguments)
        .env_clear()
        .env("SUPABASE_DB_URL", database.url())
        .output()
        .await?;
    let stdout = String::from_utf8(output.stdout.clone())?;
    let stderr = String::from_utf8(output.stderr.clone())?;
    Ok((output, stdout, stderr))
}

/// The project's own migrations and one more.
fn folder_with(name: &str, sql: &str) -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    for migration in migrations::compiled() {
        let file = Path::new(&migration.file).file_name().unwrap_or_default();
        fs::write(folder.path().join(file), &*migration.sql)?;
    }
    fs::write(folder.path().join(name), sql)?;
    Ok(folder)
}

#[tokio::test]
async fn an_empty_database_gets_all_and_then_lacks_none() -> Result<()> {
    let script = format!(
        "{0} migrate --check; echo ended with $?; {0} migrate && {0} migrate --check && {0} migrate",
        binary("dnwerks")?.display()
    );
    let output = Command::new(binary("localstack")?)
        .args(["database", "--fast", "--no-migrations", "--", "sh", "-c"])
        .arg(script)
        .env("RUST_LOG", "off")
        .output()
        .await?;
    let said = String::from_utf8(output.stdout)?;
    let all = migrations::compiled().len();
    ensure!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for expected in [
        format!("0 applied, {all} pending, 0 changed since"),
        "ended with 1".to_owned(),
        "applied  20261123000100_schemas_and_roles".to_owned(),
        format!("{all} migrations applied."),
        format!("{all} applied, 0 pending, 0 changed since"),
        format!("Nothing to do: all {all} migrations are applied."),
    ] {
        ensure!(said.contains(&expected), "{expected} is not in {said}");
    }
    Ok(())
}

#[tokio::test]
async fn a_new_file_is_pending_and_then_applied_once() -> Result<()> {
    let database = TestDatabase::create().await?;
    let folder = folder_with(
        "20990101000000_probe.sql",
        "create table private.probe ();\n",
    )?;
    let folder = folder.path().display().to_string();
    let arguments = ["--folder", folder.as_str()];

    let (check, said, _) = migrate(&database, &["--check", "--folder", &folder]).await?;
    ensure!(
        check.status.code() == Some(1) && said.contains("pending  20990101000000_probe"),
        "{said}"
    );
    // Two at once: one applies it, the other finds it applied.
    let (first, second) = tokio::join!(
        migrate(&database, &arguments),
        migrate(&database, &arguments)
    );
    for (output, said, error) in [first?, second?] {
        ensure!(output.status.success(), "{said} {error}");
    }
    let owner: String =
        sqlx::query_scalar("select relowner::regrole::text from pg_class where relname = 'probe'")
            .fetch_one(database.pool())
            .await?;
    ensure!(owner == "postgres", "{owner} owns what a superuser applied");
    // The program itself knows nothing of it.
    let (check, said, _) = migrate(&database, &["--check"]).await?;
    ensure!(
        check.status.code() == Some(1) && said.contains("newer    20990101000000"),
        "{said}"
    );
    let (output, _, error) = migrate(&database, &[]).await?;
    ensure!(
        output.status.code() == Some(1) && error.contains("Upgrade this program first"),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn of_a_file_that_fails_nothing_is_kept_and_its_line_is_named() -> Result<()> {
    let database = TestDatabase::create().await?;
    let sql = "create table private.probe ();\n\n-- Not there.\ninsert into private.nowhere values (1);\n";
    let folder = folder_with("20990101000000_probe.sql", sql)?;
    let folder = folder.path().display().to_string();
    let (output, _, error) = migrate(&database, &["--folder", &folder]).await?;
    ensure!(output.status.code() == Some(1), "{error}");
    ensure!(
        error.starts_with("error: ")
            && error.contains(
                "20990101000000_probe.sql:4: relation \"private.nowhere\" does not exist"
            ),
        "{error}"
    );
    let left: bool = sqlx::query_scalar(
        "select to_regclass('private.probe') is not null
           or exists (select from supabase_migrations.schema_migrations where version = '20990101000000')",
    )
    .fetch_one(database.pool())
    .await?;
    ensure!(!left, "something was kept");
    Ok(())
}

#[tokio::test]
async fn what_was_changed_since_is_named_and_stops_the_rest() -> Result<()> {
    let database = TestDatabase::create().await?;
    let folder = folder_with("20990101000000_probe.sql", "create table private.probe ();")?;
    let changed = folder.path().join("20261123000400_templates.sql");
    let text = fs::read_to_string(&changed)?;
    fs::write(&changed, format!("{text}\nselect 1;\n"))?;
    let folder = folder.path().display().to_string();
    let (output, _, error) = migrate(&database, &["--folder", &folder]).await?;
    ensure!(
        output.status.code() == Some(1)
            && error.contains("another text of 20261123000400_templates"),
        "{error}"
    );
    let (output, said, error) =
        migrate(&database, &["--folder", &folder, "--despite-changes"]).await?;
    ensure!(
        output.status.success() && said.contains("1 migration applied."),
        "{said} {error}"
    );
    Ok(())
}
