//! The audit log as admins see it through the API and operators from a terminal; and the switch of one account.
//! Needs the environment of a running stack, as `scripts/test` sets it.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use stack::process::binary;
use testkit::{
    eventually, new_phone,
    people::{Person, read, text},
    shared_environment,
};

const PATIENCE: Duration = Duration::from_secs(30);

fn dnwerks(arguments: &[&str]) -> Result<Command> {
    let environment = shared_environment()?;
    let database = environment.get("SUPABASE_DB_URL").context("no database")?;
    let mut command = Command::new(binary("dnwerks")?);
    command
        .args(arguments)
        .env_clear()
        .env("SUPABASE_DB_URL", database)
        .env("USER", "olga");
    Ok(command)
}

/// What it says; it must succeed.
fn said(arguments: &[&str]) -> Result<String> {
    let output = dnwerks(arguments)?.output()?;
    let said = String::from_utf8(output.stdout)?;
    ensure!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(said)
}

async fn logged(admin: &Person, query: &str) -> Result<Value> {
    read(admin.api(Method::GET, &format!("/api/admin/audit?{query}")))
        .await?
        .success()
}

#[tokio::test]
async fn what_an_admin_does_by_any_door_is_shown_to_admins_only() -> Result<()> {
    let environment = shared_environment()?;
    let admin = Person::with(&environment, "admin", "admin", "approved").await?;
    let owner = Person::approved(&environment, "owner").await?;
    let campaign = owner
        .write_campaign("Ann's birthday", "Call +14155550123")
        .await?;
    let user = format!("/api/admin/users/{}", owner.profile_id);

    // The accounts' service, which acts on a service connection.
    let request = admin
        .api(Method::PUT, &user)
        .header("x-request-id", "audit-test-1");
    read(request.json(&json!({ "role": "admin" })))
        .await?
        .success()?;
    read(
        admin
            .api(Method::PUT, &user)
            .json(&json!({ "role": "user" })),
    )
    .await?
    .success()?;
    // The dashboard's, which acts as the admin.
    let path = format!("/api/campaigns/{campaign}");
    let request = admin
        .api(Method::PATCH, &path)
        .header("x-request-id", "audit-test-2");
    read(request.json(&json!({ "name": "Ann's party" })))
        .await?
        .success()?;
    // PostgREST itself.
    let row = format!("campaigns?id=eq.{campaign}");
    read(
        admin
            .rest(Method::PATCH, &row)
            .json(&json!({ "name": "x" })),
    )
    .await?
    .success()?;
    // And what its owner does is nobody's business.
    read(
        owner
            .api(Method::PATCH, &path)
            .json(&json!({ "name": "y" })),
    )
    .await?
    .success()?;

    let account = format!("account={}", owner.profile_id);
    let list = logged(&admin, &account).await?;
    let actions: Vec<_> = list["data"]
        .as_array()
        .context("entries")?
        .iter()
        .filter(|entry| entry["actor"] == admin.profile_id)
        .map(|entry| entry["action"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(
        actions,
        [
            "campaign.updated",
            "campaign.updated",
            "user.role_changed",
            "user.role_changed"
        ],
        "{list}"
    );
    let list = logged(
        &admin,
        &format!("{account}&action=user.role_changed&per_page=1&page=2"),
    )
    .await?;
    ensure!(
        list["total"] == 2 && list["total_is_exact"] == true && list["per_page"] == 1,
        "{list}"
    );
    let entry = &list["data"][0];
    ensure!(
        entry["request_id"] == "audit-test-1"
            && entry["actor_email"] == admin.email
            && entry["actor_kind"] == "admin"
            && entry["account_email"] == owner.email
            && entry["session_id"].is_string()
            && entry["before"] == json!({ "role": "user" })
            && entry["after"] == json!({ "role": "admin" }),
        "{entry}"
    );
    let list = logged(
        &admin,
        &format!("actor={}&table=campaigns", admin.profile_id),
    )
    .await?;
    let entry = &list["data"][1];
    ensure!(
        entry["request_id"] == "audit-test-2"
            && entry["role"] == "authenticated"
            && entry["row_id"] == campaign
            && entry["before"] == json!({ "name": { "characters": 14 } }),
        "{entry}"
    );
    let list = logged(&admin, "to=2000-01-01").await?;
    ensure!(list["total"] == 0, "{list}");
    Ok(())
}

#[tokio::test]
async fn the_log_is_a_file_too_and_nobody_elses() -> Result<()> {
    let environment = shared_environment()?;
    let admin = Person::with(&environment, "admin", "admin", "approved").await?;
    let owner = Person::approved(&environment, "owner").await?;
    let user = format!("/api/admin/users/{}", owner.profile_id);
    let change = json!({ "role": "admin" });
    read(admin.api(Method::PUT, &user).json(&change))
        .await?
        .success()?;
    let change = json!({ "role": "user" });
    read(admin.api(Method::PUT, &user).json(&change))
        .await?
        .success()?;

    let file = format!("/api/admin/audit/export?account={}", owner.profile_id);
    let answer = admin.api(Method::GET, &file).send().await?;
    ensure!(answer.headers()["content-disposition"] == "attachment; filename=\"audit-log.csv\"");
    let csv = answer.text().await?;
    ensure!(
        csv.starts_with("at,actor_kind,actor,") && csv.contains("user.role_changed"),
        "{csv}"
    );

    for path in ["/api/admin/audit", "/api/admin/audit/export"] {
        let answer = read(owner.api(Method::GET, path)).await?;
        ensure!(
            answer.status == StatusCode::FORBIDDEN && answer.body["code"] == "admin_required",
            "{answer:?}"
        );
    }
    let answer = read(
        owner
            .rest(Method::POST, "rpc/list_audit_log")
            .json(&json!({})),
    )
    .await?;
    ensure!(answer.status == StatusCode::FORBIDDEN, "{answer:?}");
    let answer = read(admin.api(Method::GET, "/api/admin/audit?actor=ann&since=1h")).await?;
    ensure!(
        answer.status == StatusCode::UNPROCESSABLE_ENTITY,
        "{answer:?}"
    );
    Ok(())
}

#[tokio::test]
async fn an_operator_stops_one_account_and_the_log_says_who_it_was() -> Result<()> {
    let environment = shared_environment()?;
    let stopped = Person::approved(&environment, "stopped").await?;
    let other = Person::approved(&environment, "other").await?;
    let arguments = [
        "audit",
        "--follow",
        "--json",
        "--account",
        &stopped.email,
        "--since",
        "1m",
    ];
    let mut follower = dnwerks(&arguments)?.stdout(Stdio::piped()).spawn()?;
    let lines = BufReader::new(follower.stdout.take().context("its output")?).lines();

    let answer = said(&[
        "sending",
        "stop",
        "--account",
        &stopped.email,
        "--reason",
        "Complaints",
    ])?;
    ensure!(answer.starts_with("Nothing of "), "{answer}");
    let mut campaigns = Vec::new();
    for person in [&stopped, &other] {
        let customer = json!({ "phone": new_phone() });
        read(person.api(Method::POST, "/api/customers").json(&customer))
            .await?
            .success()?;
        let campaign = person.write_campaign("Sale", "Hello").await?;
        person.send_campaign(&campaign).await?;
        campaigns.push(campaign);
    }
    let has_gone = async |person: &Person, campaign: &str| {
        let row = person.campaign(campaign).await?;
        Ok((row["pending_count"] == 0).then_some(()))
    };
    eventually("the other's campaign", PATIENCE, async || {
        has_gone(&other, &campaigns[1]).await
    })
    .await?;
    let row = stopped.campaign(&campaigns[0]).await?;
    ensure!(
        row["status"] == "sending" && row["pending_count"] == 1,
        "{row}"
    );
    said(&["sending", "start", "--account", &stopped.email])?;
    eventually("the stopped campaign", PATIENCE, async || {
        has_gone(&stopped, &campaigns[0]).await
    })
    .await?;
    let answer = said(&["sending", "start", "--account", &stopped.email])?;
    ensure!(answer.ends_with(" was not stopped.\n"), "{answer}");

    let log = said(&[
        "audit",
        "--account",
        &stopped.profile_id,
        "--action",
        "sending",
    ])?;
    let lines_said: Vec<_> = log.lines().collect();
    assert_eq!(lines_said.len(), 2, "{log}");
    ensure!(
        lines_said[0].contains("  operator olga  sending.stopped  of stopped-")
            && lines_said[0].contains("reason: Complaints")
            && lines_said[1].contains("  operator olga  sending.started"),
        "{log}"
    );
    let mut news = Vec::new();
    for line in lines {
        let entry: Value = serde_json::from_str(&line?)?;
        news.push(text(&entry, "action")?);
        if entry["action"] == "sending.started" {
            break;
        }
    }
    follower.kill()?;
    follower.wait()?;
    ensure!(
        news.ends_with(&["sending.stopped".to_owned(), "sending.started".to_owned()]),
        "{news:?}"
    );

    let output = dnwerks(&["sending", "stop", "--account", "nobody@people.test"])?.output()?;
    assert_eq!(
        String::from_utf8(output.stderr)?,
        "error: --account nobody@people.test: no such account\n"
    );
    Ok(())
}
