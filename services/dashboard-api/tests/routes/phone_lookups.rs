//! Phone lookups.

use serde_json::{Value, json};
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{body_json, method, path, query_param},
};

use crate::stage::{Api, ID, fields, refused, rows};

const LOOKUP: &str = "/api/customers/lookup";
const PHONE: &str = "+14155552671";

async fn own_customers(api: &Api, found: Value, range: &str) {
    let mock = Mock::given(path("/rest/v1/customers"))
        .and(query_param("select", "id"))
        .and(query_param("phone", format!("eq.{PHONE}")))
        .and(query_param("user_id", format!("eq.{ID}")));
    api.on(mock, rows(&found, range)).await;
}

async fn turn(api: &Api, row: Value) {
    let mock = Mock::given(method("POST"))
        .and(path("/rest/v1/rpc/begin_phone_lookup"))
        .and(body_json(json!({
            "phone": PHONE, "max_age": "7776000 seconds", "daily_limit": 7
        })));
    api.on(mock, ResponseTemplate::new(200).set_body_json(row))
        .await;
}

async fn recording(api: &Api, line_type: &str) {
    let mock = Mock::given(method("POST"))
        .and(path("/rest/v1/rpc/record_phone_lookup"))
        .and(body_json(json!({ "result": {
            "phone": PHONE, "valid": true, "line_type": line_type, "country_code": "US", "validation_errors": []
        }})));
    api.on(mock, ResponseTemplate::new(200).set_body_json(json!({})))
        .await;
}

fn line(line_type: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "valid": true, "country_code": "US", "line_type_intelligence": { "type": line_type }
    }))
}

#[tokio::test]
async fn a_number_is_known_by_its_form_alone() {
    for written in [
        "(415)%20555-2671",
        "%2B14155552671",
        "+14155552671",
        "4155552671",
    ] {
        let api = Api::start().await;
        own_customers(&api, json!([{ "id": ID }]), "0-0/1").await;
        let (status, body) = api
            .send("GET", &format!("{LOOKUP}?phone={written}"), None)
            .await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(
            body,
            json!({
                "phone": PHONE, "valid": true, "reason": null, "country_code": "US",
                "national_format": "(415) 555-2671", "customer_id": ID, "verification": null
            })
        );
    }
}

#[tokio::test]
async fn a_plus_that_was_not_encoded_still_begins_a_number_from_elsewhere() {
    let api = Api::start().await;
    let mock = Mock::given(query_param("phone", "eq.+442079460018"));
    api.on(mock, rows(&json!([]), "*/0")).await;
    let (_, body) = api
        .send("GET", &format!("{LOOKUP}?phone=+442079460018"), None)
        .await;
    assert_eq!(
        (&body["country_code"], &body["customer_id"]),
        (&json!("GB"), &Value::Null)
    );
}

