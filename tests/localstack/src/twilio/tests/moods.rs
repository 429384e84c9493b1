//! Moods: what the next requests to one number meet.

use std::time::{Duration, Instant};

use ::twilio::{Outcome, UnknownReason};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{FROM, StandIn, TO, quick, stand_in};

async fn moods(twilio: &StandIn, moods: Value) {
    let url = format!("{}/_control/moods", twilio.origin);
    let answer = twilio
        .http
        .put(url)
        .json(&json!({ TO: moods }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_request_is_refused_with_any_status_as_twilio_or_as_a_proxy_does() {
    let twilio = stand_in(quick()).await;
    moods(
        &twilio,
        json!([
            {"refuse_with": {"http_status": 404, "code": 20404}},
            {"refuse_with": {"http_status": 403}},
            {"refuse_with": {"http_status": 503}},
        ]),
    )
    .await;
    let options = quick();
    let url = format!(
        "{}/2010-04-01/Accounts/{}/Messages.json",
        twilio.origin, options.account_sid
    );
    let mut answers = Vec::new();
    for _ in 0..2 {
        let answer = twilio
            .http
            .post(&url)
            .basic_auth(&options.account_sid, Some(&options.auth_token))
            .form(&[("To", TO), ("From", FROM), ("Body", "Hello")])
            .send()
            .await
            .unwrap();
        answers.push((
            answer.status().as_u16(),
            answer.headers()["content-type"].clone(),
        ));
    }
    assert_eq!(answers[0], (404, "application/json".parse().unwrap()));
    assert_eq!(
        answers[1],
        (403, "text/html; charset=utf-8".parse().unwrap())
    );
    let reason = UnknownReason::Status(503);
    assert_eq!(
        twilio.send(TO, "Hello", None).await,
        Outcome::Unknown { reason }
    );
    let summary = twilio.summary().await;
    assert_eq!(summary["refused"], json!({"20404": 1, "403": 1, "503": 1}));
    assert_eq!(summary["accepted"], 0);
}

#[tokio::test]
async fn a_request_that_hangs_is_neither_accepted_nor_answered() {
    let twilio = stand_in(quick()).await;
    moods(&twilio, json!(["hang"])).await;
    let patient = tokio::time::timeout(Duration::from_millis(300), twilio.send(TO, "Hello", None));
    assert!(patient.await.is_err());
    assert!(matches!(
        twilio.send(TO, "Hello", None).await,
        Outcome::Accepted {
            concurrent_requests: Some(1),
            ..
        }
    ));
    let summary = twilio.summary().await;
    assert_eq!(summary["faults"], json!({"hang": 1}));
    assert_eq!(summary["accepted"], 1);
}

#[tokio::test]
async fn a_request_is_accepted_as_late_as_it_was_said() {
    let twilio = stand_in(quick()).await;
    moods(&twilio, json!([{"late": 200}])).await;
    let began = Instant::now();
    assert!(matches!(
        twilio.send(TO, "Hello", None).await,
        Outcome::Accepted { .. }
    ));
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert_eq!(twilio.summary().await["faults"], json!({"late": 1}));
}

#[tokio::test]
async fn a_late_message_does_not_enter_a_ledger_that_was_reset() {
    let twilio = stand_in(quick()).await;
    moods(&twilio, json!([{"late": 300}])).await;
    let hasty = tokio::time::timeout(Duration::from_millis(100), twilio.send(TO, "Hello", None));
    assert!(hasty.await.is_err());
    let url = format!("{}/_control/ledger", twilio.origin);
    twilio.http.delete(url).send().await.unwrap();
    let summary = twilio.settled().await;
    assert_eq!(
        (&summary["accepted"], &summary["requests"]),
        (&json!(0), &json!(0))
    );
}
