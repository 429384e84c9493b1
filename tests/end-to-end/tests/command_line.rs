//! The command line, as an operator sees it.

use std::process::{Command, Output};

use anyhow::Result;
use stack::process::binary;

fn dnwerks(arguments: &[&str]) -> Result<Output> {
    Ok(Command::new(binary("dnwerks")?)
        .args(arguments)
        .env_clear()
        .output()?)
}

#[test]
fn all_missing_settings_are_named_at_once() -> Result<()> {
    let output = dnwerks(&["all"])?;
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8(output.stderr)?;
    for name in [
        "SUPABASE_URL",
        "SUPABASE_ANON_KEY",
        "SUPABASE_SERVICE_ROLE_KEY",
        "SUPABASE_DB_URL",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_PHONE_NUMBER",
        "RESEND_API_KEY",
        "RESEND_FROM_EMAIL",
        "PUBLIC_BASE_URL",
        "NEXTAUTH_URL",
    ] {
        assert!(
            complaint.contains(name),
            "{name} is not named in: {complaint}"
        );
    }
    Ok(())
}

#[test]
fn every_process_explains_itself() -> Result<()> {
    for process in [
        "dashboard-api",
        "accounts",
        "customer-import",
        "send-worker",
        "twilio-callbacks",
        "mail-worker",
        "all",
    ] {
        let output = dnwerks(&[process, "--help"])?;
        assert!(output.status.success(), "{process}");
        let help = String::from_utf8(output.stdout)?;
        assert!(help.contains("LISTEN"), "{process}: {help}");
    }
    Ok(())
}

#[test]
fn check_says_what_is_missing_and_for_which_process() -> Result<()> {
    let output = dnwerks(&["check"])?;
    assert_eq!(output.status.code(), Some(1));
    let report = String::from_utf8(output.stdout)?;
    let line = report
        .lines()
        .find(|line| line.contains("RESEND_API_KEY"))
        .unwrap_or_default();
    assert!(
        line.contains("MISSING") && line.contains("mail-worker"),
        "{report}"
    );
    Ok(())
}

#[test]
fn the_readme_names_every_setting() -> Result<()> {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md"))?;
    let report = String::from_utf8(dnwerks(&["check"])?.stdout)?;
    let settings = report
        .lines()
        .skip_while(|line| *line != "Settings")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            line.split_whitespace()
                .find(|word| word.contains('_') || *word == "LISTEN")
        });
    for setting in settings {
        assert!(
            readme.contains(setting),
            "README.md does not name {setting}"
        );
    }
    Ok(())
}
