//! Texts as people write and paste them, through every door: our API, an import, and PostgREST as a frontend uses it.

use anyhow::{Context as _, Result};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{
    new_phone, new_phones,
    people::{Person, read, text},
    shared_environment,
};

async fn person(name: &str) -> Result<Person> {
    Person::approved(&shared_environment()?, name).await
}

async fn get(owner: &Person, path: &str) -> Result<Value> {
    read(owner.api(Method::GET, path)).await?.success()
}

/// Writes a row through PostgREST, and returns it.
async fn insert(owner: &Person, table: &str, row: Value) -> Result<Value> {
    let request = owner
        .rest(Method::POST, table)
        .header("prefer", "return=representation")
        .json(&row);
    let rows = read(request).await?.success()?;
    rows.get(0).cloned().context("a row")
}

/// The customers' texts, by phone.
async fn customers(owner: &Person) -> Result<Vec<Value>> {
    let page = get(owner, "/api/customers?sort=phone").await?;
    let rows = page["data"].as_array().context("rows")?;
    let columns = [
        "first_name",
        "last_name",
        "email",
        "state",
        "tags",
        "attributes",
    ];
    Ok(rows
        .iter()
        .map(|row| {
            columns
                .map(|column| row[column].clone())
                .into_iter()
                .collect()
        })
        .collect())
}

#[tokio::test]
async fn what_nobody_sees_is_stored_by_no_door() -> Result<()> {
    let ann = person("ann").await?;
    let mut phones = new_phones::<4>();
    phones.sort_unstable();
    let unseen = |phone: &str| {
        json!({
            "phone": format!("\u{202a}{phone}\u{202c}"), "first_name": "\u{200b}Fl\u{ad}o", "last_name": "\u{2066}Kay\u{200d}",
            "email": "flo@exam\u{ad}ple.com\u{200b}", "state": "\u{feff}CA", "tags": ["v\u{200c}ip\u{2060}"],
            "attributes": {"pl\u{200b}an": "go\u{200e}ld", "family": "👩\u{200d}👧"},
        })
    };
    read(
        ann.api(Method::POST, "/api/customers")
            .json(&unseen(&phones[0])),
    )
    .await?
    .success()?;
    insert(&ann, "customers", unseen(&phones[1])).await?;
    let row = unseen(&phones[2]);
    let cell = |column: &str| row[column].as_str().unwrap_or_default().to_owned();
    let file = format!(
        "phone,first_name,last_name,email,state,tags,attributes.pl\u{200b}an,attributes.family\n{}\n",
        [
            cell("phone"),
            cell("first_name"),
            cell("last_name"),
            cell("email"),
            cell("state"),
            "v\u{200c}ip\u{2060}".to_owned(),
            "go\u{200e}ld".to_owned(),
            "👩\u{200d}👧".to_owned(),
        ]
        .join(",")
    );
    assert_eq!(ann.import(file.into_bytes()).await?["inserted"], 1);
    // A change is a door, too.
    let plain = insert(&ann, "customers", json!({ "phone": phones[3] })).await?;
    let path = format!("customers?id=eq.{}", text(&plain, "id")?);
    let mut change = unseen(&phones[3]);
    change["phone"] = json!(phones[3]);
    read(ann.rest(Method::PATCH, &path).json(&change))
        .await?
        .success()?;

    let expected = json!([
        "Flo", "Kay", "flo@example.com", "CA", ["vip"], {"plan": "gold", "family": "👩\u{200d}👧"}
    ]);
    assert_eq!(customers(&ann).await?, vec![expected; 4]);
    let stored = get(&ann, "/api/customers?sort=phone").await?;
    for (row, phone) in stored["data"].as_array().into_iter().flatten().zip(&phones) {
        assert_eq!(row["phone"], phone.as_str());
    }
    Ok(())
}

