//! The command line, as an operator sees it.

mod people;
mod terminal;

use std::fmt::Write as _;
use std::process::{Command, Output};

use anyhow::Result;
use stack::process::binary;
use testkit::{people::Person, shared_environment};

use terminal::{Terminal, plain};

const PROCESSES: [&str; 7] = [
    "dashboard-api",
    "accounts",
    "customer-import",
    "send-worker",
    "twilio-callbacks",
    "mail-worker",
    "all",
];

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
    for process in PROCESSES {
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
    let mut lines = report
        .lines()
        .skip_while(|line| *line != "problem  settings.RESEND_API_KEY")
        .skip(1);
    let (detail, remedy) = (
        lines.next().unwrap_or_default(),
        lines.next().unwrap_or_default(),
    );
    assert!(
        detail.contains("mail-worker can't start without it"),
        "{report}"
    );
    assert!(
        remedy.contains("→ Set RESEND_API_KEY: the API key"),
        "{report}"
    );
    assert!(
        lines.any(|line| line.starts_with("MISSING  RESEND_API_KEY")),
        "{report}"
    );
    Ok(())
}

#[test]
fn every_subcommand_teaches_by_examples() -> Result<()> {
    let others = [
        "check",
        "migrate",
        "healthy",
        "import",
        "consent",
        "status",
        "why",
        "export",
        "forget",
        "audit",
        "sending",
        "admin create",
        "admin second-factor",
        "completions",
        "man",
    ];
    for subcommand in PROCESSES.into_iter().chain(others) {
        let mut arguments: Vec<_> = subcommand.split(' ').collect();
        arguments.push("--help");
        let help = String::from_utf8(dnwerks(&arguments)?.stdout)?;
        let example = format!("  dnwerks {subcommand} ");
        assert!(
            help.contains("Examples:\n") && help.contains(&example),
            "{subcommand}: {help}"
        );
    }
    Ok(())
}

#[test]
fn an_error_is_one_plain_line() -> Result<()> {
    let output = Command::new(binary("dnwerks")?)
        .args(["migrate", "--folder", "/nowhere"])
        .env_clear()
        .env("SUPABASE_DB_URL", "postgres://nobody@127.0.0.1:1/none")
        .output()?;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr)?,
        "error: reading /nowhere: No such file or directory (os error 2)\n"
    );
    Ok(())
}

#[test]
fn shells_get_completions_and_man_its_pages_without_anybodys_settings() -> Result<()> {
    for shell in ["bash", "zsh", "fish"] {
        let script = String::from_utf8(dnwerks(&["completions", shell])?.stdout)?;
        assert!(script.contains("twilio-callbacks"), "{shell}");
    }
    let folder = tempfile::tempdir()?;
    let output = Command::new(binary("dnwerks")?)
        .arg("man")
        .arg(folder.path().join("man1"))
        .env_clear()
        .env("PUBLIC_BASE_URL", "https://only-here.example.com")
        .output()?;
    assert!(output.status.success(), "{output:?}");
    for page in ["dnwerks.1", "dnwerks-check.1", "dnwerks-all.1"] {
        let text = std::fs::read_to_string(folder.path().join("man1").join(page))?;
        assert!(text.contains(".TH"), "{page}");
        assert!(
            !text.contains("only-here"),
            "{page} holds a setting of this machine"
        );
    }
    Ok(())
}

#[test]
fn colour_is_for_terminals_that_want_it() -> Result<()> {
    for (variables, is_coloured) in [(&[][..], true), (&[("NO_COLOR", "1")], false)] {
        let mut terminal = Terminal::run(&["check", "send-worker"], variables, 80)?;
        let said = terminal.until_the_end()?;
        assert!(said.contains("TWILIO_ACCOUNT_SID"), "{said}");
        assert_eq!(said.contains("\u{1b}["), is_coloured, "{said:?}");
    }
    assert!(!String::from_utf8(dnwerks(&["check"])?.stdout)?.contains('\u{1b}'));
    Ok(())
}

#[tokio::test]
async fn an_import_fits_any_terminal_and_ctrl_c_cancels_it_for_good() -> Result<()> {
    let environment = shared_environment()?;
    let person = Person::approved(&environment, "import-at-a-terminal").await?;
    let database = environment
        .get("SUPABASE_DB_URL")
        .cloned()
        .unwrap_or_default();
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("many.csv");
    let mut rows = String::from("phone,first_name,last_name,email\n");
    for row in 0..1_000_000 {
        writeln!(rows, "+1212{row:07},Ann,Example,ann{row}@example.com")?;
    }
    std::fs::write(&file, rows)?;
    let file = file.display().to_string();
    for width in [24, 60, 160] {
        let arguments = ["import", &file, "--user", &person.email];
        let variables = [("SUPABASE_DB_URL", database.as_str())];
        let mut terminal = Terminal::run(&arguments, &variables, width)?;
        terminal.until(" rows")?;
        terminal.interrupt()?;
        terminal.until("Canceling: nothing of the file will be imported.")?;
        let said = plain(terminal.until_the_end()?.as_bytes());
        assert_eq!(terminal.code()?, Some(130), "{said}");
        assert!(
            said.ends_with("error: canceled: nothing of the file was imported\r\n"),
            "{said:?}"
        );
        // What is written over itself must fit, or each time a line is left behind.
        // What was said to stay may be longer.
        let bars = said
            .split(['\r', '\n'])
            .filter(|line| line.contains('%') && !line.contains("Canceling"));
        for line in bars {
            assert!(
                line.chars().count() <= usize::from(width),
                "{width}: {line:?}"
            );
        }
    }
    let pool = sqlx::PgPool::connect(&database).await?;
    let left: (i64, i64) = sqlx::query_as(
        "select (select count(*) from public.customers c where c.user_id = $1::uuid),
                (select count(*) from public.customer_imports i where i.user_id = $1::uuid and i.status <> 'canceled')",
    )
    .bind(&person.profile_id)
    .fetch_one(&pool)
    .await?;
    assert_eq!(left, (0, 0));
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
