//! The stand-in, driven by our own client.

use std::time::{Duration, Instant};

use ::twilio::{Client, CreateMessage, Message, Outcome, Sender, Settings, UnknownReason};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Options;

mod callbacks;
mod faults;
mod lists;
mod lookups;
mod moods;
mod overrides;

const TO: &str = "+14155552671";
const FROM: &str = "+14155552672";

async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

struct StandIn {
    origin: String,
    client: Client,
    http: reqwest::Client,
    account: (String, String),
}

async fn stand_in(options: Options) -> StandIn {
    let account = (options.account_sid.clone(), options.auth_token.clone());
    let settings = Settings {
        account_sid: options.account_sid.clone(),
        auth_token: options.auth_token.clone().into(),
        sender: Sender {
            phone_number: Some(FROM.into()),
            messaging_service_sid: None,
        },
        api_url: "http://127.0.0.1".parse().unwrap(),
        connect_timeout_seconds: 2,
        timeout_seconds: 5,
    };
    let origin = serve(super::StandIn::new(options).unwrap().router()).await;
    let url: url::Url = origin.parse().unwrap();
    let client = Client::new(&Settings {
        api_url: url,
        ..settings
    })
    .unwrap();
    let http = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    StandIn {
        origin,
        client,
        http,
        account,
    }
}

impl StandIn {
    async fn send(&self, to: &str, body: &str, callback: Option<&str>) -> Outcome {
        let message = CreateMessage {
            from: Some("+15005550006"),
            messaging_service_sid: None,
            to,
            body,
            status_callback: callback,
            validity_period: None,
        };
        self.client.create_message(&message).await
    }

    /// One message, or none if the stand-in does not have it.
    async fn fetch_message(&self, sid: &str) -> Option<Message> {
        let (account, token) = &self.account;
        let url = format!(
            "{}/2010-04-01/Accounts/{account}/Messages/{sid}.json",
            self.origin
        );
        let request = self.http.get(url).basic_auth(account, Some(token));
        let answer = request.send().await.unwrap();
        if answer.status() == StatusCode::NOT_FOUND {
            return None;
        }
        assert_eq!(answer.status(), StatusCode::OK);
        Some(answer.json().await.unwrap())
    }

    async fn faults(&self, faults: Value) {
        let url = format!("{}/_control/faults", self.origin);
        let answer = self.http.put(url).json(&faults).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }

    async fn summary(&self) -> Value {
        let url = format!("{}/_control/ledger", self.origin);
        self.http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// The counts once every message has come to its end.
    async fn settled(&self) -> Value {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let summary = self.summary().await;
            if summary["pending"] == 0 {
                return summary;
            }
            assert!(Instant::now() < deadline, "{summary}");
            tokio::task::yield_now().await;
        }
    }
}

fn quick() -> Options {
    Options {
        step_delay: Duration::from_millis(1),
        ..Options::default()
    }
}

#[tokio::test]
async fn what_was_accepted_before_the_failure_is_found_again() {
    for (fault, reason) in [
        ("fail_after_ratio", UnknownReason::Status(500)),
        ("drop_after_ratio", UnknownReason::BrokenConnection),
    ] {
        let twilio = stand_in(quick()).await;
        twilio.faults(json!({ fault: 1.0 })).await;
        assert_eq!(
            twilio.send(TO, "Hello", None).await,
            Outcome::Unknown { reason }
        );
        let found = twilio
            .client
            .find_messages(TO, DateTime::<Utc>::UNIX_EPOCH)
            .await
            .unwrap();
        assert_eq!(found.len(), 1, "{fault}");
    }
}

