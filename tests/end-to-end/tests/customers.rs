//! Customers through the API: made once, found, counted, exported, deleted by a filter.

use anyhow::{Context as _, Result};
use futures::future::try_join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{
    new_phone,
    people::{Person, read, text},
    shared_environment,
};

async fn person(name: &str) -> Result<Person> {
    Person::approved(&shared_environment()?, name).await
}

async fn make(owner: &Person, customer: Value) -> Result<Value> {
    read(owner.api(Method::POST, "/api/customers").json(&customer))
        .await?
        .success()
}

async fn get(owner: &Person, path: &str) -> Result<Value> {
    read(owner.api(Method::GET, path)).await?.success()
}

#[tokio::test]
async fn a_request_that_is_repeated_under_its_key_makes_one_customer() -> Result<()> {
    let ann = person("ann").await?;
    let customer = json!({"phone": new_phone(), "first_name": "Ada", "tags": ["vip"]});
    let send = |customer: &Value| {
        let request = ann.api(Method::POST, "/api/customers").json(customer);
        read(request.header("Idempotency-Key", "a-key"))
    };
    let answers = try_join_all((0..20).map(|_| send(&customer))).await?;
    let first = text(&answers[0].body, "id")?;
    for answer in &answers {
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        assert_eq!(answer.body["id"], first.as_str());
        assert_eq!(answer.body["tags"], json!(["vip"]));
    }
    assert_eq!(get(&ann, "/api/customers").await?["total"], 1);

    let other = send(&json!({"phone": new_phone()})).await?;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.body["code"], "idempotency_key_reused");
    // The same key of another user is a different key.
    let ben = person("ben").await?;
    let request = ben
        .api(Method::POST, "/api/customers")
        .json(&json!({"phone": new_phone()}));
    let made = read(request.header("Idempotency-Key", "a-key")).await?;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    Ok(())
}

#[tokio::test]
async fn a_taken_phone_is_said_to_be_ones_own_or_not_available() -> Result<()> {
    let (ann, ben) = (person("ann").await?, person("ben").await?);
    let (mine, theirs) = (new_phone(), new_phone());
    let made = make(&ann, json!({"phone": mine})).await?;
    make(&ben, json!({"phone": theirs, "first_name": "Secret"})).await?;
    let other = make(&ann, json!({"phone": new_phone()})).await?;
    for (method, path) in [
        (Method::POST, "/api/customers".to_owned()),
        (
            Method::PATCH,
            format!("/api/customers/{}", text(&other, "id")?),
        ),
    ] {
        let own = read(ann.api(method.clone(), &path).json(&json!({"phone": mine}))).await?;
        assert_eq!(
            (own.status, &own.body["code"]),
            (StatusCode::CONFLICT, &json!("phone_taken"))
        );
        assert!(own.body["detail"].to_string().contains(&text(&made, "id")?));
        let foreign = read(ann.api(method, &path).json(&json!({"phone": theirs}))).await?;
        assert_eq!(
            (foreign.status, &foreign.body["code"]),
            (StatusCode::CONFLICT, &json!("phone_unavailable"))
        );
        assert!(!foreign.body.to_string().contains("Secret"));
    }
    Ok(())
}

/// Three customers of `ann`'s; returns the phone of the first.
async fn three_customers(ann: &Person) -> Result<String> {
    let zoe = new_phone();
    make(
        ann,
        json!({"phone": zoe, "first_name": "Zoë", "last_name": "O'Hara", "email": "zoe@example.org",
        "state": "CA", "tags": ["vip", "spring"], "attributes": {"plan": "gold", "visits": 3}}),
    )
    .await?;
    make(ann, json!({"phone": new_phone(), "first_name": "=1+1", "last_name": "50%_off", "state": "NY", "tags": ["vip"]})).await?;
    make(
        ann,
        json!({"phone": new_phone(), "first_name": "Bob", "status": "inactive"}),
    )
    .await?;
    Ok(zoe)
}

