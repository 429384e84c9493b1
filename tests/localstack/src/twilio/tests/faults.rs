//! Faults in what is shown, when it is accepted, and who is refused.

use std::time::{Duration, Instant};

use ::twilio::{MessageStatus, Outcome, UnknownReason};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::callbacks::receiver;
use super::{FROM, StandIn, TO, quick, stand_in};

impl StandIn {
    /// The texts that the list shows, the newest first.
    async fn listed(&self) -> Vec<String> {
        let found = self
            .client
            .find_messages(TO, DateTime::<Utc>::UNIX_EPOCH)
            .await
            .unwrap();
        found
            .into_iter()
            .map(|message| message.body.unwrap_or_default())
            .collect()
    }

    /// The id of a message that is accepted.
    async fn accepted(&self, body: &str) -> String {
        match self.send(TO, body, None).await {
            Outcome::Accepted { sid, .. } => sid,
            outcome => panic!("{outcome:?}"),
        }
    }

    /// The counts once this many messages are accepted.
    pub(super) async fn with_accepted(&self, messages: u32) -> Value {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let summary = self.summary().await;
            if summary["accepted"] == messages {
                return summary;
            }
            assert!(Instant::now() < deadline, "{summary}");
            tokio::task::yield_now().await;
        }
    }
}

const AS_SENT: &str = "“Hi” – it’s ½\u{a0}off…\u{200b} ＢＩＧ";
const ENCODED: &str = "\"Hi\" - it's 1/2  off... BIG";

#[tokio::test]
async fn smart_encoding_changes_what_is_shown_and_billed_but_not_what_is_a_duplicate() {
    let twilio = stand_in(quick()).await;
    twilio.accepted(AS_SENT).await;
    assert_eq!(twilio.listed().await, [AS_SENT]);

    twilio.faults(json!({"smart_encoding": true})).await;
    twilio.accepted(ENCODED).await;
    assert_eq!(twilio.listed().await, [ENCODED, AS_SENT]);
    assert_eq!(twilio.summary().await["duplicates"], 0);
    twilio.accepted(AS_SENT).await;
    assert_eq!(twilio.listed().await, [ENCODED, ENCODED, AS_SENT]);
    assert_eq!(twilio.summary().await["duplicates"], 1);

    let Outcome::Accepted { segments, .. } = twilio.send(TO, &"’".repeat(160), None).await else {
        panic!("not accepted")
    };
    assert_eq!(segments, 1);
}

#[tokio::test]
async fn a_request_can_ask_for_smart_encoding() {
    let twilio = stand_in(quick()).await;
    let options = quick();
    let url = format!(
        "{}/2010-04-01/Accounts/{}/Messages.json",
        twilio.origin, options.account_sid
    );
    let form = [
        ("To", TO),
        ("From", FROM),
        ("Body", AS_SENT),
        ("SmartEncoded", "true"),
    ];
    let answer = twilio
        .http
        .post(url)
        .basic_auth(options.account_sid, Some(options.auth_token))
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["body"], ENCODED);
}

#[tokio::test]
async fn the_texts_of_a_trial_account_have_a_prefix_and_redacted_ones_are_empty() {
    let twilio = stand_in(quick()).await;
    let sid = twilio.accepted("Hello").await;
    let fetched = async || twilio.fetch_message(&sid).await.unwrap();

    twilio.faults(json!({"trial_prefix": true})).await;
    let with_prefix = "Sent from your Twilio trial account - Hello";
    assert_eq!(twilio.listed().await, [with_prefix]);
    assert_eq!(fetched().await.body.as_deref(), Some(with_prefix));

    twilio
        .faults(json!({"trial_prefix": true, "redact": true}))
        .await;
    assert_eq!(twilio.listed().await, [""]);
    assert_eq!(fetched().await.body.as_deref(), Some(""));

    twilio.faults(json!({})).await;
    assert_eq!(twilio.listed().await, ["Hello"]);
}

#[tokio::test]
async fn a_message_is_accepted_late_after_its_client_has_gone() {
    let twilio = stand_in(quick()).await;
    twilio
        .faults(json!({"late_ratio": 1.0, "late_ms": 500}))
        .await;
    let began = Instant::now();
    let hasty = tokio::time::timeout(Duration::from_millis(100), twilio.send(TO, "Hello", None));
    assert!(hasty.await.is_err());
    let summary = twilio.summary().await;
    let listed = twilio.listed().await;
    if began.elapsed() < Duration::from_millis(500) {
        assert_eq!((&summary["accepted"], listed.len()), (&json!(0), 0));
    }
    twilio.with_accepted(1).await;
    assert!(began.elapsed() >= Duration::from_millis(500));
    let settled = twilio.settled().await;
    assert_eq!(settled["faults"], json!({"late": 1}));
    assert_eq!(twilio.listed().await, ["Hello"]);
}

#[tokio::test]
async fn the_list_lags_and_a_fetch_does_not() {
    let twilio = stand_in(quick()).await;
    twilio.faults(json!({"list_lag_ms": 3_600_000})).await;
    let sid = twilio.accepted("Hello").await;
    assert!(twilio.fetch_message(&sid).await.is_some());
    assert!(twilio.listed().await.is_empty());
    twilio.faults(json!({"list_lag_ms": 0})).await;
    assert_eq!(twilio.listed().await, ["Hello"]);
}

#[tokio::test]
async fn an_account_refuses_everything_until_it_is_told_not_to() {
    let twilio = stand_in(quick()).await;
    twilio
        .faults(json!({"account_refuses": {"http_status": 401, "code": 20003}}))
        .await;
    for _ in 0..2 {
        assert!(matches!(
            twilio.send(TO, "Hello", None).await,
            Outcome::Refused {
                code: Some(20003),
                ..
            }
        ));
    }
    twilio
        .faults(json!({"account_refuses": {"http_status": 502}}))
        .await;
    let reason = UnknownReason::Status(502);
    assert_eq!(
        twilio.send(TO, "Hello", None).await,
        Outcome::Unknown { reason }
    );
    twilio.faults(json!({})).await;
    twilio.accepted("Hello").await;
    assert_eq!(
        twilio.summary().await["refused"],
        json!({"20003": 2, "502": 1})
    );
}

#[tokio::test]
async fn the_first_callback_is_delayed_and_the_message_is_not() {
    let options = quick();
    let (hooks, seen) = receiver(options.auth_token.clone()).await;
    let twilio = stand_in(options).await;
    twilio.faults(json!({"callback_delay_ms": 500})).await;
    let Outcome::Accepted { sid, .. } = twilio
        .send(TO, "Hello", Some(&format!("{hooks}/status")))
        .await
    else {
        panic!("not accepted")
    };
    twilio.settled().await;
    let statuses: Vec<_> = seen
        .lock()
        .unwrap()
        .iter()
        .map(|(_, status, _)| status.clone())
        .collect();
    assert_eq!(statuses, ["delivered", "sent"]);
    let message = twilio.fetch_message(&sid).await.unwrap();
    assert_eq!(message.status, MessageStatus::Delivered);
}

#[tokio::test]
async fn a_misspelt_fault_is_refused() {
    let twilio = stand_in(quick()).await;
    let answer = twilio
        .http
        .put(format!("{}/_control/faults", twilio.origin))
        .json(&json!({"redacted": true}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
}
