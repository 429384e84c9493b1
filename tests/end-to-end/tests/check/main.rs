//! `dnwerks check` names what is wrong with a set-up, with its remedy: a table of broken ones.

mod database;
mod keys_and_settings;
mod outside;
mod project;
mod stage;

use anyhow::{Result, ensure};
use futures::{StreamExt as _, stream};

use stage::{Case, Stage};
use testkit::TestDatabase;

/// Programs at once: each mostly waits.
const AT_ONCE: usize = 4;

/// Runs all cases, and tells of all that fail.
async fn all_are_named(stage: &Stage, cases: Vec<Case>) -> Result<()> {
    let failures: Vec<String> = stream::iter(cases)
        .map(|case| async move {
            let what = case.what;
            stage
                .expect(case)
                .await
                .err()
                .map(|error| format!("{what}: {error:#}"))
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(|failure| async move { failure })
        .collect()
        .await;
    ensure!(failures.is_empty(), "{}", failures.join("\n\n"));
    Ok(())
}

#[tokio::test]
async fn a_set_up_that_works_has_no_problem() -> Result<()> {
    let stage = Stage::new().await?;
    let (report, code) = stage.check(&[], &[]).await?;
    ensure!(
        report["ok"] == true && code == Some(0),
        "{code:?}: {report:#}"
    );
    for finding in report["checks"].as_array().into_iter().flatten() {
        ensure!(finding["state"] == "ok", "{finding}");
    }
    for name in [
        "settings",
        "supabase.anon_key",
        "supabase.service_role_key",
        "supabase.jwt_secret",
        "auth.signing_keys",
        "auth.confirmations",
        "auth.sign_up",
        "auth.before_user_created_hook",
        "auth.custom_access_token_hook",
        "auth.tokens",
        "auth.site_url",
        "postgrest",
        "database.connection",
        "database.tls",
        "database.role",
        "database.migrations",
        "database.publication",
        "database.pre_request",
        "database.hook_functions",
        "clock.supabase",
        "clock.database",
        "twilio.credentials",
        "twilio.account",
        "twilio.sender",
        "twilio.inbound",
        "twilio.lookup",
        "callbacks.reachable",
        "resend.key",
        "resend.domain",
    ] {
        ensure!(stage::finding(&report, name).is_some(), "{name} is missing");
    }
    Ok(())
}

#[tokio::test]
async fn the_new_kinds_of_keys_are_as_good_as_the_old_ones() -> Result<()> {
    let stage = Stage::new().await?;
    let changes = [
        (
            "SUPABASE_ANON_KEY",
            Some(stage.get("SUPABASE_PUBLISHABLE_KEY")?),
        ),
        (
            "SUPABASE_SERVICE_ROLE_KEY",
            Some(stage.get("SUPABASE_SECRET_KEY")?),
        ),
        ("SUPABASE_JWT_SECRET", None),
    ];
    let (report, _) = stage.check(&changes, &[]).await?;
    ensure!(report["ok"] == true, "{report:#}");
    Ok(())
}

#[tokio::test]
async fn wrong_keys_and_settings_are_named() -> Result<()> {
    let stage = Stage::new().await?;
    let cases = keys_and_settings::cases(&stage)?;
    all_are_named(&stage, cases).await
}

#[tokio::test]
async fn what_is_wrong_with_the_project_is_named() -> Result<()> {
    let stage = Stage::new().await?;
    let project = project::Broken::start(&stage).await?;
    all_are_named(&stage, project.cases()).await?;
    project.stop().await
}

#[tokio::test]
async fn what_is_wrong_with_the_database_is_named() -> Result<()> {
    let stage = Stage::new().await?;
    let broken = database::Broken::create(&stage).await?;
    all_are_named(&stage, broken.cases()).await
}

#[tokio::test]
async fn a_process_is_well_with_its_own_role_and_with_no_other() -> Result<()> {
    let stage = Stage::new().await?;
    let database = TestDatabase::create_in(stage.get("DNWERKS_TEST_DATABASE_URL")?).await?;
    let processes = [
        "accounts",
        "customer-import",
        "mail-worker",
        "send-worker",
        "twilio-callbacks",
    ];
    for (process, another) in processes
        .into_iter()
        .zip(processes.into_iter().cycle().skip(1))
    {
        let own = database.url_of(process)?;
        let changes = [("SUPABASE_DB_URL", Some(own.as_str()))];
        let (report, _) = stage.check(&changes, &[process]).await?;
        let role = stage::finding(&report, "database.role");
        ensure!(
            role.is_some_and(|role| role["state"] == "ok"),
            "{process}: {report:#}"
        );
        let case = Case {
            changes: vec![("SUPABASE_DB_URL", Some(database.url_of(another)?))],
            arguments: vec![process],
            finding: "database.role",
            says: "may only do what the process of dnwerks_",
            remedy: "each process with its own role: dnwerks_accounts",
            ..Case::default()
        };
        stage.expect(case).await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_outside_is_named() -> Result<()> {
    let stage = Stage::new().await?;
    let cases = outside::cases(&stage).await?;
    all_are_named(&stage, cases).await
}

#[tokio::test]
async fn what_cant_be_seen_is_said_with_how_to_look() -> Result<()> {
    let stage = Stage::new().await?;
    let nobody = [("ADMIN_EMAIL", None), ("ADMIN_PASSWORD", None)];
    let (report, code) = stage.check(&nobody, &[]).await?;
    let hook = stage::finding(&report, "auth.custom_access_token_hook");
    ensure!(
        code == Some(0)
            && hook.is_some_and(|hook| {
                hook["state"] == "skipped"
                    && hook["remedy"]
                        .as_str()
                        .is_some_and(|how| how.contains("--email"))
            }),
        "{report:#}"
    );
    Ok(())
}

#[tokio::test]
async fn the_text_begins_with_the_problems() -> Result<()> {
    let stage = Stage::new().await?;
    let output = stage
        .run(&[("RESEND_FROM_EMAIL", Some("nobody"))], &["check"])
        .await?;
    let text = String::from_utf8(output.stdout)?;
    let mut lines = text.lines();
    ensure!(
        output.status.code() == Some(1) && output.stderr.is_empty(),
        "{text}"
    );
    ensure!(
        lines
            .next()
            .is_some_and(|line| line.starts_with("problem") && line.ends_with("resend.from"))
            && lines
                .next()
                .is_some_and(|line| line.contains("RESEND_FROM_EMAIL"))
            && lines
                .next()
                .is_some_and(|line| line.contains("→ Write it as")),
        "{text}"
    );
    ensure!(
        !text.contains('\u{1b}'),
        "colours where there is no terminal"
    );
    ensure!(text.trim_end().ends_with("1 problem."), "{text}");

    let skipped = stage
        .run(
            &[("RESEND_FROM_EMAIL", Some("nobody"))],
            &["check", "--skip", "resend"],
        )
        .await?;
    ensure!(skipped.status.success());
    let one = stage
        .run(
            &[("RESEND_FROM_EMAIL", Some("nobody"))],
            &["check", "send-worker"],
        )
        .await?;
    let text = String::from_utf8(one.stdout)?;
    ensure!(one.status.success() && !text.contains("RESEND"), "{text}");
    Ok(())
}
