//! Each process does all of its work with a role of its own, which reaches nothing else. The whole suites of accounts
//! and of imports run with these roles too: `scripts/test roles`.

use std::time::Duration;

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use stack::{Services, Stack, StackOptions};
use testkit::{
    eventually, new_phone,
    people::{PASSWORD, Person, count, read, text},
};

const PATIENCE: Duration = Duration::from_mins(1);

async fn start() -> Result<Stack> {
    Stack::start(&StackOptions {
        services: Services::Each,
        ..StackOptions::default()
    })
    .await
}

#[tokio::test]
async fn a_campaign_is_imported_sent_and_delivered_by_processes_with_their_own_roles() -> Result<()>
{
    let stack = start().await?;
    let mut superuser = PgConnection::connect(stack.get("DNWERKS_TEST_DATABASE_URL")?).await?;
    // Approval queues a mail.
    let owner = Person::with(&stack.environment, "owner", "user", "pending").await?;
    owner.set_status("approved").await?;
    let report = owner
        .import(format!("Phone,Name\n{},Ada\nnone,Bob\n", new_phone()).into_bytes())
        .await?;
    ensure!(
        report["inserted"] == 1 && report["rejected"] == 1,
        "{report}"
    );
    let campaign = owner.write_campaign("Mine", "Hello").await?;
    owner.send_campaign(&campaign).await?;
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
        .fetch_one(&mut superuser)
        .await?;
        Ok((sent > 0).then_some(()))
    })
    .await?;
    stack.stop().await
}

/// What `process` must not do: a statement for each, refused for want of a right.
async fn is_refused(stack: &Stack, process: &str, statements: &[&'static str]) -> Result<()> {
    let url = stack.database_url_of(process).await?;
    let mut connection = PgConnection::connect(url.as_str()).await?;
    for statement in statements {
        let Err(error) = sqlx::raw_sql(*statement).execute(&mut connection).await else {
            anyhow::bail!("{process} may: {statement}");
        };
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        ensure!(
            code.as_deref() == Some("42501"),
            "{process}: {statement}: {error}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_role_is_refused_what_is_another_process_s() -> Result<()> {
    let stack = Stack::start(&StackOptions {
        services: Services::None,
        ..StackOptions::default()
    })
    .await?;
    let everybody_s = [
        "select from auth.users",
        "select from auth.sessions",
        "delete from auth.sessions",
        "select from private.number_hash_key",
        "select from private.audit_log",
        "select from private.consent_events",
        "update public.user_profiles set user_id = null",
        "delete from public.user_profiles",
        "delete from public.customers",
        "truncate public.customers",
        "alter table public.customers disable trigger all",
        "set session_replication_role = replica",
        "set role postgres",
        "set role service_role",
        "create table public.mine ()",
        "create function private.mine() returns integer language sql return 1",
        "select from private.erase_person('', '', null)",
    ];
    for process in [
        "accounts",
        "customer-import",
        "mail-worker",
        "send-worker",
        "twilio-callbacks",
    ] {
        is_refused(&stack, process, &everybody_s).await?;
    }
    let for_accounts = [
        "select from public.customers",
        "select phone from public.customers",
        "insert into public.customers (phone) values ('+14155550100')",
        "update public.customers set status = 'active'",
        "select from public.campaigns",
        "select message_body from public.campaign_messages",
        "select from private.mails",
        "select encrypted_password from auth.users",
        "insert into public.user_profiles (role) values ('admin')",
        "insert into public.password_reset_tokens (token) values ('x')",
        "insert into private.suppressions (phone) values ('+14155550100')",
        "select from private.take_messages('', 1, interval '1 s')",
        "select from private.skip_triggers(gen_random_uuid())",
        "select from private.queue_mail('invitation', 'ann@people.test', '{}')",
    ];
    is_refused(&stack, "accounts", &for_accounts).await?;
    let for_imports = [
        "select from private.auth_accounts",
        "select from private.users",
        "select from public.password_reset_tokens",
        "select from public.admin_password_resets",
        "select from public.invite_codes",
        "select from private.mails",
        "update public.user_profiles set role = 'admin'",
        "update public.customers set user_id = null",
        "update public.customers set phone = '+14155550100'",
        "update public.customer_imports set user_id = null",
        "delete from private.suppressions",
        "update private.suppressions set lifted_at = now()",
        "select from public.campaigns",
        "select from private.open_password_reset(null, '', '', interval '1 h')",
        "select from private.take_messages('', 1, interval '1 s')",
        "select from private.record_deliveries(null, true)",
    ];
    is_refused(&stack, "customer-import", &for_imports).await?;
    for process in ["mail-worker", "send-worker", "twilio-callbacks"] {
        let statements = [
            "select from public.customers",
            "select from public.user_profiles",
            "select from private.auth_accounts",
            "select from private.users",
            "select from public.password_reset_tokens",
            "select from private.delete_account(null, null, null)",
            "select from private.skip_triggers(gen_random_uuid())",
        ];
        is_refused(&stack, process, &statements).await?;
    }
    stack.stop().await
}

/// A process that is given another's role, or a database without its rights, says what to do.
#[tokio::test]
async fn a_process_with_another_s_role_says_so() -> Result<()> {
    let stack = start().await?;
    let url = stack.database_url_of("mail-worker").await?;
    let port = testkit::free_port()?;
    let arguments = [
        "accounts",
        "--listen",
        &format!("127.0.0.1:{port}"),
        "--database-url",
        url.as_str(),
    ];
    let wrong = stack.start_service(&arguments.map(str::to_owned))?;
    let said = "may not do what this process needs";
    eventually("the complaint", PATIENCE, async || {
        let log = std::fs::read_to_string(stack.log())?;
        Ok((log.contains(said) && log.contains("permission denied for")).then_some(()))
    })
    .await?;
    wrong.stop().await?;

    // Others are not disturbed.
    let person = Person::approved(&stack.environment, "ann").await?;
    let login = json!({ "email": person.email, "password": PASSWORD });
    let session = read(person.api(Method::POST, "/api/auth/login").json(&login))
        .await?
        .success()?;
    ensure!(text(&session, "access_token")?.len() > 20);
    stack.stop().await
}