#[tokio::test]
async fn what_is_no_number_is_an_answer_that_says_why_and_asks_nobody() {
    let api = Api::with_auth_token(Some("token")).await;
    api.line(line("mobile"), 0).await;
    let (status, body) = api
        .send(
            "GET",
            &format!("{LOOKUP}?phone=555-2671&verify=twilio"),
            None,
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        (&body["valid"], &body["phone"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(body["reason"]["code"], "phone_too_short");
    assert_eq!(
        body["reason"]["detail"],
        "The phone number has too few digits."
    );
}

#[tokio::test]
async fn a_missing_phone_and_an_unknown_verifier_are_named() {
    let api = Api::start().await;
    for (query, field) in [
        ("", "phone"),
        ("?phone=%20", "phone"),
        ("?phone=4155552671&verify=oracle", "verify"),
    ] {
        let (status, body) = api.send("GET", &format!("{LOOKUP}{query}"), None).await;
        assert_eq!((status, fields(&body)), (422, vec![field]), "{query}");
    }
}

#[tokio::test]
async fn a_granted_lookup_asks_twilio_and_keeps_its_answer() {
    let api = Api::with_auth_token(Some("token")).await;
    turn(&api, json!({ "phone": PHONE, "turn": "granted" })).await;
    api.line(line("fixedVoip"), 1).await;
    recording(&api, "fixedVoip").await;
    own_customers(&api, json!([]), "*/0").await;
    let (status, body) = api
        .send(
            "GET",
            &format!("{LOOKUP}?phone={PHONE}&verify=twilio"),
            None,
        )
        .await;
    assert_eq!(status, 200, "{body}");
    let verification = &body["verification"];
    assert_eq!(
        (&verification["source"], &verification["line_type"]),
        (&json!("twilio"), &json!("fixedVoip"))
    );
    assert_eq!(
        (&verification["valid"], &verification["cached"]),
        (&json!(true), &json!(false))
    );
    assert!(verification["looked_up_at"].is_string());
}

#[tokio::test]
async fn a_known_number_is_not_asked_for_again() {
    let api = Api::with_auth_token(Some("token")).await;
    let known = json!({
        "phone": PHONE, "turn": "known", "valid": true, "line_type": "landline", "country_code": "US",
        "validation_errors": [], "looked_up_at": "2026-11-01T00:00:00+00:00"
    });
    turn(&api, known).await;
    api.line(line("mobile"), 0).await;
    own_customers(&api, json!([]), "*/0").await;
    let (_, body) = api
        .send(
            "GET",
            &format!("{LOOKUP}?phone={PHONE}&verify=twilio"),
            None,
        )
        .await;
    assert_eq!(
        body["verification"],
        json!({
            "source": "twilio", "valid": true, "line_type": "landline",
            "looked_up_at": "2026-11-01T00:00:00Z", "cached": true
        })
    );
}

#[tokio::test]
async fn without_credentials_verifying_says_so() {
    let api = Api::start().await;
    let (status, body) = api
        .send(
            "GET",
            &format!("{LOOKUP}?phone={PHONE}&verify=twilio"),
            None,
        )
        .await;
    assert_eq!((status, &body["code"]), (501, &json!("lookup_unavailable")));
    assert_eq!(body["detail"], "Twilio Lookup is not set up.");
}

#[tokio::test]
async fn a_person_who_is_not_approved_any_more_begins_no_lookup() {
    let api = Api::with_auth_token(Some("token")).await;
    let mock = Mock::given(path("/rest/v1/rpc/begin_phone_lookup"));
    api.on(mock, refused(403, "42501", "not_approved")).await;
    api.line(line("mobile"), 0).await;
    let (status, _) = api
        .send(
            "GET",
            &format!("{LOOKUP}?phone={PHONE}&verify=twilio"),
            None,
        )
        .await;
    assert_eq!(status, 403);
}

/// Nothing is mounted that could create a customer: an insert would end in another answer.
#[tokio::test]
async fn a_customer_whom_nobody_can_text_is_not_created() {
    for (answer, code) in [
        (line("landline"), "phone_landline"),
        (
            ResponseTemplate::new(404).set_body_json(json!({ "code": 20404 })),
            "phone_invalid",
        ),
    ] {
        let api = Api::with_auth_token(Some("token")).await;
        turn(&api, json!({ "phone": PHONE, "turn": "granted" })).await;
        api.line(answer, 1).await;
        let mock = Mock::given(path("/rest/v1/rpc/record_phone_lookup"));
        api.on(mock, ResponseTemplate::new(200).set_body_json(json!({})))
            .await;
        let (status, body) = create(&api).await;
        assert_eq!((status, fields(&body)), (422, vec!["phone"]), "{body}");
        assert_eq!(body["errors"][0]["code"], code);
    }
}

#[tokio::test]
async fn when_the_limit_is_reached_or_twilio_is_down_nothing_is_created() {
    let api = Api::with_auth_token(Some("token")).await;
    turn(&api, json!({ "phone": PHONE, "turn": "limit_reached" })).await;
    api.line(line("mobile"), 0).await;
    let (status, body) = create(&api).await;
    assert_eq!(
        (status, &body["code"]),
        (429, &json!("lookup_limit_reached"))
    );

    let api = Api::with_auth_token(Some("token")).await;
    turn(&api, json!({ "phone": PHONE, "turn": "granted" })).await;
    api.line(ResponseTemplate::new(401), 1).await;
    let (status, body) = create(&api).await;
    assert_eq!((status, &body["code"]), (503, &json!("lookup_failed")));
}

#[tokio::test]
async fn a_customer_who_can_be_texted_is_created() {
    let api = Api::with_auth_token(Some("token")).await;
    turn(&api, json!({ "phone": PHONE, "turn": "granted" })).await;
    api.line(line("mobile"), 1).await;
    recording(&api, "mobile").await;
    let mock = Mock::given(method("POST")).and(path("/rest/v1/rpc/create_customer"));
    api.on(
        mock,
        ResponseTemplate::new(200).set_body_json(json!({ "id": ID })),
    )
    .await;
    assert_eq!(create(&api).await.0, 201);
}

async fn create(api: &Api) -> (u16, Value) {
    let customer = json!({ "phone": "(415) 555-2671" });
    api.send("POST", "/api/customers?verify=twilio", Some(customer))
        .await
}
