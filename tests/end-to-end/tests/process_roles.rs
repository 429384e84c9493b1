//! The processes that speak to Twilio and Resend do their work with roles of their own, which reach nothing else.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::{Method, Url};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use stack::{Services, Stack, StackOptions};
use testkit::{
    eventually, free_port, new_phone,
    people::{Person, count, read, text},
};

const PATIENCE: Duration = Duration::from_mins(1);
const PASSWORD: &str = "only-for-this-test";

#[tokio::test]
async fn a_campaign_is_sent_and_delivered_by_processes_with_their_own_roles() -> Result<()> {
    let stack = Stack::start(&StackOptions {
        services: Services::None,
        ..StackOptions::default()
    })
    .await?;
    let mut admin = PgConnection::connect(stack.get("DNWERKS_TEST_DATABASE_URL")?).await?;
    let mut processes = Vec::new();
    // Twilio's callbacks come to the API's address.
    let callbacks = Url::parse(stack.get("PUBLIC_BASE_URL")?)?;
    let callbacks = format!("127.0.0.1:{}", callbacks.port().context("a port")?);
    for (process, role, address) in [
        ("twilio-callbacks", "dnwerks_twilio_callbacks", callbacks),
        (
            "send-worker",
            "dnwerks_send_worker",
            format!("127.0.0.1:{}", free_port()?),
        ),
        (
            "mail-worker",
            "dnwerks_mail_worker",
            format!("127.0.0.1:{}", free_port()?),
        ),
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
            "alter role {role} with login password '{PASSWORD}'"
        )))
        .execute(&mut admin)
        .await?;
        let mut url = Url::parse(stack.get("SUPABASE_DB_URL")?)?;
        ensure!(url.set_username(role).is_ok() && url.set_password(Some(PASSWORD)).is_ok());
        let arguments = [
            process,
            "--listen",
            &address,
            "--database-url",
            url.as_str(),
        ];
        processes.push(stack.start_service(&arguments.map(str::to_owned))?);
        eventually(process, PATIENCE, async || {
            let answer = reqwest::get(format!("http://{address}/readyz")).await;
            Ok(answer
                .is_ok_and(|answer| answer.status().is_success())
                .then_some(()))
        })
        .await?;
    }

    // Approval queues a mail.
    let owner = Person::with(&stack.environment, "owner", "user", "pending").await?;
    owner.set_status("approved").await?;
    let customer = json!({ "phone": new_phone(), "user_id": owner.profile_id });
    read(owner.rest(Method::POST, "customers").json(&customer))
        .await?
        .success()?;
    let row = json!({ "name": "Mine", "message_body": "Hello", "user_id": owner.profile_id });
    let written = read(
        owner
            .rest(Method::POST, "campaigns")
            .header("prefer", "return=representation")
            .json(&row),
    )
    .await?
    .success()?;
    let campaign = text(&written[0], "id")?;
    owner.without_quiet_hours(&campaign).await?;
    read(
        owner
            .rest(Method::POST, "rpc/launch_campaign")
            .json(&json!({ "campaign_id": campaign })),
    )
    .await?
    .success()?;
    eventually("the delivery", PATIENCE, async || {
        let row = owner.campaign(&campaign).await?;
        Ok((count(&row, "delivered_count") == 1).then_some(()))
    })
    .await?;
    eventually("the mail", PATIENCE, async || {
        let sent: i64 = sqlx::query_scalar(
            "select count(*) from private.mails where recipient = $1 and state = 'sent'",
        )
        .bind(&owner.email)
        .fetch_one(&mut admin)
        .await?;
        Ok((sent > 0).then_some(()))
    })
    .await?;
    drop(processes);
    stack.stop().await
}