#[tokio::test]
async fn segments_find_and_count_the_same_customers() -> Result<()> {
    let ann = person("ann").await?;
    let zoe = three_customers(&ann).await?;
    for (query, total) in [
        ("", 3),
        ("search=zo%C3%AB", 1),
        ("search=HARA%20zoe@", 1),
        ("search=zoe%20bob", 0),
        ("search=50%25_", 1),
        ("search=5%25_", 0),
        ("state=CA&state=NY", 2),
        ("state=none", 1),
        ("state=none,CA", 2),
        ("tag=vip", 2),
        ("tag=spring,none", 1),
        ("attribute=plan:gold", 1),
        ("attribute=plan:silver", 0),
        ("status=inactive", 1),
        ("created_from=2999-01-01", 0),
        ("search=zo&state=NY", 0),
    ] {
        let page = get(&ann, &format!("/api/customers?{query}")).await?;
        assert_eq!(
            (&page["total"], &page["total_is_exact"]),
            (&json!(total), &json!(true)),
            "{query}"
        );
        assert_eq!(
            page["data"].as_array().map(Vec::len),
            Some(total),
            "{query}"
        );
    }
    // All ten: other numbers may begin with the same six.
    let digits = format!("({}) {}-{}", &zoe[2..5], &zoe[5..8], &zoe[8..]);
    let found = get(
        &ann,
        &format!("/api/customers?search={}", digits.replace(' ', "%20")),
    )
    .await?;
    assert_eq!(found["data"][0]["phone"], zoe.as_str());

    let counts = get(&ann, "/api/customers/counts").await?;
    assert_eq!(counts["total"], 3);
    assert_eq!(counts["by_status"], json!({"active": 2, "inactive": 1}));
    assert_eq!(
        counts["by_state"],
        json!({"": {"inactive": 1}, "CA": {"active": 1}, "NY": {"active": 1}})
    );
    Ok(())
}

#[tokio::test]
async fn an_export_is_safe_in_a_spreadsheet_and_changes_nothing_when_imported() -> Result<()> {
    let ann = person("ann").await?;
    three_customers(&ann).await?;
    // What begins a formula in some locale: full-width signs, and after a semicolon or a line feed.
    make(
        &ann,
        json!({"phone": new_phone(), "first_name": "＝2+2", "last_name": "''tis", "state": "Québec",
            "attributes": {"visits": 3.5, "vip": true, "plan": "a;=3+3\n-4", "note": "'=x;'=y"}}),
    )
    .await?;
    let answer = ann.api(Method::GET, "/api/customers/export").send().await?;
    assert!(
        answer.headers()["content-type"]
            .to_str()?
            .starts_with("text/csv")
    );
    let bytes = answer.bytes().await?;
    let file = String::from_utf8(bytes.to_vec())?;
    let file = file
        .strip_prefix('\u{feff}')
        .context("Excel knows UTF-8 by its byte order mark")?;
    assert!(file.contains("'=1+1") && file.contains("'+1312"), "{file}");
    for cell in ["'＝2+2", "\"a;'=3+3\n'-4\"", "''=x;''=y"] {
        assert!(file.contains(cell), "{cell} in {file}");
    }
    assert!(file.starts_with("phone,first_name,last_name,email,state,status,tags,created_at,attributes.note,attributes.plan,attributes.vip,attributes.visits"));
    let before = get(&ann, "/api/customers").await?;
    let again = ann.import(bytes.to_vec()).await?;
    assert_eq!(again["unchanged"], 4, "{again}");
    let after = get(&ann, "/api/customers").await?;
    for (a, b) in before["data"]
        .as_array()
        .into_iter()
        .flatten()
        .zip(after["data"].as_array().into_iter().flatten())
    {
        assert_eq!(a["first_name"], b["first_name"]);
        assert_eq!(a["tags"], b["tags"]);
        assert_eq!(a["attributes"], b["attributes"]);
    }
    Ok(())
}

