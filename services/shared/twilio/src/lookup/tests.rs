use domain::{LineType, PhoneNumber};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path, query_param},
};

use super::{LookupSettings, Lookups};
use crate::RequestError;

const PHONE: &str = "+14155552671";

fn settings(origin: &str) -> LookupSettings {
    LookupSettings {
        account_sid: Some("AC1".into()),
        auth_token: Some("token".into()),
        api_key: None,
        api_secret: None,
        lookup_url: origin.parse().unwrap(),
        daily_limit: 10,
        max_age_days: 90,
    }
}

/// Twilio, which gives these answers one after another, and no more.
async fn twilio(answers: Vec<ResponseTemplate>) -> (MockServer, Lookups) {
    let server = MockServer::start().await;
    for answer in answers {
        Mock::given(method("GET"))
            .and(path(format!("/v2/PhoneNumbers/{PHONE}")))
            .and(query_param("Fields", "line_type_intelligence"))
            // AC1:token
            .and(header("authorization", "Basic QUMxOnRva2Vu"))
            .respond_with(answer)
            .up_to_n_times(1)
            .expect(1)
            .mount(&server)
            .await;
    }
    let lookups = Lookups::new(&settings(&server.uri())).unwrap().unwrap();
    (server, lookups)
}

fn answer(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

fn phone() -> PhoneNumber {
    PhoneNumber::parse(PHONE).unwrap()
}

#[tokio::test]
async fn an_answer_tells_validity_country_and_line_type() {
    let mobile = json!({
        "valid": true, "validation_errors": [], "country_code": "US", "phone_number": PHONE,
        "line_type_intelligence": {
            "type": "mobile", "carrier_name": "T", "mobile_country_code": "310", "error_code": null
        },
        "sim_swap": null,
    });
    let (_twilio, lookups) = twilio(vec![answer(200, &mobile)]).await;
    let lookup = lookups.look_up(&phone()).await.unwrap();
    assert!(lookup.valid);
    assert_eq!(lookup.line_type, Some(LineType::Mobile));
    assert_eq!(lookup.country_code.as_deref(), Some("US"));
    assert!(lookup.validation_errors.is_empty());
}

#[tokio::test]
async fn an_invalid_number_has_reasons_and_no_line_type() {
    let invalid = json!({
        "valid": false, "validation_errors": ["TOO_SHORT"], "country_code": null,
        "line_type_intelligence": null,
    });
    let (_twilio, lookups) = twilio(vec![answer(200, &invalid)]).await;
    let lookup = lookups.look_up(&phone()).await.unwrap();
    assert!(!lookup.valid);
    assert_eq!(lookup.line_type, None);
    assert_eq!(lookup.validation_errors, ["TOO_SHORT"]);
}

#[tokio::test]
async fn a_line_type_that_is_new_or_not_known_is_tolerated() {
    for (line_type, expected) in [
        (json!("quantum"), Some(LineType::Unknown)),
        (Value::Null, None),
    ] {
        let body = json!({ "valid": true, "line_type_intelligence": { "type": line_type } });
        let (_twilio, lookups) = twilio(vec![answer(200, &body)]).await;
        let lookup = lookups.look_up(&phone()).await.unwrap();
        assert_eq!(lookup.line_type, expected);
    }
}

#[tokio::test]
async fn twilios_own_404_is_an_invalid_number_and_anybody_elses_a_refusal() {
    let (_twilio, lookups) = twilio(vec![answer(404, &json!({ "code": 20404 }))]).await;
    assert!(!lookups.look_up(&phone()).await.unwrap().valid);

    let (_proxy, lookups) = twilio(vec![ResponseTemplate::new(404)]).await;
    let error = lookups.look_up(&phone()).await.unwrap_err();
    assert!(matches!(
        error,
        RequestError::Refused {
            http_status: 404,
            ..
        }
    ));
}

#[tokio::test]
async fn throttling_and_failures_are_repeated_a_few_times() {
    let valid = json!({ "valid": true });
    let (_twilio, lookups) = twilio(vec![
        answer(429, &json!({ "code": 20429 })),
        answer(503, &json!({})),
        answer(200, &valid),
    ])
    .await;
    assert!(lookups.look_up(&phone()).await.unwrap().valid);

    let (_twilio, lookups) = twilio((0..4).map(|_| answer(500, &json!({}))).collect()).await;
    let error = lookups.look_up(&phone()).await.unwrap_err();
    assert!(matches!(error, RequestError::Failed(500)));
    assert!(!error.is_unbilled());
}

#[tokio::test]
async fn a_wait_that_is_too_long_for_a_person_and_a_refusal_are_not_repeated() {
    let slow = answer(429, &json!({})).insert_header("retry-after", "30");
    let (_twilio, lookups) = twilio(vec![slow]).await;
    let error = lookups.look_up(&phone()).await.unwrap_err();
    assert!(matches!(error, RequestError::Throttled { .. }));
    assert!(error.is_unbilled());

    let (_twilio, lookups) = twilio(vec![answer(401, &json!({ "code": 20003 }))]).await;
    let error = lookups.look_up(&phone()).await.unwrap_err();
    assert!(error.is_unbilled());
}

#[tokio::test]
async fn an_error_never_names_the_number() {
    let lookups = Lookups::new(&settings("http://127.0.0.1:1"))
        .unwrap()
        .unwrap();
    let error = lookups.look_up(&phone()).await.unwrap_err();
    assert!(error.is_unbilled());
    assert!(!format!("{error:?}").contains("4155552671"));
}

#[tokio::test]
async fn an_api_key_is_preferred_to_the_auth_token() {
    let server = MockServer::start().await;
    // SK1:secret
    Mock::given(header("authorization", "Basic U0sxOnNlY3JldA=="))
        .respond_with(answer(200, &json!({ "valid": true })))
        .expect(1)
        .mount(&server)
        .await;
    let settings = LookupSettings {
        api_key: Some("SK1".into()),
        api_secret: Some("secret".into()),
        ..settings(&server.uri())
    };
    let lookups = Lookups::new(&settings).unwrap().unwrap();
    assert!(lookups.look_up(&phone()).await.unwrap().valid);
}

#[test]
fn without_credentials_or_with_a_limit_of_zero_there_are_no_lookups() {
    let complete = settings("http://127.0.0.1:1");
    let without_token = LookupSettings {
        auth_token: None,
        ..complete.clone()
    };
    let switched_off = LookupSettings {
        daily_limit: 0,
        ..complete
    };
    for settings in [without_token, switched_off] {
        assert!(Lookups::new(&settings).unwrap().is_none());
    }
}
