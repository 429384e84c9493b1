//! What is wrong with Twilio, Resend, and the address at which they reach us.

use anyhow::Result;
use axum::{Router, http::StatusCode, response::Redirect, routing::post};
use localstack::{resend, twilio};
use serde_json::{Value, json};

use crate::stage::{Case, Stage, control, serve};

const SERVICE: &str = "MG00000000000000000000000000000001";

/// Twilio with this account.
async fn twilio_with(account: &Value) -> Result<Vec<(&'static str, Option<String>)>> {
    let origin = serve(twilio::StandIn::new(twilio::Options::default())?.router()).await?;
    control(&origin, "account", account).await?;
    Ok(vec![("TWILIO_API_URL", Some(origin))])
}

/// Resend with these domains.
async fn resend_with(domains: &Value) -> Result<Vec<(&'static str, Option<String>)>> {
    let origin = serve(resend::router(resend::Options::default())?).await?;
    control(&origin, "domains", domains).await?;
    Ok(vec![("RESEND_API_URL", Some(origin))])
}

pub async fn cases(stage: &Stage) -> Result<Vec<Case>> {
    let mut cases = of_twilio(stage).await?;
    cases.extend(of_callbacks().await?);
    cases.extend(of_resend().await?);
    Ok(cases)
}

async fn of_twilio(stage: &Stage) -> Result<Vec<Case>> {
    let number = stage.get("TWILIO_PHONE_NUMBER")?;
    let value = |value: &str| Some(value.to_owned());
    let with_service = |mut changes: Vec<(&'static str, Option<String>)>| {
        changes.push(("TWILIO_MESSAGING_SERVICE_SID", value(SERVICE)));
        changes
    };
    Ok(vec![
        Case {
            what: "another account's auth token",
            changes: vec![("TWILIO_AUTH_TOKEN", value("another"))],
            finding: "twilio.credentials",
            says: "refuses TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN with 401 (error 20003)",
            remedy: "Copy both",
            ..Case::default()
        },
        Case {
            what: "a suspended account",
            changes: twilio_with(&json!({ "status": "suspended", "numbers": { number: {} } }))
                .await?,
            finding: "twilio.account",
            says: "The account is suspended",
            remedy: "Twilio's console",
            ..Case::default()
        },
        Case {
            what: "a trial account",
            changes: twilio_with(&json!({ "type": "Trial", "numbers": { number: {} } })).await?,
            finding: "twilio.account",
            state: "warning",
            says: "only numbers that its owner has confirmed",
            remedy: "Upgrade it",
            ..Case::default()
        },
        Case {
            what: "a sender that is not ours",
            changes: vec![("TWILIO_PHONE_NUMBER", value("+14155550199"))],
            finding: "twilio.sender",
            says: "+14155550199, which the account does not have",
            remedy: "Set TWILIO_PHONE_NUMBER to one",
            ..Case::default()
        },
        Case {
            what: "a number that only rings",
            changes: twilio_with(&json!({ "numbers": { number: { "voice_only": true } } })).await?,
            finding: "twilio.sender",
            says: "can't text",
            remedy: "a number with SMS",
            ..Case::default()
        },
        Case {
            what: "a messaging service that is not ours",
            changes: with_service(Vec::new()),
            finding: "twilio.sender",
            says: "which the account does not have",
            remedy: "Set TWILIO_MESSAGING_SERVICE_SID to one",
            ..Case::default()
        },
        Case {
            what: "a messaging service without numbers",
            changes: with_service(
                twilio_with(&json!({ "numbers": { number: {} }, "services": { SERVICE: {} } }))
                    .await?,
            ),
            finding: "twilio.sender",
            says: "has no number to send from",
            remedy: "Add a number",
            ..Case::default()
        },
        Case {
            what: "answers that go elsewhere",
            changes: twilio_with(
                &json!({ "numbers": { number: { "sms_url": "https://old.example.com/sms" } } }),
            )
            .await?,
            finding: "twilio.inbound",
            state: "warning",
            says: "goes to https://old.example.com/sms",
            remedy: "/api/webhooks/twilio/inbound",
            ..Case::default()
        },
        Case {
            what: "an API key that Lookup refuses",
            changes: vec![
                (
                    "TWILIO_API_KEY",
                    value("SK00000000000000000000000000000001"),
                ),
                ("TWILIO_API_SECRET", value("wrong")),
            ],
            finding: "twilio.lookup",
            says: "refuses TWILIO_API_KEY",
            remedy: "Make a new key",
            ..Case::default()
        },
    ])
}

