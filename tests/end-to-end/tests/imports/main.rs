//! Imports as their owner sees them: the record, the rejects and undoing; and while they run.

mod running;

use std::time::Duration;

use anyhow::{Context as _, Result};
use reqwest::{Body, Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use testkit::{
    eventually, new_phone, new_phones,
    people::{Person, read, text},
    shared_environment,
};

async fn person(name: &str) -> Result<Person> {
    Person::approved(&shared_environment()?, name).await
}

async fn import(owner: &Person, query: &str, file: impl Into<Body>) -> Result<Value> {
    let request = owner
        .api(Method::POST, &format!("/api/customers/import{query}"))
        .header("content-type", "text/csv")
        .body(file);
    read(request).await?.success()
}

async fn get(owner: &Person, path: &str) -> Result<Value> {
    read(owner.api(Method::GET, path)).await?.success()
}

async fn statement(sql: &'static str, argument: &str) -> Result<()> {
    let environment = shared_environment()?;
    let url = environment
        .get("DNWERKS_TEST_DATABASE_URL")
        .context("the cluster's address")?;
    let mut connection = PgConnection::connect(url).await?;
    sqlx::query(sql)
        .bind(argument)
        .execute(&mut connection)
        .await?;
    Ok(())
}

#[tokio::test]
async fn an_import_leaves_a_record_and_its_rejects_come_back_to_be_mended() -> Result<()> {
    let ann = person("ann").await?;
    let phones = new_phones::<3>();
    let file = format!(
        "Phone,First Name,Note\n{},Ada,x\n12345,\"Bad, Number\",=cmd\n{},Ben,y\n{},Cy,too,many\n{},Ada 2,x\n",
        phones[0], phones[1], phones[2], phones[0]
    );
    let report = import(&ann, "?file_name=spring.csv", file.clone()).await?;
    assert_eq!(
        ["total_rows", "inserted", "duplicates", "rejected"].map(|name| report[name].as_u64()),
        [Some(5), Some(2), Some(1), Some(2)],
        "{report}"
    );
    assert_eq!(
        report["duplicate_rows"],
        json!([{"row": 2, "replaced_by_row": 6}])
    );
    let id = text(&report, "id")?;
    let record = get(&ann, &format!("/api/customers/imports/{id}")).await?;
    for (column, value) in [
        ("status", json!("completed")),
        ("phase", json!("done")),
        ("file_name", json!("spring.csv")),
        ("inserted", json!(2)),
        (
            "rejected_by_code",
            json!({"phone_short_code": 1, "too_many_cells": 1}),
        ),
        (
            "columns",
            json!({"phone": "Phone", "first_name": "First Name"}),
        ),
        ("bytes_read", json!(file.len())),
    ] {
        assert_eq!(record[column], value, "{column}");
    }
    assert_eq!(record["file_hash"], report["file_hash"]);

    let rejects = ann
        .api(Method::GET, &format!("/api/customers/imports/{id}/rejects"))
        .send()
        .await?
        .text()
        .await?;
    assert_eq!(
        rejects.lines().collect::<Vec<_>>(),
        [
            "Phone,First Name,Note,reject row,reject column,reject reason".to_owned(),
            "12345,\"Bad, Number\",'=cmd,3,Phone,\"this is a short code, which is no person's number\"".to_owned(),
            format!(
                "'{},Cy,too,5,,the row has 4 cells and the header 3; a cell that holds the delimiter must stand in quotes (many)",
                phones[2]
            ),
        ]
    );
    // Fixed and imported again, the row is a customer.
    let mended = import(&ann, "", rejects.replace("12345", &new_phone())).await?;
    assert_eq!(
        (&mended["inserted"], &mended["rejected"]),
        (&json!(2), &json!(0)),
        "{mended}"
    );

    let again = import(&ann, "", file).await?;
    assert_eq!(again["same_file_as"]["id"], id.as_str());
    assert_eq!(again["same_file_as"]["file_name"], "spring.csv");
    let list = get(&ann, "/api/customers/imports?status=completed").await?;
    assert_eq!(list["total"], 3);
    Ok(())
}

/// The rejects of an import as its owner downloads them.
async fn rejects(owner: &Person, id: &str) -> Result<(StatusCode, Vec<u8>)> {
    let path = format!("/api/customers/imports/{id}/rejects");
    let answer = owner.api(Method::GET, &path).send().await?;
    Ok((answer.status(), answer.bytes().await?.to_vec()))
}

#[tokio::test]
async fn no_reject_is_lost_where_a_page_is_cut_and_the_owner_deletes_them() -> Result<()> {
    let (ann, ben) = (person("ann").await?, person("ben").await?);
    // More than PostgREST answers at once.
    let bad = 2_345;
    let file: String = std::iter::once("phone\n".to_owned())
        .chain((0..bad).map(|row| format!("x{row}\n")))
        .collect();
    let report = import(&ann, "", file.clone()).await?;
    assert_eq!(report["rejected"], bad);
    let id = text(&report, "id")?;
    let (status, bytes) = rejects(&ann, &id).await?;
    assert_eq!(status, StatusCode::OK);
    // By its byte order mark Excel reads it as UTF-8.
    let text_of_rejects = String::from_utf8(bytes)?;
    assert!(text_of_rejects.starts_with("\u{feff}phone,reject row"));
    assert_eq!(text_of_rejects.lines().count(), bad + 1);

    let path = format!("/api/customers/imports/{id}/rejects");
    let foreign = read(ben.api(Method::DELETE, &path)).await?;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{}", foreign.body);
    let foreign = json!({ "import_id": id });
    let foreign = ben
        .rest(Method::POST, "rpc/delete_customer_import_rejects")
        .json(&foreign);
    assert_eq!(read(foreign).await?.status, StatusCode::NOT_FOUND);
    assert_eq!(
        get(&ann, &format!("/api/customers/imports/{id}")).await?["rejects_kept"],
        bad
    );
    let deleted = read(ann.api(Method::DELETE, &path)).await?.success()?;
    assert_eq!(
        (&deleted["rejects_kept"], &deleted["rejected"]),
        (&json!(0), &json!(bad))
    );
    assert_eq!(rejects(&ann, &id).await?.0, StatusCode::GONE);

    let dry = import(&ann, "?dry_run=true", file).await?;
    assert_eq!(dry["rejected"], bad);
    assert_eq!(rejects(&ann, &text(&dry, "id")?).await?.0, StatusCode::GONE);
    Ok(())
}

#[tokio::test]
async fn a_dry_run_shows_what_would_be_stored_and_stores_nothing() -> Result<()> {
    let ann = person("ann").await?;
    let phones = new_phones::<2>();
    import(
        &ann,
        "",
        format!("phone,first name,state\n{},Ada,CA\n", phones[0]),
    )
    .await?;
    let file = format!(
        "Cell,Name,State,Plan\n{},Ada L,\n{},Ben,new york,gold\nx,,,\n",
        phones[0], phones[1]
    );
    let report = import(
        &ann,
        "?dry_run=true&mapping[first_name]=Name&unmapped=attributes",
        file,
    )
    .await?;
    assert_eq!(
        report["columns"],
        json!({"phone": "Cell", "first_name": "Name", "state": "State", "attributes.plan": "Plan"})
    );
    assert_eq!(
        ["inserted", "updated", "rejected"].map(|name| report[name].as_u64()),
        [Some(1), Some(1), Some(1)]
    );
    assert_eq!(
        report["preview"],
        json!([
            {"row": 2, "action": "update", "customer": {"phone": phones[0], "first_name": "Ada L", "last_name": null, "email": null,
                "state": "CA", "status": "active", "inactive_reason": null, "tags": [], "attributes": {}}},
            {"row": 3, "action": "insert", "customer": {"phone": phones[1], "first_name": "Ben", "last_name": null, "email": null,
                "state": "NY", "status": "active", "inactive_reason": null, "tags": [], "attributes": {"plan": "gold"}}},
        ])
    );
    let customers = get(&ann, "/api/customers").await?;
    assert_eq!(
        (&customers["total"], &customers["data"][0]["first_name"]),
        (&json!(1), &json!("Ada"))
    );
    let id = text(&report, "id")?;
    assert_eq!(
        get(&ann, &format!("/api/customers/imports/{id}")).await?["dry_run"],
        true
    );
    let undo = read(ann.api(Method::POST, &format!("/api/customers/imports/{id}/undo"))).await?;
    assert_eq!(undo.body["code"], "customer_import_not_undoable");
    Ok(())
}

/// An import's updates run without the triggers: what those would do must be done all the same.
#[tokio::test]
async fn what_an_import_overwrites_is_found_by_its_new_name_and_dated() -> Result<()> {
    let ann = person("ann").await?;
    let phones = new_phones::<2>();
    let file = |first: &str| {
        format!(
            "phone,first_name\n{},{first}\n{},Untouched\n",
            phones[0], phones[1]
        )
    };
    import(&ann, "", file("Oldname")).await?;
    let report = import(&ann, "?on_conflict=update", file("Newname")).await?;
    assert_eq!(
        ["updated", "unchanged"].map(|name| report[name].as_u64()),
        [Some(1), Some(1)],
        "{report}"
    );
    for (search, found) in [("Newname", 1), ("Oldname", 0)] {
        let path = format!("/api/customers?search={search}");
        eventually(search, Duration::from_secs(20), async || {
            Ok((get(&ann, &path).await?["total"] == found).then_some(()))
        })
        .await?;
    }
    for (search, is_later) in [("Newname", true), ("Untouched", false)] {
        let found = get(&ann, &format!("/api/customers?search={search}")).await?;
        let customer = &found["data"][0];
        assert_eq!(
            text(customer, "updated_at")? > text(customer, "created_at")?,
            is_later,
            "{customer}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn an_import_is_undone_unless_its_customers_were_texted() -> Result<()> {
    let ann = person("ann").await?;
    let phones = new_phones::<4>();
    import(
        &ann,
        "",
        format!("phone,first name,last name,tags\n{},Ada,Old,a\n", phones[0]),
    )
    .await?;
    let file = format!(
        "phone,first name,last name,tags\n{},Ada,New,b\n{},Ben,B,\n{},Out,O,\n",
        phones[0], phones[1], phones[2]
    );
    let report = import(&ann, "", file).await?;
    assert_eq!(
        (&report["updated"], &report["inserted"]),
        (&json!(1), &json!(2)),
        "{report}"
    );
    let id = text(&report, "id")?;
    // Since then one of the new ones has opted out, and a name was corrected by hand.
    statement(
        "update public.customers set status = 'inactive' where phone = $1",
        &phones[2],
    )
    .await?;
    statement(
        "update public.customers set first_name = 'Adele' where phone = $1",
        &phones[0],
    )
    .await?;
    let undone = read(ann.api(Method::POST, &format!("/api/customers/imports/{id}/undo")))
        .await?
        .success()?;
    assert_eq!(undone["status"], "undone");
    let left = get(&ann, "/api/customers?sort=phone").await?;
    let left: Vec<_> = left["data"]
        .as_array()
        .context("rows")?
        .iter()
        .map(|customer| {
            ["phone", "first_name", "last_name", "status"]
                .map(|column| customer[column].as_str().unwrap_or_default().to_owned())
        })
        .collect();
    assert_eq!(
        left,
        [
            [phones[0].as_str(), "Adele", "Old", "active"],
            [phones[2].as_str(), "Out", "O", "inactive"],
        ]
    );
    let twice = read(ann.api(Method::POST, &format!("/api/customers/imports/{id}/undo"))).await?;
    assert_eq!(
        (twice.status, &twice.body["code"]),
        (StatusCode::CONFLICT, &json!("customer_import_not_undoable"))
    );

    let report = import(&ann, "", format!("phone\n{}\n", phones[3])).await?;
    let campaign = ann.write_campaign("Hello", "Hello").await?;
    ann.send_campaign(&campaign).await?;
    let id = text(&report, "id")?;
    let texted = read(ann.api(Method::POST, &format!("/api/customers/imports/{id}/undo"))).await?;
    assert_eq!(
        (texted.status, &texted.body["code"]),
        (StatusCode::CONFLICT, &json!("customer_import_texted"))
    );
    Ok(())
}

#[tokio::test]
async fn another_tenants_imports_and_rejects_do_not_exist() -> Result<()> {
    let (ann, ben) = (person("ann").await?, person("ben").await?);
    let report = import(
        &ann,
        "",
        format!("phone,name\n{},x\nsecret-cell,y\n", new_phone()),
    )
    .await?;
    let id = text(&report, "id")?;
    let path = format!("/api/customers/imports/{id}");
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::GET, format!("{path}/rejects")),
        (Method::POST, format!("{path}/cancel")),
        (Method::POST, format!("{path}/undo")),
    ] {
        let answer = read(ben.api(method, &path)).await?;
        assert_eq!(
            answer.status,
            StatusCode::NOT_FOUND,
            "{path}: {}",
            answer.body
        );
    }
    assert_eq!(get(&ben, "/api/customers/imports").await?["total"], 0);
    for table in [
        "customer_imports?select=*",
        "customer_import_rejects?select=*",
    ] {
        assert_eq!(
            read(ben.rest(Method::GET, table)).await?.success()?,
            json!([]),
            "{table}"
        );
    }
    let taken = read(
        ben.api(Method::POST, &format!("/api/customers/import?id={id}"))
            .header("content-type", "text/csv")
            .body("phone\n"),
    )
    .await?;
    assert_eq!(
        (taken.status, &taken.body["code"]),
        (StatusCode::CONFLICT, &json!("import_id_taken"))
    );
    Ok(())
}
