//! One person, as an operator asks about her; and how everything stands.

use std::{
    collections::BTreeMap,
    os::unix::fs::PermissionsExt as _,
    process::{Command, Output},
    time::Duration,
};

use anyhow::{Result, ensure};
use serde_json::Value;
use stack::process::binary;
use testkit::{
    TestDatabase, eventually, new_phone,
    people::{Person, count, text},
    shared_environment,
};

use crate::terminal::{Terminal, plain};

const PATIENCE: Duration = Duration::from_mins(1);

/// What `dnwerks …` prints on a database.
fn asked(database: &str, arguments: &[&str]) -> Result<Output> {
    Ok(Command::new(binary("dnwerks")?)
        .args(arguments)
        .env_clear()
        .env("SUPABASE_DB_URL", database)
        .output()?)
}

/// What it prints on stdout, if it succeeds.
fn told(database: &str, arguments: &[&str]) -> Result<String> {
    let output = asked(database, arguments)?;
    ensure!(output.status.success(), "{arguments:?}: {output:?}");
    Ok(String::from_utf8(output.stdout)?)
}

fn database_of(environment: &BTreeMap<String, String>) -> String {
    environment
        .get("SUPABASE_DB_URL")
        .cloned()
        .unwrap_or_default()
}

/// That these parts follow one another in a story.
fn in_this_order(story: &str, parts: &[&str]) {
    let mut rest = story;
    for part in parts {
        let at = rest.find(part);
        assert!(at.is_some(), "{part:?} does not follow in: {story}");
        rest = &rest[at.unwrap_or_default() + part.len()..];
    }
}

#[tokio::test]
async fn a_persons_whole_story_is_told_and_then_she_is_forgotten() -> Result<()> {
    let environment = shared_environment()?;
    let database = database_of(&environment);
    let owner = Person::approved(&environment, "why").await?;
    let phone = new_phone();
    let csv = format!("phone,first_name,email\n{phone},Zoë,\n{phone}x,Zoë,\n");
    owner.import(csv.into_bytes()).await?;
    let campaign = owner
        .write_campaign("Story", "Hi {{ first_name }}!")
        .await?;
    owner.send_campaign(&campaign).await?;
    eventually("the delivery", PATIENCE, async || {
        let campaign = owner.campaign(&campaign).await?;
        Ok((count(&campaign, "delivered_count") == 1).then_some(()))
    })
    .await?;

    // The number's: told in the order of time, ending with how things stand.
    let story = told(&database, &["why", &phone])?;
    let customer = format!("became a customer of {} by the import of", owner.email);
    let recipient = format!("became a recipient of 'Story' of {}", owner.email);
    let text_of = format!("text of {}: \"Hi Zoë!\"; delivered", owner.email);
    in_this_order(&story, &[&customer, &recipient, &text_of]);
    in_this_order(&story, &["Twilio says: ", "is delivered"]);
    assert!(story.contains("was rejected: phone_"), "{story}");
    let verdict = format!(
        "{phone} may be texted by {}; no consent is on record, so campaigns that require it leave the customer out.\n",
        owner.email
    );
    assert!(story.ends_with(&verdict), "{story}");

    // The message's, by our id and by Twilio's.
    let json: Value = serde_json::from_str(&told(&database, &["why", &phone, "--json"])?)?;
    let message = &json["messages"][0];
    for id in [text(message, "message_id")?, text(message, "twilio_sid")?] {
        let story = told(&database, &["why", &id])?;
        in_this_order(&story, &["became a recipient", "given to Twilio as SM"]);
        let verdict = format!("This text of 'Story', of {}, was delivered ", owner.email);
        assert!(story.contains(&verdict), "{story}");
    }
    let nobody = asked(&database, &["why", "SM00000000000000000000000000000000"])?;
    assert_eq!(
        String::from_utf8(nobody.stderr)?,
        "error: there is no message with this id, and none is on record\n"
    );

    // The user's.
    let story = told(&database, &["why", &owner.email])?;
    assert!(story.contains("registered"), "{story}");
    assert!(
        story.contains(&format!(
            "{} is an approved user and can sign in",
            owner.email
        )),
        "{story}"
    );

    // Who has said stop is not texted, and why shows since when.
    sqlx::query("select private.suppress($1, null, 'opted_out', 'stop')")
        .bind(&phone)
        .execute(&sqlx::PgPool::connect(&database).await?)
        .await?;
    let stopped = format!("{phone} will not be texted by anybody: opted_out, STOP on 20");
    assert!(told(&database, &["why", &phone])?.contains(&stopped));

    let erased = told(&database, &["forget", &phone, "--why", "case 7", "--yes"])?;
    for rows in [
        "1 public.customers",
        "1 public.campaign_messages",
        "1 public.customer_import_rejects",
    ] {
        assert!(erased.contains(rows), "{rows} is not in: {erased}");
    }
    let story = told(&database, &["why", &phone])?;
    in_this_order(&story, &["erased by an operator: \"case 7\""]);
    let verdict = format!("{phone} will not be texted by anybody: opted_out.\n");
    assert!(story.ends_with(&verdict), "{story}");
    Ok(())
}

