//! What people are told about themselves, and what admins do with others: inviting, hearing of them, deleting.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use chrono::TimeDelta;
use domain::{Clock as _, SystemClock};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{
    eventually, new_phone,
    people::{PASSWORD, Person, read, text},
};

use crate::visitor::{Visitor, address, decide, invite, refused};

#[tokio::test]
async fn whoever_waits_for_approval_is_told_so_and_admins_hear_of_it() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let email = address("waiting");
    let code = invite(&admin, json!({ "max_uses": 3 })).await?["code"].clone();
    let body = json!({ "email": email, "password": PASSWORD, "invite_code": code });
    visitor.post("/api/auth/register", body).await?.success()?;
    let mail = visitor
        .mail(&admin.email, "Somebody has registered")
        .await?;
    ensure!(mail.contains(&email), "{mail}");

    let session = visitor.confirm(&email).await?;
    let token = session["access_token"].as_str().context("a token")?;
    let ask = async |path: &str| {
        let url = format!("{}{path}", visitor.get("DNWERKS_API_URL")?);
        read(visitor.http.get(url).bearer_auth(token)).await
    };
    let me = ask("/api/auth/me").await?.success()?;
    ensure!(
        me["email"] == email
            && me["role"] == "user"
            && me["status"] == "pending"
            && me["second_factor_needed"] == false
            && me["limits"].is_null(),
        "{me}"
    );
    refused(&ask("/api/templates").await?, 403, "approval_pending")?;

    decide(&admin, &email, json!({ "status": "approved" })).await?;
    let me = ask("/api/auth/me").await?.success()?;
    ensure!(
        me["status"] == "approved"
            && me["limits"]["price_per_segment"].is_number()
            && me["limits"]["used_today"]["messages"] == 0,
        "{me}"
    );
    let user = format!("/api/admin/users/{}", text(&me, "id")?);
    let seen = read(admin.api(Method::GET, &user)).await?.success()?;
    ensure!(
        seen["email"] == email && seen["user_id"] == me["user_id"],
        "{seen}"
    );
    let unknown = "/api/admin/users/00000000-0000-4000-8000-000000000000";
    refused(
        &read(admin.api(Method::GET, unknown)).await?,
        404,
        "user_not_found",
    )
}

#[tokio::test]
async fn an_invitation_brings_its_link_ends_by_itself_and_tells_of_its_mail() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let email = address("invited");
    let made = invite(&admin, json!({ "email": email })).await?;
    let code = text(&made, "code")?;
    let link = format!("{}/login?invite={code}", visitor.get("NEXTAUTH_URL")?);
    ensure!(
        made["link"] == link && made["mail_state"] == "queued",
        "{made}"
    );
    ensure!(made["expires_at"].is_string(), "two weeks: {made}");
    let mail = visitor.mail(&email, "Your invitation to DNwerks").await?;
    ensure!(mail.contains(&link), "{mail}");
    eventually("the state of the mail", Duration::from_secs(20), async || {
        let list = read(admin.api(Method::GET, "/api/admin/invites?per_page=200"))
            .await?
            .success()?;
        let listed = list["data"].as_array().into_iter().flatten();
        let state = listed
            .into_iter()
            .find(|invite| invite["id"] == made["id"])
            .map(|invite| invite["mail_state"].clone());
        Ok(matches!(&state, Some(Value::String(state)) if state == "sent" || state == "delivered").then_some(()))
    })
    .await?;
    let lasting = invite(&admin, json!({ "expires_at": null, "max_uses": 2 })).await?;
    ensure!(
        lasting["expires_at"].is_null() && lasting["mail_state"].is_null(),
        "{lasting}"
    );
    Ok(())
}

/// Somebody with a customer and a campaign that waits for its time.
async fn busy(visitor: &Visitor) -> Result<(Person, String)> {
    let person = Person::approved(&visitor.environment, "busy").await?;
    let customer = json!({ "phone": new_phone(), "first_name": "Ada" });
    read(person.api(Method::POST, "/api/customers").json(&customer))
        .await?
        .success()?;
    let tomorrow = (SystemClock.now() + TimeDelta::days(1)).to_rfc3339();
    let campaign = json!({ "name": "Later", "message_body": "Hi", "scheduled_at": tomorrow });
    let campaign = read(person.api(Method::POST, "/api/campaigns").json(&campaign))
        .await?
        .success()?;
    Ok((person, text(&campaign, "id")?))
}

