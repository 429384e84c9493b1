//! Phone lookups through the real APIs: each account's own cache and limit.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use futures::future::try_join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use testkit::{
    http_client, new_phones,
    people::{Person, read},
    shared_environment,
};

/// The operator's default limit.
const DAILY_LIMIT: i32 = 1000;

/// Twilio, as localstack stands in for it.
struct Twilio(String);

impl Twilio {
    fn of(environment: &BTreeMap<String, String>) -> Result<Self> {
        let control = environment
            .get("LOCALSTACK_TWILIO_CONTROL_URL")
            .context("no LOCALSTACK_TWILIO_CONTROL_URL")?;
        Ok(Self(format!("{control}/lookups")))
    }

    async fn say(&self, lines: Value) -> Result<()> {
        let answer = http_client()?.post(&self.0).json(&lines).send().await?;
        answer.error_for_status()?;
        Ok(())
    }

    async fn requests_for(&self, phones: &[String]) -> Result<u64> {
        let lines = read(http_client()?.get(&self.0)).await?.success()?;
        let count = |phone: &String| lines["requests"][phone].as_u64().unwrap_or(0);
        Ok(phones.iter().map(count).sum())
    }
}

fn look_up(person: &Person, phone: &str) -> reqwest::RequestBuilder {
    let path = "/api/customers/lookup?verify=twilio&phone=%2B".to_owned();
    person.api(Method::GET, &(path + phone.trim_start_matches('+')))
}

fn create(person: &Person, phone: &str) -> reqwest::RequestBuilder {
    person
        .api(Method::POST, "/api/customers?verify=twilio")
        .json(&json!({ "phone": phone }))
}

/// Leaves a user this many lookups for today.
async fn leave(environment: &BTreeMap<String, String>, person: &Person, left: i32) -> Result<()> {
    let mut connection = PgConnection::connect(&environment["SUPABASE_DB_URL"]).await?;
    sqlx::query(
        "insert into private.phone_lookup_spending (user_id, day, lookups) \
         values ($1::uuid, (now() at time zone 'utc')::date, $2) \
         on conflict (user_id, day) do update set lookups = excluded.lookups",
    )
    .bind(&person.profile_id)
    .bind(DAILY_LIMIT - left)
    .execute(&mut connection)
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_second_look_costs_nothing_and_another_account_has_its_own() -> Result<()> {
    let environment = shared_environment()?;
    let twilio = Twilio::of(&environment)?;
    let alice = Person::approved(&environment, "alice").await?;
    let bob = Person::approved(&environment, "bob").await?;
    let phones @ [phone] = &new_phones();
    twilio
        .say(json!({ phone: { "line_type": "nonFixedVoip" } }))
        .await?;

    for cached in [false, true] {
        let answer = read(look_up(&alice, phone)).await?.success()?;
        assert_eq!(
            answer["verification"]["line_type"], "nonFixedVoip",
            "{answer}"
        );
        assert_eq!(answer["verification"]["cached"], cached, "{answer}");
        assert_eq!(twilio.requests_for(phones).await?, 1);
    }
    let kept = read(alice.rest(Method::GET, "phone_lookups"))
        .await?
        .success()?;
    assert_eq!(kept[0]["phone"], json!(phone));

    // Bob can neither see Alice's cache, nor use it, nor write to it.
    let seen = read(bob.rest(Method::GET, "phone_lookups"))
        .await?
        .success()?;
    assert_eq!(seen, json!([]));
    let row = json!({ "user_id": alice.profile_id, "phone": phone, "valid": false });
    let written = read(bob.rest(Method::POST, "phone_lookups").json(&row)).await?;
    assert!(written.status.is_client_error(), "{}", written.body);
    let poison = json!({ "result": { "phone": phone, "valid": false } });
    read(
        bob.rest(Method::POST, "rpc/record_phone_lookup")
            .json(&poison),
    )
    .await?
    .success()?;
    let answer = read(look_up(&alice, phone)).await?.success()?;
    assert_eq!(answer["verification"]["valid"], true, "{answer}");
    Ok(())
}

#[tokio::test]
async fn fifty_at_once_never_exceed_the_limit_and_spend_nobody_elses() -> Result<()> {
    let environment = shared_environment()?;
    let twilio = Twilio::of(&environment)?;
    let alice = Person::approved(&environment, "alice").await?;
    let bob = Person::approved(&environment, "bob").await?;
    leave(&environment, &alice, 5).await?;
    let phones: [String; 51] = new_phones();
    let [spare, asked @ ..] = &phones;

    let answers = try_join_all(asked.iter().map(|phone| read(look_up(&alice, phone)))).await?;
    let count = |status| answers.iter().filter(|a| a.status == status).count();
    assert_eq!(count(StatusCode::OK), 5);
    assert_eq!(count(StatusCode::TOO_MANY_REQUESTS), 45);
    assert_eq!(twilio.requests_for(asked).await?, 5);

    let refused = look_up(&alice, spare).send().await?;
    let seconds: u64 = refused.headers()["retry-after"].to_str()?.parse()?;
    assert!((1..=86_400).contains(&seconds), "{seconds}");
    let body: Value = refused.json().await?;
    assert_eq!(body["code"], "lookup_limit_reached");

    // Users can't refund their own lookups, and passing their own limit grants none.
    let give = json!({ "owner": alice.profile_id, "unused": 50 });
    let given = read(
        alice
            .rest(Method::POST, "rpc/give_back_phone_lookups")
            .json(&give),
    )
    .await?;
    assert!(given.status.is_client_error(), "{}", given.body);
    let begin = json!({ "phone": spare, "max_age": "90 days", "daily_limit": 1_000_000 });
    read(
        alice
            .rest(Method::POST, "rpc/begin_phone_lookup")
            .json(&begin),
    )
    .await?
    .success()?;
    let again = read(look_up(&alice, spare)).await?;
    assert_eq!(again.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(twilio.requests_for(&phones).await?, 5);

    read(look_up(&bob, spare)).await?.success()?;
    Ok(())
}

#[tokio::test]
async fn a_new_customer_is_verified_before_it_is_created() -> Result<()> {
    let environment = shared_environment()?;
    let twilio = Twilio::of(&environment)?;
    let alice = Person::approved(&environment, "alice").await?;
    let [mobile, landline, invalid, unanswered, beyond] = &new_phones();
    twilio
        .say(json!({
            landline: { "line_type": "landline" }, invalid: { "valid": false }, unanswered: { "error": 20503 },
        }))
        .await?;

    for (phone, code) in [(landline, "phone_landline"), (invalid, "phone_invalid")] {
        let refused = read(create(&alice, phone)).await?;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            refused.body["errors"][0]["field"], "phone",
            "{}",
            refused.body
        );
        assert_eq!(refused.body["errors"][0]["code"], code, "{}", refused.body);
    }
    let failed = read(create(&alice, unanswered)).await?;
    assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(failed.body["code"], "lookup_failed");
    let customer = read(create(&alice, mobile)).await?.success()?;
    leave(&environment, &alice, 0).await?;
    let limited = read(create(&alice, beyond)).await?;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);

    let page = read(alice.api(Method::GET, "/api/customers"))
        .await?
        .success()?;
    assert_eq!(page["total"], 1, "{page}");
    // Cached results stay free.
    let answer = read(look_up(&alice, mobile)).await?.success()?;
    assert_eq!(answer["customer_id"], customer["id"], "{answer}");
    Ok(())
}

