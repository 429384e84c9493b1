//! Concurrent password resets, and those that admins start.

use std::time::Duration;

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{
    eventually,
    people::{Answer, Person, read},
};

use crate::visitor::{NEW_PASSWORD, Visitor, in_link, refused};

#[tokio::test]
async fn twenty_who_confirm_one_reset_at_once_set_one_password() -> Result<()> {
    let visitor = Visitor::new()?;
    let person = Person::approved(&visitor.environment, "racer").await?;
    visitor
        .post(
            "/api/password-reset/request",
            json!({ "email": person.email }),
        )
        .await?
        .success()?;
    let token = in_link(
        &visitor.mail(&person.email, "Set a new password").await?,
        "token",
    )?;
    let calls = (0..20).map(|n| {
        let body = json!({ "token": token, "password": format!("{NEW_PASSWORD}-{n}") });
        visitor.post("/api/password-reset/confirm", body)
    });
    let answers: Vec<Answer> = futures::future::try_join_all(calls).await?;
    let won: Vec<usize> = (0..20)
        .filter(|n| answers[*n].status.is_success())
        .collect();
    ensure!(won.len() == 1, "{won:?}");
    for answer in answers.iter().filter(|answer| !answer.status.is_success()) {
        refused(answer, 410, "reset_token_used")?;
    }
    visitor
        .log_in(&person.email, &format!("{NEW_PASSWORD}-{}", won[0]))
        .await?
        .success()?;
    Ok(())
}

#[tokio::test]
async fn an_admin_resets_a_password_and_sees_it_completed() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let person = Person::approved(&visitor.environment, "forgetful").await?;
    let reset = async |user_id: &str| {
        let body = json!({ "user_id": user_id, "reason": "lost phone" });
        read(
            admin
                .api(Method::POST, "/api/admin/password-reset")
                .json(&body),
        )
        .await
    };
    refused(&reset(&admin.profile_id).await?, 403, "own_account")?;
    refused(
        &reset("00000000-0000-4000-8000-000000000000").await?,
        404,
        "user_not_found",
    )?;
    let first = reset(&person.profile_id).await?.success()?;
    ensure!(
        first["status"] == "pending" && first["reason"] == "lost phone",
        "{first}"
    );
    ensure!(
        !first.to_string().contains("token"),
        "the token is only in the mail: {first}"
    );
    let token = in_link(
        &visitor.mail(&person.email, "Set a new password").await?,
        "token",
    )?;
    let second = reset(&person.profile_id).await?.success()?;
    let old = visitor
        .post("/api/password-reset/validate", json!({ "token": token }))
        .await?;
    refused(&old, 410, "reset_token_canceled")?;
    let fresh = eventually("a newer mail", Duration::from_secs(20), async || {
        let newest = in_link(
            &visitor.mail(&person.email, "Set a new password").await?,
            "token",
        )?;
        Ok((newest != token).then_some(newest))
    })
    .await?;
    let body = json!({ "token": fresh, "password": NEW_PASSWORD });
    visitor
        .post("/api/password-reset/confirm", body)
        .await?
        .success()?;
    let listed = read(admin.api(Method::GET, "/api/admin/password-resets?per_page=200"))
        .await?
        .success()?;
    let status_of = |id: &Value| {
        let rows = listed["data"].as_array().into_iter().flatten();
        rows.into_iter()
            .find(|row| row["id"] == *id)
            .map(|row| row["status"].clone())
    };
    ensure!(
        status_of(&first["id"]) == Some(json!("cancelled")),
        "{listed}"
    );
    ensure!(
        status_of(&second["id"]) == Some(json!("completed")),
        "{listed}"
    );
    Ok(())
}