#[tokio::test]
async fn who_is_deleted_is_out_and_what_was_theirs_goes_to_somebody_else() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let (person, campaign) = busy(&visitor).await?;
    let heir = Person::approved(&visitor.environment, "heir").await?;
    let delete = async |who: &Person, id: &str, heir: &str| {
        let path = format!("/api/admin/users/{id}");
        read(
            who.api(Method::DELETE, &path)
                .query(&[("hand_over_to", heir)]),
        )
        .await
    };
    refused(
        &delete(&heir, &person.profile_id, &heir.profile_id).await?,
        403,
        "admin_required",
    )?;
    refused(
        &delete(&admin, &admin.profile_id, &heir.profile_id).await?,
        403,
        "own_account",
    )?;
    let to_themselves = delete(&admin, &person.profile_id, &person.profile_id).await?;
    refused(&to_themselves, 422, "invalid_input")?;
    ensure!(
        to_themselves.body["errors"][0]["code"] == "new_owner_not_approved",
        "{to_themselves:?}"
    );

    let deleted = delete(&admin, &person.profile_id, &heir.profile_id)
        .await?
        .success()?;
    ensure!(
        deleted["canceled_campaigns"] == 1
            && deleted["handed_over_to"] == heir.profile_id
            && deleted["handed_over"]["customers"] == 1
            && deleted["handed_over"]["campaigns"] == 1,
        "{deleted}"
    );
    refused(
        &read(person.api(Method::GET, "/api/customers")).await?,
        401,
        "session_ended",
    )?;
    refused(
        &visitor.log_in(&person.email, PASSWORD).await?,
        401,
        "invalid_credentials",
    )?;
    let path = format!("/api/admin/users/{}", person.profile_id);
    refused(
        &read(admin.api(Method::GET, &path)).await?,
        404,
        "user_not_found",
    )?;
    refused(
        &delete(&admin, &person.profile_id, &heir.profile_id).await?,
        404,
        "user_not_found",
    )?;
    let customers = read(heir.api(Method::GET, "/api/customers"))
        .await?
        .success()?;
    ensure!(customers["data"][0]["first_name"] == "Ada", "{customers}");
    ensure!(heir.campaign(&campaign).await?["status"] == "canceled");
    Ok(())
}

#[tokio::test]
async fn without_an_heir_everything_is_archived_by_postgrest_as_by_the_api() -> Result<()> {
    let visitor = Visitor::new()?;
    let admin = visitor.admin().await?;
    let (person, campaign) = busy(&visitor).await?;
    let call = async |who: &Person, id: &str| {
        let request = who.rest(Method::POST, "rpc/delete_user");
        read(request.json(&json!({ "user_id": id }))).await
    };
    let by_themselves = call(&person, &person.profile_id).await?;
    ensure!(
        by_themselves.status == StatusCode::FORBIDDEN
            && by_themselves.body["message"] == "admin_required",
        "{by_themselves:?}"
    );
    let deleted = call(&admin, &person.profile_id).await?.success()?;
    ensure!(deleted["handed_over"].is_null(), "{deleted}");
    let kept = admin.campaign(&campaign).await?;
    ensure!(
        kept["status"] == "canceled" && kept["user_id"] == person.profile_id,
        "{kept}"
    );
    let found = read(
        admin
            .api(Method::GET, "/api/admin/users")
            .query(&[("search", &person.email)]),
    )
    .await?
    .success()?;
    ensure!(found["total"] == 0, "{found}");
    let rows = read(person.rest(Method::GET, "campaigns")).await?;
    ensure!(rows.status == StatusCode::UNAUTHORIZED, "{rows:?}");

    // The address is nobody's any more.
    let code = invite(&admin, json!({ "email": person.email })).await?["code"].clone();
    let body = json!({ "email": person.email, "password": PASSWORD, "invite_code": code });
    visitor.post("/api/auth/register", body).await?.success()?;
    visitor.confirm(&person.email).await?;
    decide(&admin, &person.email, json!({ "status": "approved" })).await?;
    let session = visitor.log_in(&person.email, PASSWORD).await?.success()?;
    ensure!(session["profile"]["id"] != person.profile_id, "{session}");
    Ok(())
}