#[tokio::test]
async fn many_are_deleted_by_a_filter_or_by_their_ids() -> Result<()> {
    let ann = person("ann").await?;
    three_customers(&ann).await?;
    let refused = read(ann.api(Method::DELETE, "/api/customers")).await?;
    assert_eq!(refused.body["code"], "filter_required");
    let would = read(ann.api(Method::DELETE, "/api/customers?tag=vip&dry_run=true"))
        .await?
        .success()?;
    assert_eq!(
        would,
        json!({"deleted": 2, "dry_run": true, "deletion_id": null})
    );
    let did = read(ann.api(Method::DELETE, "/api/customers?tag=vip"))
        .await?
        .success()?;
    assert_eq!(did["deleted"], 2);
    let id = text(&get(&ann, "/api/customers").await?["data"][0], "id")?;
    let did = read(
        ann.api(Method::POST, "/api/customers/delete")
            .json(&json!({"ids": [id]})),
    )
    .await?
    .success()?;
    assert_eq!(did["deleted"], 1);
    let misspelt = read(
        ann.api(Method::POST, "/api/customers/delete")
            .json(&json!({"id": ["x"]})),
    )
    .await?;
    assert_eq!(misspelt.body["errors"][0]["code"], "field_unknown");
    Ok(())
}

#[tokio::test]
async fn what_was_deleted_comes_back_as_it_was() -> Result<()> {
    let (ann, ben) = (person("ann").await?, person("ben").await?);
    three_customers(&ann).await?;
    let before = get(&ann, "/api/customers?sort=phone").await?;
    let deleted = read(ann.api(Method::DELETE, "/api/customers?tag=vip"))
        .await?
        .success()?;
    let deletion = json!({"deletion_id": deleted["deletion_id"]});
    let one = text(&get(&ann, "/api/customers").await?["data"][0], "id")?;
    let removed = ann.rest(Method::DELETE, &format!("customers?id=eq.{one}"));
    assert!(removed.send().await?.status().is_success());
    let bin = get(&ann, "/api/customers/deleted").await?;
    assert_eq!(
        (&bin["total"], &bin["data"][0]["id"]),
        (&json!(3), &json!(one))
    );
    assert_eq!(get(&ben, "/api/customers/deleted").await?["total"], 0);

    let restore = |who: &Person, wanted: &Value| {
        read(who.api(Method::POST, "/api/customers/restore").json(wanted))
    };
    assert_eq!(restore(&ben, &deletion).await?.success()?["restored"], 0);
    assert_eq!(restore(&ann, &deletion).await?.success()?["restored"], 2);
    let answer = restore(&ann, &json!({"ids": [one]})).await?.success()?;
    assert_eq!(answer, json!({"restored": 1, "refused": 0, "refusals": []}));
    assert_eq!(get(&ann, "/api/customers?sort=phone").await?, before);
    assert_eq!(get(&ann, "/api/customers/deleted").await?["total"], 0);
    Ok(())
}

#[tokio::test]
async fn a_search_of_six_words_deletes_who_matches_all_six() -> Result<()> {
    let ann = person("ann").await?;
    for last in ["six", "seven"] {
        let customer = json!({"phone": new_phone(), "first_name": "one two three four five", "last_name": last});
        make(&ann, customer).await?;
    }
    let filter = json!({"search": "one two three four five six"});
    let deleted = read(ann.api(Method::POST, "/api/customers/delete").json(&filter))
        .await?
        .success()?;
    assert_eq!(deleted["deleted"], 1);
    let left = get(&ann, "/api/customers").await?;
    assert_eq!(left["data"][0]["last_name"], "seven");
    Ok(())
}