async fn of_callbacks() -> Result<Vec<Case>> {
    let value = |value: &str| Some(value.to_owned());
    let base = |address: String| vec![("PUBLIC_BASE_URL", Some(address))];
    let website = serve(Router::new().fallback(|| async { "Welcome!" })).await?;
    let empty = serve(Router::new()).await?;
    let moved =
        serve(Router::new().fallback(|| async { Redirect::permanent("https://www.example.com") }))
            .await?;
    // A process with other settings than these refuses both.
    let other = serve(Router::new().route(
        "/api/webhooks/twilio/status",
        post(|| async { StatusCode::FORBIDDEN }),
    ))
    .await?;
    Ok(vec![
        Case {
            what: "nobody at the public address",
            changes: base(format!("http://127.0.0.1:{}", testkit::free_port()?)),
            finding: "callbacks.reachable",
            says: "can't be reached",
            remedy: "Start twilio-callbacks",
            ..Case::default()
        },
        Case {
            what: "a website at the public address",
            changes: base(website),
            finding: "callbacks.reachable",
            says: "another server: it answers 200",
            remedy: "/api/webhooks/twilio",
            ..Case::default()
        },
        Case {
            what: "a proxy without our route",
            changes: base(empty),
            finding: "callbacks.reachable",
            says: "it answers 404",
            remedy: "/api/webhooks/twilio",
            ..Case::default()
        },
        Case {
            what: "a public address that redirects",
            changes: base(moved),
            finding: "callbacks.reachable",
            says: "redirects (308",
            remedy: "where it redirects",
            ..Case::default()
        },
        Case {
            what: "a process with another token or address",
            changes: base(other),
            finding: "callbacks.reachable",
            says: "refuses what this auth token signed",
            remedy: "the same PUBLIC_BASE_URL",
            ..Case::default()
        },
        Case {
            what: "a public address on this machine, with the real Twilio",
            changes: vec![("TWILIO_API_URL", value("https://api.twilio.invalid"))],
            arguments: vec!["--timeout", "1"],
            finding: "callbacks.address",
            says: "where Twilio can't reach it",
            remedy: "public address",
            ..Case::default()
        },
    ])
}

async fn of_resend() -> Result<Vec<Case>> {
    let value = |value: &str| Some(value.to_owned());
    let pending = json!({ "domains": [{ "name": "dnwerks.test", "status": "pending" }] });
    Ok(vec![
        Case {
            what: "a wrong key",
            changes: vec![("RESEND_API_KEY", value("re_wrong"))],
            finding: "resend.key",
            says: "refuses RESEND_API_KEY",
            remedy: "Make a new key",
            ..Case::default()
        },
        Case {
            what: "a domain that is not verified",
            changes: resend_with(&pending).await?,
            finding: "resend.domain",
            says: "dnwerks.test is not verified at Resend (pending)",
            remedy: "DNS records",
            ..Case::default()
        },
        Case {
            what: "a domain that is not ours",
            changes: vec![("RESEND_FROM_EMAIL", value("DNwerks <hello@example.com>"))],
            finding: "resend.domain",
            says: "no domain example.com",
            remedy: "Add it",
            ..Case::default()
        },
        Case {
            what: "a key that may only send",
            changes: resend_with(&json!({ "key_may_only_send": true })).await?,
            finding: "resend.domain",
            state: "skipped",
            says: "can't be seen",
            remedy: "Look in Resend's dashboard",
            ..Case::default()
        },
        Case {
            what: "no secret for webhooks",
            changes: vec![("RESEND_WEBHOOK_SECRET", None)],
            finding: "resend.webhook_secret",
            state: "warning",
            says: "bounces and complaints are not heard of",
            remedy: "/api/webhooks/resend",
            ..Case::default()
        },
        Case {
            what: "a sender that is no address",
            changes: vec![("RESEND_FROM_EMAIL", value("nobody"))],
            finding: "resend.from",
            says: "no e-mail address",
            remedy: "name@example.com",
            ..Case::default()
        },
    ])
}
