//! A campaign through every process.

use std::time::Duration;

use anyhow::Result;
use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use stack::TwilioStandIn;
use testkit::{
    eventually, http_client, new_phone,
    people::{Person, count, read, text},
    shared_environment,
};

const PATIENCE: Duration = Duration::from_mins(1);

fn twilio() -> Result<TwilioStandIn> {
    TwilioStandIn::of(&shared_environment()?)
}

async fn ended(owner: &Person, id: &str) -> Result<Value> {
    eventually("the campaign's end", PATIENCE, async || {
        let campaign = owner.campaign(id).await?;
        let settled = count(&campaign, "delivered_count") + count(&campaign, "failed_count");
        let ended = campaign["status"] == "sent" || campaign["status"] == "failed";
        Ok((ended && settled == count(&campaign, "total_recipients")).then_some(campaign))
    })
    .await
}

#[tokio::test]
async fn everybody_is_addressed_by_name_or_by_the_default() -> Result<()> {
    let owner = Person::approved(&shared_environment()?, "owner").await?;
    let (named, nameless) = (new_phone(), new_phone());
    owner
        .import(format!("phone,first_name\n{named},Zoë\n{nameless},\n").into_bytes())
        .await?;
    let id = owner
        .write_campaign("Names", r#"Hi {{ first_name | default("there") }}!"#)
        .await?;
    owner.send_campaign(&id).await?;
    let campaign = ended(&owner, &id).await?;
    assert_eq!(campaign["status"], "sent", "{campaign}");
    assert_eq!(count(&campaign, "delivered_count"), 2);
    assert_eq!(twilio()?.received(&named).await?[0]["body"], "Hi Zoë!");
    assert_eq!(twilio()?.received(&nameless).await?[0]["body"], "Hi there!");
    Ok(())
}

#[tokio::test]
async fn a_schedule_that_the_frontend_wrote_launches_by_itself_once() -> Result<()> {
    let owner = Person::approved(&shared_environment()?, "owner").await?;
    let phone = new_phone();
    owner
        .import(format!("phone\n{phone}\n").into_bytes())
        .await?;
    let rows = read(
        owner
            .rest(Method::POST, "campaigns")
            .header("prefer", "return=representation")
            .json(&json!({"name": "Later", "message_body": "It is time"})),
    )
    .await?
    .success()?;
    let id = text(&rows[0], "id")?;
    owner.without_quiet_hours(&id).await?;
    let schedule = json!({"status": "scheduled", "scheduled_at": rows[0]["created_at"]});
    let row = format!("campaigns?id=eq.{id}");
    read(owner.rest(Method::PATCH, &row).json(&schedule))
        .await?
        .success()?;
    let campaign = ended(&owner, &id).await?;
    assert_eq!(campaign["status"], "sent", "{campaign}");
    assert_eq!(twilio()?.received(&phone).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn twenty_launches_at_once_are_one() -> Result<()> {
    let owner = Person::approved(&shared_environment()?, "owner").await?;
    let phone = new_phone();
    owner
        .import(format!("phone\n{phone}\n").into_bytes())
        .await?;
    let id = owner.write_campaign("Eager", "Once").await?;
    let path = format!("/api/campaigns/{id}/send");
    let answers = join_all((0..20).map(|_| read(owner.api(Method::POST, &path)))).await;
    let mut launched = 0;
    for answer in answers {
        let answer = answer?;
        if answer.status.is_success() {
            launched += 1;
        } else {
            assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
            assert_eq!(answer.body["code"], "campaign_already_launched");
        }
    }
    assert_eq!(launched, 1);
    ended(&owner, &id).await?;
    assert_eq!(twilio()?.received(&phone).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn an_inactive_customer_is_never_texted() -> Result<()> {
    let owner = Person::approved(&shared_environment()?, "owner").await?;
    let (active, inactive) = (new_phone(), new_phone());
    owner
        .import(format!("phone,status\n{active},active\n{inactive},inactive\n").into_bytes())
        .await?;
    let id = owner.write_campaign("Active only", "Hello").await?;
    let launched = owner.send_campaign(&id).await?;
    assert_eq!(launched["skipped"], json!({"inactive": 1}), "{launched}");
    let campaign = ended(&owner, &id).await?;
    assert_eq!(count(&campaign, "total_recipients"), 1);
    assert_eq!(twilio()?.received(&inactive).await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_campaign_without_recipients_says_so_and_stays_a_draft() -> Result<()> {
    let owner = Person::approved(&shared_environment()?, "owner").await?;
    let id = owner.write_campaign("Nobody", "Hello").await?;
    let answer = read(owner.api(Method::POST, &format!("/api/campaigns/{id}/send"))).await?;
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        answer.body
    );
    assert_eq!(answer.body["code"], "no_recipients");
    assert_eq!(owner.campaign(&id).await?["status"], "draft");
    Ok(())
}

#[tokio::test]
async fn the_owner_is_told_by_mail_when_a_campaign_has_ended() -> Result<()> {
    let environment = shared_environment()?;
    let owner = Person::approved(&environment, "owner").await?;
    owner
        .import(format!("phone\n{}\n", new_phone()).into_bytes())
        .await?;
    let id = owner.write_campaign("Told by mail", "Hello").await?;
    owner.send_campaign(&id).await?;
    ended(&owner, &id).await?;
    let outbox = format!(
        "{}.json?to={}",
        environment["LOCALSTACK_OUTBOX_URL"], owner.email
    );
    eventually("the mail", PATIENCE, async || {
        let mails = read(http_client()?.get(&outbox)).await?.success()?;
        Ok(mails.to_string().contains("Told by mail").then_some(()))
    })
    .await
}
