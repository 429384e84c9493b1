//! Who gets access, through each API.

use anyhow::{Context as _, Result, ensure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::people::{PASSWORD, Person, read};

use crate::visitor::{Visitor, address, decide, invite, refused};

#[tokio::test]
async fn a_frontend_that_asks_auth_directly_meets_the_same_rules() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let sign_up = async |email: &str, data: Value| {
        visitor
            .auth(
                "/signup",
                json!({ "email": email, "password": PASSWORD, "data": data }),
            )
            .await
    };
    let without = sign_up(&address("stranger"), json!({})).await?;
    ensure!(without.status == StatusCode::FORBIDDEN, "{without:?}");
    ensure!(
        without.body["msg"]
            .as_str()
            .is_some_and(|text| text.starts_with("invite_required:")),
        "{without:?}"
    );

    let email = address("climber");
    let code = invite(&admin, json!({ "max_uses": 3 })).await?["code"].clone();
    let data = json!({ "invite_code": code, "role": "admin", "status": "approved" });
    sign_up(&email, data).await?.success()?;
    let session = visitor.confirm(&email).await?;
    let token = session["access_token"].as_str().context("a session")?;
    let rest = async |method: Method, path: &str, body: Value| {
        let url = format!("{}/rest/v1/{path}", visitor.get("SUPABASE_URL")?);
        let request = visitor
            .http
            .request(method, url)
            .header("apikey", visitor.get("SUPABASE_ANON_KEY")?);
        read(
            request
                .bearer_auth(token)
                .header("prefer", "return=representation")
                .json(&body),
        )
        .await
    };
    let own = rest(
        Method::GET,
        "user_profiles?select=id,role,status",
        json!({}),
    )
    .await?
    .success()?;
    ensure!(
        own[0]["role"] == "user" && own[0]["status"] == "pending",
        "metadata decides nothing: {own}"
    );

    let climbed = rest(
        Method::PATCH,
        "user_profiles?role=eq.user",
        json!({ "role": "admin", "status": "approved" }),
    )
    .await?;
    ensure!(
        !climbed.status.is_success() || climbed.body == json!([]),
        "{climbed:?}"
    );
    let id = own[0]["id"].clone();
    let upserted = rest(
        Method::POST,
        "user_profiles?on_conflict=id",
        json!({ "id": id, "role": "admin" }),
    )
    .await?;
    ensure!(upserted.status.is_client_error(), "{upserted:?}");
    for function in [
        "queue_mail",
        "open_password_reset",
        "is_admin",
        "create_profile",
    ] {
        let called = rest(Method::POST, &format!("rpc/{function}"), json!({})).await?;
        ensure!(called.status.is_client_error(), "{function}: {called:?}");
    }
    let own = rest(Method::GET, "user_profiles?select=role,status", json!({}))
        .await?
        .success()?;
    ensure!(
        own == json!([{ "role": "user", "status": "pending" }]),
        "{own}"
    );
    Ok(())
}

#[tokio::test]
async fn every_bad_invitation_is_refused_with_its_own_code() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let register = async |code: &Value| {
        let body = json!({ "email": address("late"), "password": PASSWORD, "invite_code": code });
        visitor.post("/api/auth/register", body).await
    };
    refused(&register(&json!("")).await?, 403, "invite_required")?;
    refused(
        &register(&json!("NO-SUCH-CODE-1")).await?,
        403,
        "invite_unknown",
    )?;
    let bound = invite(&admin, json!({ "email": address("somebody") })).await?;
    refused(
        &register(&bound["code"]).await?,
        403,
        "invite_for_another_email",
    )?;
    let revoked = invite(&admin, json!({})).await?;
    let id = revoked["id"].as_str().unwrap_or_default();
    let gone = read(admin.api(Method::DELETE, &format!("/api/admin/invites/{id}"))).await?;
    ensure!(gone.status == StatusCode::NO_CONTENT, "{gone:?}");
    refused(&register(&revoked["code"]).await?, 403, "invite_revoked")?;
    let taken = read(
        admin
            .api(Method::POST, "/api/admin/invites")
            .json(&json!({ "code": revoked["code"] })),
    )
    .await?;
    refused(&taken, 409, "invite_code_taken")?;
    let past = read(
        admin
            .api(Method::POST, "/api/admin/invites")
            .json(&json!({ "expires_at": "2020-01-01T00:00:00Z" })),
    );
    refused(&past.await?, 422, "invalid_input")?;
    let listed = read(admin.api(Method::GET, "/api/admin/invites?usable=false&per_page=5"))
        .await?
        .success()?;
    ensure!(
        listed["total"].as_i64().is_some_and(|total| total >= 1),
        "{listed}"
    );
    Ok(())
}

#[tokio::test]
async fn a_rejected_person_is_out_at_once_and_stays_out() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let person = Person::approved(&visitor.environment, "leaver").await?;
    let session = visitor.log_in(&person.email, PASSWORD).await?.success()?;
    decide(&admin, &person.email, json!({ "status": "rejected" })).await?;
    let rows = read(person.rest(Method::GET, "campaign_templates")).await?;
    ensure!(
        rows.status == StatusCode::UNAUTHORIZED && rows.body["message"] == "session_ended",
        "an old token reaches nothing: {rows:?}"
    );
    let refresh = json!({ "refresh_token": session["refresh_token"] });
    ensure!(
        visitor
            .auth("/token?grant_type=refresh_token", refresh)
            .await?
            .status
            .is_client_error()
    );
    refused(
        &visitor.log_in(&person.email, PASSWORD).await?,
        403,
        "account_rejected",
    )?;
    refused(
        &visitor.log_in(&person.email, "not-the-password").await?,
        401,
        "invalid_credentials",
    )?;
    visitor
        .mail(&person.email, "About your DNwerks account")
        .await?;
    Ok(())
}

#[tokio::test]
async fn admin_routes_are_for_approved_admins_and_nobody_decides_about_themselves() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let user = Person::approved(&visitor.environment, "user").await?;
    for path in [
        "/api/admin/users",
        "/api/admin/invites",
        "/api/admin/password-resets",
        "/api/admin/mail-suppressions",
    ] {
        let anonymous = read(
            visitor
                .http
                .get(format!("{}{path}", visitor.get("DNWERKS_API_URL")?)),
        )
        .await?;
        refused(&anonymous, 401, "token_missing")?;
        refused(
            &read(user.api(Method::GET, path)).await?,
            403,
            "admin_required",
        )?;
    }
    let own = format!("/api/admin/users/{}", admin.profile_id);
    let demoted = read(
        admin
            .api(Method::PUT, &own)
            .json(&json!({ "role": "user" })),
    )
    .await?;
    refused(&demoted, 403, "own_account")?;
    let promoted = decide(&admin, &user.email, json!({ "role": "admin" })).await?;
    ensure!(promoted["role"] == "admin", "{promoted}");
    read(user.api(Method::GET, "/api/admin/users"))
        .await?
        .success()?;
    Ok(())
}

#[tokio::test]
async fn lifting_the_suppression_of_an_address_needs_one_and_a_reason() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let list = "/api/admin/mail-suppressions?search=never-mailed";
    let found = read(admin.api(Method::GET, list)).await?.success()?;
    ensure!(found["total"] == 0, "{found}");
    let address = "/api/admin/mail-suppressions/never-mailed%40example.com";
    let unexplained = read(admin.api(Method::DELETE, address)).await?;
    refused(&unexplained, 422, "invalid_input")?;
    let unknown = read(admin.api(Method::DELETE, &format!("{address}?why=a%20test"))).await?;
    refused(&unknown, 404, "mail_suppression_not_found")
}
