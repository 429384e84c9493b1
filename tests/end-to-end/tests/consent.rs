//! Consent and suppressions as owners and admins see them through the API, and as operators do from a terminal.

use std::process::{Command, Output};

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::{Value, json};
use stack::process::binary;
use testkit::{
    TestDatabase, new_phone,
    people::{Person, count, read, text},
    shared_environment,
};

async fn ask(person: &Person, method: Method, path: &str, body: Value) -> Result<(u16, Value)> {
    let request = person.api(method, path);
    let request = if body.is_null() {
        request
    } else {
        request.json(&body)
    };
    let answer = read(request).await?;
    Ok((answer.status.as_u16(), answer.body))
}

async fn made(owner: &Person, phone: &str) -> Result<String> {
    let (status, customer) = ask(
        owner,
        Method::POST,
        "/api/customers",
        json!({ "phone": phone }),
    )
    .await?;
    assert_eq!(status, 201, "{customer}");
    text(&customer, "id")
}

#[tokio::test]
async fn what_a_customer_said_is_kept_and_shown_to_its_owner_and_admins_only() -> Result<()> {
    let environment = shared_environment()?;
    let owner = Person::approved(&environment, "owner").await?;
    let other = Person::approved(&environment, "other").await?;
    let admin = Person::with(&environment, "admin", "admin", "approved").await?;
    let phone = new_phone();
    let path = format!("/api/customers/{}/consent", made(&owner, &phone).await?);

    let given = json!({ "action": "given", "happened_at": "2026-01-31", "evidence": { "how": "signed form" } });
    let (status, state) = ask(&owner, Method::POST, &path, given.clone()).await?;
    assert_eq!(status, 200, "{state}");
    assert_eq!(
        state,
        json!({ "has_consent": true, "may_text": true, "suppressed_for": null })
    );
    for body in [Value::Null, given] {
        let method = if body.is_null() {
            Method::GET
        } else {
            Method::POST
        };
        let (status, answer) = ask(&other, method, &path, body).await?;
        assert_eq!(
            (status, &answer["code"]),
            (404, &json!("customer_not_found")),
            "{answer}"
        );
    }
    let (status, answer) = ask(&owner, Method::POST, &path, json!({ "action": "yes" })).await?;
    assert_eq!(
        (status, &answer["errors"][0]["field"]),
        (422, &json!("action")),
        "{answer}"
    );
    let future = json!({ "action": "given", "happened_at": "2999-01-01" });
    let (status, answer) = ask(&owner, Method::POST, &path, future).await?;
    assert_eq!(
        (status, &answer["code"]),
        (422, &json!("consent_in_the_future")),
        "{answer}"
    );

    let (status, state) = ask(&owner, Method::POST, &path, json!({ "action": "revoked" })).await?;
    assert_eq!(status, 200, "{state}");
    assert_eq!(
        state,
        json!({ "has_consent": false, "may_text": false, "suppressed_for": "manual" })
    );
    for person in [&owner, &admin] {
        let (status, story) = ask(person, Method::GET, &path, Value::Null).await?;
        assert_eq!(status, 200, "{story}");
        assert_eq!(story["phone"], json!(phone));
        assert_eq!(
            story["consents"][0]["evidence"]["how"], "signed form",
            "{story}"
        );
        assert_eq!(story["consents"][1]["action"], "revoked", "{story}");
        assert_eq!(story["suppressions"][0]["reason"], "manual", "{story}");
    }
    Ok(())
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story")]
async fn owners_suppress_for_themselves_and_lift_only_that() -> Result<()> {
    let environment = shared_environment()?;
    let owner = Person::approved(&environment, "owner").await?;
    let other = Person::approved(&environment, "other").await?;
    let admin = Person::with(&environment, "admin", "admin", "approved").await?;
    let (phone, second) = (new_phone(), new_phone());
    let customer = made(&owner, &phone).await?;

    let own_list = json!({ "phones": [phone, second, "12"], "note": "Lawyers" });
    let (status, answer) = ask(&owner, Method::POST, "/api/suppressions", own_list).await?;
    assert_eq!(
        (status, answer),
        (200, json!({ "added": 2, "already": 0, "invalid": ["12"] }))
    );
    let (_, row) = ask(
        &owner,
        Method::GET,
        &format!("/api/customers/{customer}"),
        Value::Null,
    )
    .await?;
    assert_eq!(
        (&row["status"], &row["inactive_reason"]),
        (&json!("inactive"), &json!("listed"))
    );
    let page = "/api/suppressions?reason=listed,manual&per_page=1&page=2";
    let (status, page) = ask(&owner, Method::GET, page, Value::Null).await?;
    assert_eq!(
        (status, count(&page, "total"), count(&page, "total_pages")),
        (200, 2, 2),
        "{page}"
    );
    let (_, page) = ask(
        &other,
        Method::GET,
        "/api/suppressions?lifted=true",
        Value::Null,
    )
    .await?;
    assert_eq!(page["data"], json!([]), "{page}");
    let (status, answer) = ask(
        &owner,
        Method::GET,
        "/api/suppressions?reason=list",
        Value::Null,
    )
    .await?;
    assert_eq!(
        (status, &answer["errors"][0]["field"]),
        (422, &json!("reason")),
        "{answer}"
    );

    // Not encoded, a plus is a blank.
    let found = format!("/api/suppressions?phone={phone}");
    let (_, page) = ask(&owner, Method::GET, &found, Value::Null).await?;
    assert_eq!(page["data"][0]["note"], "Lawyers", "{page}");
    let lift = format!("/api/suppressions/{}/lift", text(&page["data"][0], "id")?);
    let why = json!({ "why": "It is another firm" });
    let (status, answer) = ask(&other, Method::POST, &lift, why.clone()).await?;
    assert_eq!(
        (status, &answer["code"]),
        (404, &json!("suppression_not_found")),
        "{answer}"
    );
    let (status, answer) = ask(&owner, Method::POST, &lift, json!({ "why": " " })).await?;
    assert_eq!(
        (status, &answer["errors"][0]["code"]),
        (422, &json!("why_required")),
        "{answer}"
    );
    let (status, answer) = ask(&owner, Method::POST, &lift, why.clone()).await?;
    assert_eq!(
        (status, &answer["lift"]["why"]),
        (200, &why["why"]),
        "{answer}"
    );
    let (status, answer) = ask(&owner, Method::POST, &lift, why).await?;
    assert_eq!(
        (status, &answer["code"]),
        (409, &json!("suppression_already_lifted")),
        "{answer}"
    );

    let opted_out = json!({ "phone": phone, "reason": "opted_out", "note": "By telephone" });
    let (status, answer) =
        ask(&owner, Method::POST, "/api/suppressions", opted_out.clone()).await?;
    assert_eq!(
        (status, &answer["code"]),
        (403, &json!("admin_required")),
        "{answer}"
    );
    let (status, entry) = ask(&admin, Method::POST, "/api/suppressions", opted_out).await?;
    assert_eq!((status, &entry["user_id"]), (200, &Value::Null), "{entry}");
    let lift = format!("/api/suppressions/{}/lift", text(&entry, "id")?);
    let (status, answer) = ask(
        &owner,
        Method::POST,
        &lift,
        json!({ "why": "She changed her mind" }),
    )
    .await?;
    assert_eq!(
        (status, &answer["code"]),
        (403, &json!("suppression_not_liftable")),
        "{answer}"
    );
    let (status, answer) = ask(&admin, Method::POST, &lift, json!({ "why": "A mistake" })).await?;
    assert_eq!(
        (status, &answer["code"]),
        (422, &json!("why_required")),
        "{answer}"
    );
    let why = json!({ "why": "Her mail of 23 November asks for texts" });
    assert_eq!(ask(&admin, Method::POST, &lift, why).await?.0, 200);
    Ok(())
}

/// What `dnwerks consent …` prints and whether it succeeds.
fn consent(database: &TestDatabase, arguments: &[&str]) -> Result<(bool, String)> {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(binary("dnwerks")?)
        .arg("consent")
        .args(arguments)
        .env_clear()
        .env("SUPABASE_DB_URL", database.url())
        .output()?;
    let text = String::from_utf8(stdout)? + &String::from_utf8(stderr)?;
    Ok((status.success(), text))
}

#[tokio::test]
async fn an_operator_checks_shows_and_erases_what_is_known_of_a_number() -> Result<()> {
    let database = TestDatabase::create().await?;
    let pool = database.pool();
    let tenant = database.tenant("approved").await?;
    let phones = ["+14155550100", "+14155550101"];
    for phone in phones {
        for (action, source) in [("given", "import"), ("revoked", "person")] {
            sqlx::query("select private.record_consents($1, $1, array[row($2, $3, null, $4, '{\"row\": 3}')::private.new_consent])")
                .bind(tenant.profile_id)
                .bind(phone)
                .bind(action)
                .bind(source)
                .execute(pool)
                .await?;
        }
    }
    sqlx::query("select private.suppress($1, null, 'opted_out', 'stop', '{}')")
        .bind(phones[0])
        .execute(pool)
        .await?;
    let holds = (true, "4 events of 2 numbers hold.\n".to_owned());
    assert_eq!(consent(&database, &["verify"])?, holds);

    let (ok, story) = consent(&database, &["export", "+1 415 555 0100"])?;
    assert!(ok, "{story}");
    let parts = [
        "must not be texted: opted_out",
        "agreed to texts of",
        "import",
        "took back",
        "by stop",
    ];
    for part in parts {
        assert!(story.contains(part), "{part} is not in: {story}");
    }
    assert!(story.contains("@tenants.test"), "{story}");
    let account = tenant.profile_id.to_string();
    let (ok, json) = consent(
        &database,
        &["export", phones[0], "--json", "--account", &account],
    )?;
    assert!(ok, "{json}");
    let json: Value = serde_json::from_str(&json)?;
    assert_eq!(json["consents"].as_array().map(Vec::len), Some(2), "{json}");
    assert!(
        !consent(
            &database,
            &["export", phones[0], "--account", "nobody@example.com"]
        )?
        .0
    );
    let (ok, complaint) = consent(&database, &["export", "Ann"])?;
    assert!(
        !ok && complaint.contains("not a phone number"),
        "{complaint}"
    );

    // Whoever may do anything with the database changes what was said.
    sqlx::raw_sql(
        "alter table private.consent_events disable trigger keep_consent_events;
         update private.consent_events set action = 'given' where phone = '+14155550101' and sequence = 2;
         alter table private.consent_events enable always trigger keep_consent_events;",
    )
    .execute(pool)
    .await?;
    let (id, hash): (i64, String) = sqlx::query_as(
        "select e.id, encode(private.phone_hash(e.phone), 'hex') from private.consent_events e
         where e.phone = '+14155550101' and e.sequence = 2",
    )
    .fetch_one(pool)
    .await?;
    let (ok, report) = consent(&database, &["verify"])?;
    assert!(!ok, "{report}");
    assert!(
        report.contains(&format!("changed: number {hash}, event {id}:")),
        "{report}"
    );
    assert!(!report.contains("5550101"), "{report}");

    let erase = ["erase", phones[0], "--why", "Letter of 23 November"];
    let (ok, asked) = consent(&database, &erase)?;
    assert!(!ok && asked.contains("--yes"), "{asked}");
    let left = "select count(*) from private.consent_events where phone = '+14155550100'";
    assert_eq!(sqlx::query_scalar::<_, i64>(left).fetch_one(pool).await?, 2);
    let (ok, gone) = consent(&database, &[&erase[..], &["--yes"]].concat())?;
    assert!(ok && gone.contains("2 private.consent_events"), "{gone}");
    assert_eq!(sqlx::query_scalar::<_, i64>(left).fetch_one(pool).await?, 0);
    let why: String = sqlx::query_scalar("select why from private.erased_numbers")
        .fetch_optional(pool)
        .await?
        .context("no keyed hash is left")?;
    assert_eq!(why, erase[3]);
    Ok(())
}
