//! Tests of a campaign's text.

use axum::{body::Body, http::Request};
use serde_json::json;
use tower::ServiceExt as _;
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{body_json, method, path as path_of},
};

use crate::stage::{Api, ID, fields, refused};

#[tokio::test]
async fn a_test_is_what_the_database_makes_of_it() {
    let api = Api::start().await;
    let path = format!("/api/campaigns/{ID}/test");
    let arguments = json!({ "campaign_id": ID, "phone": "+14155552671", "customer_id": ID });
    let mock = Mock::given(method("POST"))
        .and(path_of("/rest/v1/rpc/test_campaign"))
        .and(body_json(arguments));
    let test = json!({ "id": ID, "message_id": ID, "status": "pending" });
    api.on(mock, ResponseTemplate::new(200).set_body_json(&test))
        .await;
    let order = json!({ "to": "+1 415 555 2671", "customer_id": ID });
    assert_eq!(
        api.send("POST", &path, Some(order)).await,
        (202, test.clone())
    );

    let mock = Mock::given(path_of("/rest/v1/rpc/get_test"))
        .and(body_json(json!({ "campaign_id": ID, "test_id": ID })));
    api.on(mock, ResponseTemplate::new(200).set_body_json(&test))
        .await;
    let path = format!("/api/campaigns/{ID}/tests/{ID}");
    assert_eq!(api.send("GET", &path, None).await, (200, test.clone()));

    let mock = Mock::given(path_of("/rest/v1/rpc/list_tests"))
        .and(body_json(json!({ "campaign_id": ID })));
    let tests = json!([test]);
    api.on(mock, ResponseTemplate::new(200).set_body_json(&tests))
        .await;
    let path = format!("/api/campaigns/{ID}/tests");
    let (status, list) = api.send("GET", &path, None).await;
    assert_eq!(
        (status, &list["data"], &list["total"]),
        (200, &tests, &json!(1))
    );
}

#[tokio::test]
async fn a_test_that_is_not_understood_sends_nothing() {
    let api = Api::start().await;
    let path = format!("/api/campaigns/{ID}/test");
    for (order, field) in [
        (json!({ "to": "415 555 2671" }), "to"),
        (json!({ "to": ["+14155552671"] }), "to"),
        (
            json!({ "to": "+14155552671", "custmer_id": ID }),
            "custmer_id",
        ),
        (
            json!({ "to": "+14155552671", "customer_id": "x" }),
            "customer_id",
        ),
    ] {
        let (status, body) = api.send("POST", &path, Some(order.clone())).await;
        assert_eq!(
            (status, fields(&body)),
            (422, vec![field]),
            "{order} {body}"
        );
    }
}

#[tokio::test]
async fn too_many_tests_are_told_to_wait() {
    let api = Api::start().await;
    let mock = Mock::given(path_of("/rest/v1/rpc/test_campaign"));
    api.on(mock, refused(429, "PT429", "too_many_tests")).await;
    let request = Request::post(format!("/api/campaigns/{ID}/test"))
        .header("authorization", format!("Bearer {}", api.token))
        .header("content-type", "application/json")
        .body(Body::from(r#"{"to":"+14155552671"}"#))
        .unwrap();
    let answer = api.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "60");
}