#[tokio::test]
async fn a_number_and_a_text_are_one_value_of_an_attribute_however_it_came() -> Result<()> {
    let ann = person("ann").await?;
    for visits in [json!(3), json!("3"), json!(3.0)] {
        let customer = json!({"phone": new_phone(), "attributes": {"visits": visits}});
        read(ann.api(Method::POST, "/api/customers").json(&customer))
            .await?
            .success()?;
        insert(
            &ann,
            "customers",
            json!({"phone": new_phone(), "attributes": {"visits": visits}}),
        )
        .await?;
    }
    let file = format!(
        "phone,attributes.visits\n{},3\n{},03\n{},4\n",
        new_phone(),
        new_phone(),
        new_phone()
    );
    assert_eq!(ann.import(file.into_bytes()).await?["inserted"], 3);
    // Leading zeros are no number's: they stay.
    for (query, total) in [("visits:3", 7), ("visits:03", 1), ("visits:4", 1)] {
        let page = get(&ann, &format!("/api/customers?attribute={query}")).await?;
        assert_eq!(page["total"], total, "{query}");
    }
    for visits in [json!(3), json!("3"), json!(3.0)] {
        let filter = json!({"filter": {"attributes": {"visits": visits}}});
        let counted = read(ann.rest(Method::POST, "rpc/count_customers").json(&filter))
            .await?
            .success()?;
        assert_eq!(counted["total"], 7, "{visits}");
        let campaign = json!({"name": "x", "message_body": "Hi", "audience": {"attributes": {"visits": visits}}});
        let mine = read(ann.api(Method::POST, "/api/campaigns").json(&campaign))
            .await?
            .success()?;
        let theirs = insert(&ann, "campaigns", campaign).await?;
        for campaign in [mine, theirs] {
            let preview = get(
                &ann,
                &format!("/api/campaigns/{}/preview", text(&campaign, "id")?),
            )
            .await?;
            assert_eq!(preview["recipients"], 7, "{visits}: {preview}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_state_is_one_of_the_postal_services() -> Result<()> {
    let ann = person("ann").await?;
    for (state, code) in [
        ("AE", "AE"),
        ("Armed Forces Pacific", "AP"),
        ("aa", "AA"),
        ("ON", "ON"),
        ("British Columbia", "BC"),
        ("CA", "CA"),
    ] {
        let customer = json!({"phone": new_phone(), "state": state});
        let made = read(ann.api(Method::POST, "/api/customers").json(&customer))
            .await?
            .success()?;
        assert_eq!(made["state"], code);
        assert_eq!(
            get(&ann, &format!("/api/customers?state={state}")).await?["total"],
            1,
            "{state}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_template_that_breaks_is_refused_and_stays_a_draft_that_can_be_mended() -> Result<()> {
    let ann = person("ann").await?;
    let customer = json!({"phone": new_phone(), "first_name": "Ada"});
    read(ann.api(Method::POST, "/api/customers").json(&customer))
        .await?
        .success()?;
    let deep = "{% if state %}".repeat(60) + "x" + &"{% endif %}".repeat(60);
    for body in [
        "Hello {{ firstName }}, hello",
        r#"Hello {{ first_name | default: "you" }}"#,
        "Say {#SPRING30 at the till",
        "Hello {{ first_name | default(“you”) }}",
        "Hello {{ first_name | upcase }}",
        "Hello {{ first_name }",
        "{% if first_name %}Hello",
        "Hello {{ FirstName }}",
        "{% for x in first_name %}{{ x }}{% endfor %}",
        &deep,
    ] {
        let campaign = json!({"name": "x", "message_body": body});
        // What our API takes all the same is refused at the launch.
        let written = read(ann.api(Method::POST, "/api/campaigns").json(&campaign)).await?;
        assert_eq!(
            written.status.is_success(),
            body.starts_with("{% for") || body == deep,
            "{body}: {}",
            written.body
        );
        // A frontend writes its drafts itself.
        let draft = insert(&ann, "campaigns", campaign).await?;
        let id = text(&draft, "id")?;
        ann.without_quiet_hours(&id).await?;
        let launch = json!({ "campaign_id": id });
        let refused = read(ann.rest(Method::POST, "rpc/launch_campaign").json(&launch)).await?;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{body}: {}",
            refused.body
        );
        let campaign = ann.campaign(&id).await?;
        assert_eq!(
            (&campaign["status"], &campaign["total_recipients"]),
            (&json!("draft"), &json!(0)),
            "{body}"
        );
    }
    // The last of them, mended.
    let campaigns = get(&ann, "/api/campaigns?status=draft").await?;
    let id = text(&campaigns["data"][0], "id")?;
    let mended = json!({"message_body": "Hello {{ first_name | default('you') }}"});
    read(
        ann.rest(Method::PATCH, &format!("campaigns?id=eq.{id}"))
            .json(&mended),
    )
    .await?
    .success()?;
    let launch = json!({ "campaign_id": id });
    read(ann.rest(Method::POST, "rpc/launch_campaign").json(&launch))
        .await?
        .success()?;
    assert_eq!(ann.campaign(&id).await?["total_recipients"], 1);
    Ok(())
}