#[tokio::test]
async fn what_is_written_down_of_a_person_is_what_is_erased() -> Result<()> {
    let database = TestDatabase::create().await?;
    let url = database.url();
    let tenant = database.tenant("approved").await?;
    let phone = "+14155550100";
    sqlx::query("insert into public.customers (user_id, phone, first_name) values ($1, $2, 'Ann'), ($1, '+14155550101', 'Bea')")
        .bind(tenant.profile_id)
        .bind(phone)
        .execute(database.pool())
        .await?;
    sqlx::query("insert into public.phone_lookups (user_id, phone, valid) values ($1, $2, true)")
        .bind(tenant.profile_id)
        .bind(phone)
        .execute(database.pool())
        .await?;
    let kept = "        1 private.customer_search\n        1 public.customers\n        1 public.phone_lookups\n";

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("person.json");
    let path = file.display().to_string();
    assert_eq!(told(&url, &["export", "(415) 555-0100", "-o", &path])?, "");
    assert_eq!(
        std::fs::metadata(&file)?.permissions().mode() & 0o777,
        0o600
    );
    let export: Value = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
    assert_eq!(
        export["data"]["public.customers"][0]["first_name"], "Ann",
        "{export}"
    );
    assert_eq!(
        export["data"].as_object().map(serde_json::Map::len),
        Some(3),
        "{export}"
    );
    assert!(!export.to_string().contains("Bea"), "{export}");
    let printed: Value = serde_json::from_str(&told(&url, &["export", phone])?)?;
    assert_eq!(printed, export);

    let dry = told(&url, &["forget", phone, "--dry-run"])?;
    assert_eq!(
        dry,
        format!("{kept}Nothing is erased: this was a dry run.\n")
    );
    // Nobody can be asked here.
    let unsure = asked(&url, &["forget", phone])?;
    assert_eq!(unsure.status.code(), Some(1), "{unsure:?}");
    for (answer, erases) in [("no", false), ("yes", true)] {
        let variables = [("SUPABASE_DB_URL", url.as_str())];
        let mut terminal = Terminal::run(&["forget", phone], &variables, 80)?;
        terminal.until("Type yes: ")?;
        terminal.answer(answer)?;
        let said = plain(terminal.until_the_end()?.as_bytes());
        assert_eq!(terminal.code()?, Some(i32::from(!erases)), "{said}");
        let left: i64 =
            sqlx::query_scalar("select count(*) from public.customers where phone = $1")
                .bind(phone)
                .fetch_one(database.pool())
                .await?;
        assert_eq!(left, i64::from(!erases), "{said}");
    }
    assert_eq!(
        told(&url, &["forget", phone, "--yes"])?,
        "Nothing is kept of this number.\n"
    );
    let wrong = asked(&url, &["forget", "Ann", "--yes"])?;
    assert!(String::from_utf8(wrong.stderr)?.contains("write it as +14155550100"));
    Ok(())
}

#[tokio::test]
async fn the_status_is_live_on_a_terminal_of_any_width_and_json_for_others() -> Result<()> {
    let environment = shared_environment()?;
    let database = database_of(&environment);
    let owner = Person::approved(&environment, "status").await?;
    owner
        .import(format!("phone\n{}\n", new_phone()).into_bytes())
        .await?;
    let campaign = owner.write_campaign("Live", "Hi").await?;
    owner.send_campaign(&campaign).await?;

    let json: Value = serde_json::from_str(&told(&database, &["status", "--json"])?)?;
    let processes = json["processes"].as_array().cloned().unwrap_or_default();
    assert!(
        processes.iter().any(|process| process["name"]
            .as_str()
            .is_some_and(|name| name.contains('@'))),
        "{json}"
    );
    let once = told(&database, &["status"])?;
    for part in [
        "DNwerks",
        "Processes",
        "Senders",
        "Queues",
        "messages",
        "Mails",
    ] {
        assert!(once.contains(part), "{part} is not in: {once}");
    }
    assert!(!once.contains('\u{1b}'), "{once:?}");

    let variables = [("SUPABASE_DB_URL", database.as_str())];
    for width in [24, 60, 160] {
        let mut terminal = Terminal::run(&["status"], &variables, width)?;
        // Shown for a second time, in place.
        terminal.until_times("DNwerks", 2)?;
        terminal.interrupt()?;
        let said = terminal.until_the_end()?;
        assert_eq!(terminal.code()?, Some(0), "{said}");
        assert!(said.contains("\u{1b}["), "{said:?}");
        for line in plain(said.as_bytes()).split(['\r', '\n']) {
            assert!(
                line.chars().count() <= usize::from(width),
                "{width}: {line:?}"
            );
        }
    }
    Ok(())
}
