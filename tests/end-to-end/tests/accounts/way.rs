//! One user's path from the invitation to a new password.

use anyhow::{Result, ensure};
use reqwest::StatusCode;
use serde_json::json;
use testkit::people::{PASSWORD, read};

use crate::visitor::{NEW_PASSWORD, Visitor, address, decide, in_link, invite, refused};

#[tokio::test]
async fn a_person_goes_from_invitation_to_a_new_password() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let email = address("newcomer");

    let invited = invite(&admin, json!({ "email": email, "notes": "for the tests" })).await?;
    ensure!(
        invited["status"] == "active" && invited["uses_left"] == 1,
        "{invited}"
    );
    let code = in_link(&visitor.mail(&email, "Your invitation").await?, "invite")?;
    ensure!(
        code == invited["code"].as_str().unwrap_or_default(),
        "{code}"
    );

    let registration =
        json!({ "email": email, "password": PASSWORD, "invite_code": code.to_lowercase() });
    let registered = visitor
        .post("/api/auth/register", registration.clone())
        .await?;
    ensure!(
        registered.status == StatusCode::CREATED && registered.body["status"] == "pending",
        "{registered:?}"
    );
    refused(
        &visitor.post("/api/auth/register", registration).await?,
        403,
        "invite_exhausted",
    )?;
    refused(
        &visitor.log_in(&email, PASSWORD).await?,
        403,
        "email_not_confirmed",
    )?;
    visitor.confirm(&email).await?;
    refused(
        &visitor.log_in(&email, PASSWORD).await?,
        403,
        "approval_pending",
    )?;

    let approved = decide(&admin, &email, json!({ "status": "approved" })).await?;
    ensure!(
        approved["approved_at"].is_string() && approved["invited_by"] == admin.profile_id,
        "{approved}"
    );
    visitor
        .mail(&email, "Your DNwerks account is approved")
        .await?;
    let session = visitor.log_in(&email, PASSWORD).await?.success()?;
    ensure!(
        session["profile"]["status"] == "approved" && session["refresh_token"].is_string(),
        "{session}"
    );
    let token = session["access_token"].as_str().unwrap_or_default();
    let url = format!(
        "{}/rest/v1/campaign_templates?select=name,is_default",
        visitor.get("SUPABASE_URL")?
    );
    let templates = read(
        visitor
            .http
            .get(url)
            .header("apikey", visitor.get("SUPABASE_ANON_KEY")?)
            .bearer_auth(token),
    )
    .await?
    .success()?;
    ensure!(
        templates.as_array().is_some_and(|rows| rows.len() == 5),
        "{templates}"
    );
    let url = format!("{}/api/auth/logout", visitor.get("DNWERKS_API_URL")?);
    let left = read(visitor.http.post(url).bearer_auth(token)).await?;
    ensure!(left.status == StatusCode::NO_CONTENT, "{left:?}");
    let refresh = json!({ "refresh_token": session["refresh_token"] });
    ensure!(
        visitor
            .auth("/token?grant_type=refresh_token", refresh)
            .await?
            .status
            .is_client_error()
    );

    forget_password(&visitor, &email).await
}

/// From the forgotten password to the new one, with every wrong token on the way.
async fn forget_password(visitor: &Visitor, email: &str) -> Result<()> {
    let asked = visitor
        .post("/api/password-reset/request", json!({ "email": email }))
        .await?;
    ensure!(asked.status == StatusCode::ACCEPTED, "{asked:?}");
    let token = in_link(&visitor.mail(email, "Set a new password").await?, "token")?;
    let shown = visitor
        .post("/api/password-reset/validate", json!({ "token": token }))
        .await?
        .success()?;
    ensure!(shown["valid"] == true, "{shown}");
    let confirm = |token: &str, password: &str| json!({ "token": token, "password": password });
    let weak = visitor
        .post(
            "/api/password-reset/confirm",
            confirm(&token, "password123"),
        )
        .await?;
    refused(&weak, 422, "invalid_input")?;
    let truncated = visitor
        .post(
            "/api/password-reset/confirm",
            confirm(&token[..63], NEW_PASSWORD),
        )
        .await?;
    refused(&truncated, 400, "reset_token_invalid")?;
    let foreign = visitor
        .post(
            "/api/password-reset/validate",
            json!({ "token": "0".repeat(64) }),
        )
        .await?;
    refused(&foreign, 400, "reset_token_invalid")?;
    visitor
        .post("/api/password-reset/confirm", confirm(&token, NEW_PASSWORD))
        .await?
        .success()?;
    let replayed = visitor
        .post("/api/password-reset/confirm", confirm(&token, NEW_PASSWORD))
        .await?;
    refused(&replayed, 410, "reset_token_used")?;
    refused(
        &visitor.log_in(email, PASSWORD).await?,
        401,
        "invalid_credentials",
    )?;
    visitor.log_in(email, NEW_PASSWORD).await?.success()?;
    visitor
        .mail(email, "Your DNwerks password was changed")
        .await?;
    Ok(())
}
