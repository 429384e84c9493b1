//! Suppressions and consent.

use serde_json::json;
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{body_json, path as path_of},
};

use crate::stage::{Api, ID, fields, refused};

#[tokio::test]
async fn suppressions_are_listed_in_pages() {
    let api = Api::start().await;
    let arguments = json!({
        "phone": "+14155552671", "reasons": ["manual", "listed"], "lifted": true, "page_limit": 10, "page_offset": 10,
    });
    let listing = json!({ "data": [{ "id": ID }], "total": 11, "total_is_exact": true });
    let mock = Mock::given(path_of("/rest/v1/rpc/list_suppressions")).and(body_json(&arguments));
    api.on(mock, ResponseTemplate::new(200).set_body_json(&listing))
        .await;
    let path = "/api/suppressions?phone=%2B1(415)555-2671&reason=manual,listed&lifted=true&per_page=10&page=2";
    let (status, body) = api.send("GET", path, None).await;
    assert_eq!((status, &body["total_pages"]), (200, &json!(2)), "{body}");

    let path = "/api/suppressions?phone=12&reason=stop&lifted=true";
    let (status, body) = api.send("GET", path, None).await;
    assert_eq!((status, fields(&body)), (422, vec!["reason", "phone"]));
}

#[tokio::test]
async fn one_number_or_a_list_is_suppressed() {
    for (function, body) in [
        (
            "suppress_number",
            json!({ "phone": "+14155552671", "reason": "declined" }),
        ),
        (
            "suppress_numbers",
            json!({ "phones": ["+14155552671", "12"], "note": "x" }),
        ),
    ] {
        let api = Api::start().await;
        let path = format!("/rest/v1/rpc/{function}");
        let mock = Mock::given(path_of(path)).and(body_json(&body));
        api.on(
            mock,
            ResponseTemplate::new(200).set_body_json(json!({ "id": ID })),
        )
        .await;
        assert_eq!(
            api.send("POST", "/api/suppressions", Some(body)).await.0,
            200
        );
    }
}

#[tokio::test]
async fn a_refusal_is_passed_on_as_the_database_says() {
    let api = Api::start().await;
    let why = json!({ "why": "A mistake" });
    let mock = Mock::given(path_of("/rest/v1/rpc/lift_suppression")).and(body_json(
        json!({ "suppression_id": ID, "why": "A mistake" }),
    ));
    api.on(mock, refused(403, "PT403", "suppression_not_liftable"))
        .await;
    let path = format!("/api/suppressions/{ID}/lift");
    let (status, body) = api.send("POST", &path, Some(why)).await;
    assert_eq!(
        (status, &body["code"]),
        (403, &json!("suppression_not_liftable"))
    );
    assert_eq!(
        api.send("POST", "/api/suppressions/7/lift", None).await.0,
        404
    );
}

#[tokio::test]
async fn consent_is_recorded_and_shown() {
    let api = Api::start().await;
    let path = format!("/api/customers/{ID}/consent");
    let mock = Mock::given(path_of("/rest/v1/rpc/record_customer_consent")).and(body_json(
        json!({ "customer_id": ID, "action": "given", "evidence": { "how": "form" } }),
    ));
    let state = json!({ "has_consent": true, "may_text": true, "suppressed_for": null });
    api.on(mock, ResponseTemplate::new(200).set_body_json(&state))
        .await;
    let given = json!({ "action": "given", "evidence": { "how": "form" } });
    assert_eq!(api.send("POST", &path, Some(given)).await, (200, state));

    let mock = Mock::given(path_of("/rest/v1/rpc/customer_consent"))
        .and(body_json(json!({ "customer_id": ID })));
    api.on(mock, refused(404, "PT404", "customer_not_found"))
        .await;
    let (status, body) = api.send("GET", &path, None).await;
    assert_eq!((status, &body["code"]), (404, &json!("customer_not_found")));
}
