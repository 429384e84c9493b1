//! What people text to us, through every process.

use std::time::Duration;

use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};
use domain::{Clock as _, SystemClock};
use reqwest::{Method, StatusCode};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use stack::TwilioStandIn;
use testkit::{
    eventually, new_phone,
    people::{Person, count, read, text},
    shared_environment,
};

const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until a worker has begun to send a campaign.
async fn a_worker_has_taken(campaign: &str) -> Result<()> {
    let database = &shared_environment()?["DNWERKS_TEST_DATABASE_URL"];
    let mut connection = PgConnection::connect(database).await?;
    eventually("the campaign's first take", PATIENCE, async || {
        let taken: bool = sqlx::query_scalar(
            "select not exists (select from private.send_ranges r where r.campaign_id = $1::uuid)",
        )
        .bind(campaign)
        .fetch_one(&mut connection)
        .await?;
        Ok(taken.then_some(()))
    })
    .await
}

#[tokio::test]
async fn no_request_begins_after_the_answer_to_a_stop() -> Result<()> {
    let owner = Person::approved(&shared_environment()?, "owner").await?;
    let (phone, other) = (new_phone(), new_phone());
    owner
        .import(format!("phone\n{phone}\n{other}\n").into_bytes())
        .await?;
    let mut campaigns = Vec::new();
    for n in 0..20 {
        campaigns.push(
            owner
                .write_campaign(&format!("Stop {n}"), "Hello again")
                .await?,
        );
    }
    // Twilio is slow: what was sent before is still under way when the person stops.
    let moods = json!({ &phone: vec![json!({"late": 2000}); campaigns.len()] });
    let twilio = TwilioStandIn::of(&shared_environment()?)?;
    twilio.set_moods(&moods).await?;

    let (before, meanwhile) = campaigns.split_at(campaigns.len() / 2);
    for id in before {
        owner.send_campaign(id).await?;
    }
    a_worker_has_taken(&before[0]).await?;
    let sending = async {
        for id in meanwhile {
            owner.send_campaign(id).await?;
        }
        anyhow::Ok(())
    };
    let opt_out = async {
        // Twilio does not know these words, and so does not refuse what we send afterwards.
        let answer = twilio.text_us(&phone, "Stop please").await?;
        Ok((answer, SystemClock.now()))
    };
    let ((), (reply, answered_at)) = futures::try_join!(sending, opt_out)?;
    assert!(reply.contains("<Message>"), "{reply}");

    for id in &campaigns {
        eventually("the end of each campaign", PATIENCE, async || {
            let campaign = owner.campaign(id).await?;
            Ok((campaign["status"] == "sent").then_some(()))
        })
        .await?;
    }
    let texts = twilio.received(&phone).await?;
    assert!(!texts.is_empty(), "nothing was sent before the STOP");
    assert!(texts.len() < campaigns.len(), "everything was sent before");
    for text in &texts {
        let begun: DateTime<Utc> = text["requested_at"].as_str().context("no time")?.parse()?;
        assert!(begun <= answered_at, "{begun} is after {answered_at}");
    }
    assert_eq!(twilio.received(&other).await?.len(), campaigns.len());
    let customers = read(owner.rest(
        Method::GET,
        &format!("customers?phone=eq.{}", phone.replace('+', "%2B")),
    ))
    .await?
    .success()?;
    assert_eq!(customers[0]["status"], "inactive", "{customers}");
    Ok(())
}

#[tokio::test]
async fn a_person_asks_and_is_answered_until_they_stop() -> Result<()> {
    let twilio = TwilioStandIn::of(&shared_environment()?)?;
    let owner = Person::approved(&shared_environment()?, "owner").await?;
    let phone = new_phone();
    owner
        .import(format!("phone,first_name\n{phone},Zoë\n").into_bytes())
        .await?;
    assert!(
        twilio
            .text_us(&phone, "When do you open?")
            .await?
            .contains("<Response/>")
    );
    let list = read(owner.api(Method::GET, "/api/conversations?unread=true"))
        .await?
        .success()?;
    assert_eq!(count(&list, "total"), 1, "{list}");
    assert_eq!(list["data"][0]["first_name"], "Zoë");
    let path = format!("/api/conversations/{}", text(&list["data"][0], "id")?);

    let answer = json!({"body": "At nine."});
    // Its request comes twice.
    for _ in 0..2 {
        let reply = owner.api(Method::POST, &format!("{path}/reply"));
        read(reply.header("Idempotency-Key", "nine").json(&answer))
            .await?
            .success()?;
    }
    eventually("the answer's delivery", PATIENCE, async || {
        let conversation = read(owner.api(Method::GET, &path)).await?.success()?;
        Ok((conversation["messages"][0]["status"] == "delivered").then_some(()))
    })
    .await?;
    let received = twilio.received(&phone).await?;
    assert_eq!(received.len(), 1, "{received:?}");
    assert_eq!(received[0]["body"], "At nine.");
    let campaigns = read(owner.api(Method::GET, "/api/campaigns"))
        .await?
        .success()?;
    assert_eq!(count(&campaigns, "total"), 0, "{campaigns}");

    assert!(
        twilio
            .text_us(&phone, "please stop texting me")
            .await?
            .contains("<Response/>")
    );
    let refused = read(
        owner
            .api(Method::POST, &format!("{path}/reply"))
            .json(&answer),
    )
    .await?;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.body
    );
    assert_eq!(refused.body["code"], "phone_suppressed");
    let waiting = read(owner.api(Method::GET, "/api/conversations?needs_review=true"))
        .await?
        .success()?;
    assert_eq!(count(&waiting, "total"), 1, "{waiting}");
    let review = json!({"revoked": true});
    let reviewed = read(
        owner
            .api(Method::POST, &format!("{path}/review"))
            .json(&review),
    )
    .await?
    .success()?;
    assert_eq!(reviewed["suppressed_for"], "opted_out", "{reviewed}");
    let stranger = Person::approved(&shared_environment()?, "stranger").await?;
    let refused = read(stranger.api(Method::GET, &path)).await?;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.body);
    Ok(())
}