#[tokio::test]
async fn what_a_frontend_writes_as_a_phone_is_one() -> Result<()> {
    let ann = person("ann").await?;
    let phone = new_phone();
    let written = format!("({}) {}-{}", &phone[2..5], &phone[5..8], &phone[8..]);
    let request = ann
        .rest(Method::POST, "customers")
        .json(&json!({"phone": written}));
    let made = request
        .header("Prefer", "return=representation")
        .send()
        .await?;
    assert_eq!(made.status(), StatusCode::CREATED);
    assert_eq!(made.json::<Value>().await?[0]["phone"], phone.as_str());
    for (written, code) in [
        ("900-555-1234", "phone_premium"),
        ("12345", "phone_short_code"),
        ("call 555-2671", "phone_not_a_number"),
        ("(415) 555-2671 ext. 9", "phone_extension"),
    ] {
        let request = ann
            .rest(Method::POST, "customers")
            .json(&json!({"phone": written}));
        let refused = read(request).await?;
        assert_eq!(
            (refused.status, &refused.body["message"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)),
            "{written}"
        );
        let request = ann
            .api(Method::POST, "/api/customers")
            .json(&json!({"phone": written}));
        assert_eq!(
            read(request).await?.body["errors"][0]["code"],
            code,
            "{written}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_dry_run_says_nothing_of_other_accounts_numbers() -> Result<()> {
    let (ann, ben) = (person("ann").await?, person("ben").await?);
    let phone = new_phone();
    make(&ann, json!({"phone": phone, "first_name": "Secret"})).await?;
    let file = format!("phone,first_name\n{phone},Bo\n");
    let request = ben.api(Method::POST, "/api/customers/import?dry_run=true");
    let request = request
        .header("content-type", "text/csv")
        .body(file.clone());
    let would = read(request).await?.success()?;
    assert_eq!(
        (&would["inserted"], &would["rejected"]),
        (&json!(1), &json!(0)),
        "{would}"
    );
    assert_eq!(would["preview"][0]["action"], "insert", "{would}");
    let done = ben.import(file.into_bytes()).await?;
    assert_eq!(
        (&done["inserted"], &done["rejected"]),
        (&json!(0), &json!(1)),
        "{done}"
    );
    Ok(())
}

#[tokio::test]
async fn a_campaign_reaches_whom_its_tags_and_attributes_name() -> Result<()> {
    let ann = person("ann").await?;
    make(
        &ann,
        json!({"phone": new_phone(), "tags": ["vip"], "attributes": {"plan": "gold"}}),
    )
    .await?;
    make(&ann, json!({"phone": new_phone(), "tags": ["vip"]})).await?;
    make(&ann, json!({"phone": new_phone()})).await?;
    for (audience, recipients) in [
        (json!({"tags": ["vip", "other"]}), 2),
        (json!({"tags": ["vip"], "attributes": {"plan": "gold"}}), 1),
    ] {
        let campaign = json!({"name": "To some", "message_body": "Hello", "audience": audience});
        let campaign = read(ann.api(Method::POST, "/api/campaigns").json(&campaign))
            .await?
            .success()?;
        let sent = ann.send_campaign(&text(&campaign, "id")?).await?;
        assert_eq!(sent["total_recipients"], recipients, "{sent}");
    }
    let wrong = json!({"name": "x", "audience": {"tags": ["a,b"]}});
    let answer = read(ann.api(Method::POST, "/api/campaigns").json(&wrong)).await?;
    assert_eq!(answer.body["errors"][0]["field"], "audience.tags");
    Ok(())
}

#[tokio::test]
async fn nobody_finds_counts_exports_or_deletes_another_tenants_customers() -> Result<()> {
    let (ann, ben) = (person("ann").await?, person("ben").await?);
    let secret = make(
        &ann,
        json!({"phone": new_phone(), "first_name": "Confidential", "tags": ["private"],
        "attributes": {"hidden": "x"}}),
    )
    .await?;
    let id = text(&secret, "id")?;
    let owner = format!("user_id={}", ann.profile_id);
    for query in [
        "search=confidential".to_owned(),
        "tag=private".to_owned(),
        owner,
        format!("ids={id}"),
    ] {
        let page = get(&ben, &format!("/api/customers?{query}")).await?;
        assert_eq!(page["total"], 0, "{query}");
        assert_eq!(
            get(&ben, &format!("/api/customers/counts?{query}")).await?["total"],
            0
        );
        let file = ben
            .api(Method::GET, &format!("/api/customers/export?{query}"))
            .send()
            .await?
            .text()
            .await?;
        assert_eq!(file.lines().count(), 1, "{file}");
        assert!(!file.contains("hidden"));
        let gone = read(ben.api(Method::DELETE, &format!("/api/customers?all=true&{query}")))
            .await?
            .success()?;
        assert_eq!(gone["deleted"], 0);
    }
    assert_eq!(get(&ann, "/api/customers").await?["total"], 1);
    // Nor by the functions themselves, nor without an approved account.
    for function in ["list_customers", "count_customers", "customers_after"] {
        let found = read(
            ben.rest(Method::POST, &format!("rpc/{function}"))
                .json(&json!({"filter": {"user_id": ann.profile_id}})),
        )
        .await?
        .success()?;
        assert!(!found.to_string().contains("Confidential"), "{function}");
    }
    Ok(())
}