#[tokio::test]
async fn a_client_that_hangs_up_undoes_nothing() {
    let twilio = stand_in(quick()).await;
    twilio.faults(json!({"latency_ms": 100})).await;
    let hasty = tokio::time::timeout(Duration::from_millis(50), twilio.send(TO, "Hello", None));
    assert!(hasty.await.is_err());
    let deadline = Instant::now() + Duration::from_secs(10);
    while twilio.summary().await["accepted"] != 1 {
        assert!(Instant::now() < deadline);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_was_not_accepted_is_not_found() {
    let twilio = stand_in(quick()).await;
    twilio.faults(json!({"fail_before_ratio": 1.0})).await;
    let reason = UnknownReason::Status(500);
    assert_eq!(
        twilio.send(TO, "Hello", None).await,
        Outcome::Unknown { reason }
    );
    twilio
        .faults(json!({"throttle_ratio": 1.0, "retry_after_seconds": 3}))
        .await;
    let retry_after = Some(Duration::from_secs(3));
    assert_eq!(
        twilio.send(TO, "Hello", None).await,
        Outcome::Throttled { retry_after }
    );
    assert_eq!(twilio.summary().await["accepted"], 0);
}

#[tokio::test]
async fn a_list_is_followed_over_all_its_pages() {
    let twilio = stand_in(quick()).await;
    for number in 0..250 {
        twilio.send(TO, &format!("Hello {number}"), None).await;
    }
    twilio.send("+14155552673", "Another", None).await;
    let found = twilio
        .client
        .find_messages(TO, DateTime::<Utc>::UNIX_EPOCH)
        .await
        .unwrap();
    let bodies: Vec<_> = found
        .iter()
        .filter_map(|message| message.body.as_deref())
        .collect();
    assert_eq!(found.len(), 250);
    assert_eq!((bodies[0], bodies[249]), ("Hello 249", "Hello 0"));
    let summary = twilio.summary().await;
    assert_eq!(summary["distinct_recipients"], 2);
    assert_eq!(summary["recipients_with_several"], 1);
    assert_eq!(summary["duplicates"], 0);
}

#[tokio::test]
async fn a_message_sent_twice_is_counted_as_a_duplicate() {
    let twilio = stand_in(quick()).await;
    twilio.send(TO, "Hello", None).await;
    twilio.send(TO, "Hello", None).await;
    assert_eq!(twilio.summary().await["duplicates"], 1);
}

#[tokio::test]
async fn bad_requests_are_refused_with_twilios_codes() {
    let twilio = stand_in(quick()).await;
    let account = Options::default().account_sid;
    let url = format!(
        "{}/2010-04-01/Accounts/{account}/Messages.json",
        twilio.origin
    );
    let long = "x".repeat(1601);
    for (form, code) in [
        (vec![("From", FROM), ("Body", "x")], 21604),
        (vec![("To", "+1"), ("From", FROM), ("Body", "x")], 21211),
        (vec![("To", TO), ("Body", "x")], 21603),
        (vec![("To", TO), ("From", TO), ("Body", "x")], 21266),
        (
            vec![("To", TO), ("MessagingServiceSid", "MG1"), ("Body", "x")],
            21701,
        ),
        (vec![("To", TO), ("From", FROM)], 21602),
        (vec![("To", TO), ("From", FROM), ("Body", &long)], 21617),
        (
            vec![
                ("To", TO),
                ("From", FROM),
                ("Body", "x"),
                ("StatusCallback", "nowhere"),
            ],
            21609,
        ),
    ] {
        let answer = twilio
            .http
            .post(&url)
            .basic_auth(&account, Some(Options::default().auth_token))
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], code);
    }
    let stranger = twilio
        .http
        .post(&url)
        .basic_auth(&account, Some("no"))
        .send()
        .await
        .unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(stranger.json::<Value>().await.unwrap()["code"], 20003);
}

#[tokio::test]
async fn the_account_and_the_sender_have_limits() {
    let twilio = stand_in(Options {
        account_rate: Some(1),
        ..quick()
    })
    .await;
    assert!(matches!(
        twilio.send(TO, "1", None).await,
        Outcome::Accepted { .. }
    ));
    assert!(matches!(
        twilio.send(TO, "2", None).await,
        Outcome::Throttled { .. }
    ));

    let full = Options {
        sender_rate: Some(0.001),
        sender_queue: Duration::from_secs(500),
        ..quick()
    };
    let twilio = stand_in(full).await;
    assert!(matches!(
        twilio.send(TO, "1", None).await,
        Outcome::Accepted { .. }
    ));
    assert!(matches!(
        twilio.send(TO, "2", None).await,
        Outcome::Refused {
            code: Some(21611),
            ..
        }
    ));
}

#[tokio::test]
async fn requests_to_one_number_meet_the_moods_that_a_test_asked_for() {
    let twilio = stand_in(quick()).await;
    let moods = json!({TO: ["throttle", "fail", "accept_and_fail", {"refuse": 21610}, "accept"]});
    let url = format!("{}/_control/moods", twilio.origin);
    let answer = twilio.http.put(url).json(&moods).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert!(matches!(
        twilio.send("+14155552673", "To another", None).await,
        Outcome::Accepted { .. }
    ));
    let mut accepted = Vec::new();
    for n in 0..6 {
        let outcome = twilio.send(TO, &format!("{n}"), None).await;
        let as_asked = match n {
            0 => matches!(outcome, Outcome::Throttled { .. }),
            1 | 2 => matches!(outcome, Outcome::Unknown { .. }),
            3 => matches!(
                outcome,
                Outcome::Refused {
                    code: Some(21610),
                    ..
                }
            ),
            _ => matches!(outcome, Outcome::Accepted { .. }),
        };
        assert!(as_asked, "{n}: {outcome:?}");
        accepted.push(twilio.summary().await["accepted"].as_u64().unwrap() - 1);
    }
    assert_eq!(accepted, [0, 0, 1, 1, 2, 3]);
    assert_eq!(twilio.summary().await["requests"], 7);
}