#[tokio::test]
async fn a_lookup_never_tells_whether_another_account_has_the_number() -> Result<()> {
    let environment = shared_environment()?;
    let alice = Person::approved(&environment, "alice").await?;
    let bob = Person::approved(&environment, "bob").await?;
    let admin = Person::with(&environment, "admin", "admin", "approved").await?;
    let [theirs, nobodys] = &new_phones();
    read(create(&alice, theirs)).await?.success()?;
    for person in [&bob, &admin] {
        for phone in [theirs, nobodys] {
            let answer = read(look_up(person, phone)).await?.success()?;
            assert_eq!(answer["customer_id"], Value::Null, "{answer}");
            assert_eq!(answer["verification"]["cached"], false, "{answer}");
        }
    }
    let pending = Person::with(&environment, "pending", "user", "pending").await?;
    let refused = read(look_up(&pending, theirs)).await?;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    Ok(())
}

#[tokio::test]
async fn an_import_verifies_new_numbers_and_rejects_those_that_cannot_be_texted() -> Result<()> {
    let environment = shared_environment()?;
    let twilio = Twilio::of(&environment)?;
    let alice = Person::approved(&environment, "alice").await?;
    let phones @ [mobile, landline, nobody, over] = &new_phones();
    twilio
        .say(json!({
            mobile: { "line_type": "mobile" }, landline: { "line_type": "landline" },
            nobody: { "valid": false }, over: { "line_type": "mobile" },
        }))
        .await?;
    let import = async |query: &str| -> Result<Value> {
        let file = format!("phone,note\n{mobile},a\n{landline},b\n{nobody},c\n");
        let request = alice
            .api(Method::POST, &format!("/api/customers/import{query}"))
            .header("content-type", "text/csv")
            .body(file);
        read(request).await?.success()
    };
    for dry_run in ["&dry_run=true", ""] {
        let report = import(&format!("?verify=twilio{dry_run}")).await?;
        assert_eq!(report["inserted"], 1, "{report}");
        assert_eq!(
            report["rejected_by_code"],
            json!({ "phone_invalid": 1, "phone_landline": 1 })
        );
        assert_eq!(
            report["verification"],
            json!({ "textable": 1, "rejected": 2, "limit_reached": 0, "unanswered": 0 })
        );
    }
    // The dry run's results are not requested again.
    assert_eq!(twilio.requests_for(phones).await?, 3);
    let id = read(alice.api(Method::GET, "/api/customers/imports"))
        .await?
        .success()?["data"][0]["id"]
        .as_str()
        .context("an id")?
        .to_owned();
    let path = format!("/api/customers/imports/{id}/rejects");
    let rejects = alice.api(Method::GET, &path).send().await?.text().await?;
    let line = format!("'{landline},,3,phone,\"this is a landline, which can't be texted\"");
    assert!(rejects.lines().any(|found| found == line), "{rejects}");

    // A used-up limit rejects nobody: those numbers are only checked for their format, and counted.
    leave(&environment, &alice, 0).await?;
    let request = alice
        .api(Method::POST, "/api/customers/import?verify=twilio")
        .header("content-type", "text/csv")
        .body(format!("phone\n{over}\n"));
    let report = read(request).await?.success()?;
    assert_eq!(
        (
            &report["inserted"],
            &report["verification"]["limit_reached"]
        ),
        (&json!(1), &json!(1))
    );
    Ok(())
}
