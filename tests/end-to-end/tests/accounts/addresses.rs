//! Whose an address is: confirmed before anybody is approved, and never moved by a session alone.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use stack::process::binary;
use testkit::people::{PASSWORD, Person, read};

use crate::visitor::{Visitor, address, decide, in_link, invite, refused};

#[tokio::test]
async fn nobody_is_approved_whose_address_is_not_confirmed() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let email = address("unproven");
    let code = invite(&admin, json!({ "max_uses": 3 })).await?["code"].clone();
    let body = json!({ "email": email, "password": PASSWORD, "invite_code": code });
    visitor.post("/api/auth/register", body).await?.success()?;
    let found = read(
        admin
            .api(Method::GET, "/api/admin/users")
            .query(&[("search", &email)]),
    )
    .await?
    .success()?;
    let id = found["data"][0]["id"].as_str().context("an id")?.to_owned();
    let decision = json!({ "status": "approved" });
    let by_api = admin.api(Method::PUT, &format!("/api/admin/users/{id}"));
    refused(
        &read(by_api.json(&decision)).await?,
        409,
        "email_not_confirmed",
    )?;
    let by_rest = admin.rest(Method::PATCH, &format!("user_profiles?id=eq.{id}"));
    let answer = read(by_rest.json(&decision)).await?;
    ensure!(
        answer.status == StatusCode::CONFLICT && answer.body["message"] == "email_not_confirmed",
        "{answer:?}"
    );
    visitor.confirm(&email).await?;
    decide(&admin, &email, decision).await?;
    visitor.log_in(&email, PASSWORD).await?.success()?;
    Ok(())
}

#[tokio::test]
async fn a_stolen_session_moves_no_account_to_another_address() -> Result<()> {
    let visitor = Visitor::new()?;
    let person = Person::approved(&visitor.environment, "robbed").await?;
    let new = address("thief");
    let url = format!("{}/auth/v1/user", visitor.get("SUPABASE_URL")?);
    let request = || {
        anyhow::Ok(
            visitor
                .http
                .put(&url)
                .header("apikey", visitor.get("SUPABASE_ANON_KEY")?)
                .bearer_auth(&person.access_token),
        )
    };
    read(request()?.json(&json!({ "email": new })))
        .await?
        .success()?;
    let follow = async |mailbox: &str| {
        let mail = visitor
            .mail(mailbox, "Confirm the change of your e-mail address")
            .await?;
        let proof = json!({ "type": "email_change", "token_hash": in_link(&mail, "token")? });
        visitor.auth("/verify", proof).await?.success()
    };
    let first: Value = follow(&new).await?;
    ensure!(first.get("access_token").is_none(), "{first}");
    refused(
        &visitor.log_in(&new, PASSWORD).await?,
        401,
        "invalid_credentials",
    )?;
    visitor.log_in(&person.email, PASSWORD).await?.success()?;

    follow(&person.email).await?;
    visitor.log_in(&new, PASSWORD).await?.success()?;
    visitor
        .mail(&person.email, "Your DNwerks e-mail address was changed")
        .await?;
    Ok(())
}

#[tokio::test]
async fn of_simultaneous_registrations_of_one_address_one_is_made_and_none_fails() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let email = address("eager");
    let code = invite(&admin, json!({ "max_uses": 20 })).await?["code"].clone();
    let calls = (0..8).map(|_| {
        let body = json!({ "email": email, "password": PASSWORD, "invite_code": code });
        visitor.post("/api/auth/register", body)
    });
    let answers = futures::future::try_join_all(calls).await?;
    ensure!(
        answers
            .iter()
            .any(|answer| answer.status == StatusCode::CREATED),
        "{answers:?}"
    );
    for answer in &answers {
        if answer.status != StatusCode::CREATED {
            refused(answer, 409, "registration_under_way")?;
        }
    }
    let users = read(
        admin
            .api(Method::GET, "/api/admin/users")
            .query(&[("search", &email)]),
    )
    .await?
    .success()?;
    ensure!(users["total"] == 1, "{users}");
    Ok(())
}

#[tokio::test]
async fn metadata_locks_nobody_out_and_its_length_is_limited() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let code = invite(&admin, json!({ "max_uses": 9 })).await?["code"].clone();
    let long = json!({ "about": "x".repeat(5000) });
    let body = json!({ "email": address("long"), "password": PASSWORD, "invite_code": code, "data": long });
    refused(
        &visitor.post("/api/auth/register", body).await?,
        422,
        "invalid_input",
    )?;
    let data = json!({ "about": "x".repeat(5000), "invite_code": code });
    let direct = visitor
        .auth(
            "/signup",
            json!({ "email": address("long"), "password": PASSWORD, "data": data }),
        )
        .await?;
    ensure!(
        direct.status == StatusCode::UNPROCESSABLE_ENTITY
            && direct.body["msg"]
                .as_str()
                .is_some_and(|text| text.starts_with("account_metadata_too_long:")),
        "{direct:?}"
    );

    let person = Person::approved(&visitor.environment, "odd").await?;
    let url = format!("{}/auth/v1/user", visitor.get("SUPABASE_URL")?);
    for odd in [
        json!({ "name": ["a", 1], "sub": {}, "email": 5, "full_name": null }),
        json!({ "about": "x".repeat(100_000) }),
    ] {
        let request = visitor
            .http
            .put(&url)
            .header("apikey", visitor.get("SUPABASE_ANON_KEY")?)
            .bearer_auth(&person.access_token);
        read(request.json(&json!({ "data": odd })))
            .await?
            .success()?;
        let session = visitor.log_in(&person.email, PASSWORD).await?.success()?;
        let token = session["access_token"].as_str().context("a token")?;
        let rows = visitor
            .http
            .get(format!("{}/api/campaigns", visitor.get("DNWERKS_API_URL")?))
            .bearer_auth(token);
        read(rows).await?.success()?;
    }
    Ok(())
}

#[tokio::test]
async fn admin_create_takes_an_account_that_exists_only_if_told_to() -> Result<()> {
    let visitor = Visitor::new()?;
    let person = Person::approved(&visitor.environment, "somebody").await?;
    let create = |more: &[&str]| {
        Ok::<_, anyhow::Error>(
            Command::new(binary("dnwerks")?)
                .args(["admin", "create", "--email", &person.email])
                .args(more)
                .output()?,
        )
    };
    let refused = create(&[])?;
    let told = String::from_utf8_lossy(&refused.stderr);
    ensure!(
        !refused.status.success() && told.contains("--existing"),
        "{told}"
    );
    let users = person.api(Method::GET, "/api/admin/users");
    ensure!(read(users).await?.status == StatusCode::FORBIDDEN);
    let made = create(&["--existing"])?;
    ensure!(made.status.success(), "{made:?}");
    let users = person.api(Method::GET, "/api/admin/users");
    read(users).await?.success()?;
    Ok(())
}
