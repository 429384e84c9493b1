//! `/readyz` says no when a process can't do its work, and names what is in the way.

use std::time::Duration;

use anyhow::{Result, ensure};
use reqwest::StatusCode;
use serde_json::Value;
use stack::{Services, Stack, StackOptions};
use testkit::{TestDatabase, eventually, free_port, http_client};

const PATIENCE: Duration = Duration::from_mins(1);

/// What `process` says once it answers, started with `settings` that differ from the stack's.
async fn readiness(stack: &Stack, process: &str, settings: &[&str]) -> Result<(StatusCode, Value)> {
    let address = format!("127.0.0.1:{}", free_port()?);
    let mut arguments = vec![process.to_owned(), "--listen".to_owned(), address.clone()];
    arguments.extend(settings.iter().map(|setting| (*setting).to_owned()));
    let _process = stack.start_service(&arguments)?;
    let http = http_client()?;
    eventually("an answer", PATIENCE, async || {
        let Ok(answer) = http.get(format!("http://{address}/readyz")).send().await else {
            return Ok(None);
        };
        Ok(Some((answer.status(), answer.json().await?)))
    })
    .await
}

#[tokio::test]
async fn a_process_is_ready_only_if_all_that_it_needs_answers() -> Result<()> {
    let stack = Stack::start(&StackOptions {
        services: Services::None,
        ..StackOptions::default()
    })
    .await?;
    for process in [
        "dashboard-api",
        "accounts",
        "customer-import",
        "twilio-callbacks",
        "mail-worker",
    ] {
        let (status, body) = readiness(&stack, process, &[]).await?;
        ensure!(status == StatusCode::OK, "{process}: {body}");
    }

    let cluster = stack.get("DNWERKS_TEST_DATABASE_URL")?;
    let behind = TestDatabase::create_in(cluster).await?;
    sqlx::query("delete from supabase_migrations.schema_migrations")
        .execute(behind.pool())
        .await?;
    let (empty, _) = cluster.split_once('?').unwrap_or((cluster, ""));
    let empty = empty.replace("/postgres", "/template1");
    let nowhere = format!("http://127.0.0.1:{}", free_port()?);
    for (process, settings, check) in [
        (
            "dashboard-api",
            ["--supabase-anon-key", "sb_publishable_x"],
            "postgrest",
        ),
        ("dashboard-api", ["--supabase-url", &nowhere], "postgrest"),
        (
            "dashboard-api",
            ["--supabase-url", &nowhere],
            "signing_keys",
        ),
        ("accounts", ["--supabase-url", &nowhere], "auth"),
        (
            "accounts",
            ["--supabase-service-role-key", "sb_secret_x"],
            "auth",
        ),
        ("accounts", ["--database-url", &behind.url()], "database"),
        ("customer-import", ["--database-url", &empty], "database"),
    ] {
        let (status, body) = readiness(&stack, process, &settings).await?;
        ensure!(
            status == StatusCode::SERVICE_UNAVAILABLE && body["checks"][check] == "failing",
            "{process} {check}: {status} {body}"
        );
    }

    // The same with their own roles, which may not read what was applied.
    let whole = TestDatabase::create_in(cluster).await?;
    for process in [
        "accounts",
        "customer-import",
        "send-worker",
        "twilio-callbacks",
        "mail-worker",
    ] {
        for (database, word) in [(&whole, "ok"), (&behind, "failing")] {
            let settings = ["--database-url", &database.url_of(process)?];
            let (_, body) = readiness(&stack, process, &settings).await?;
            ensure!(body["checks"]["database"] == word, "{process}: {body}");
        }
    }
    stack.stop().await
}
