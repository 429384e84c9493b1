//! Senders, and the campaigns that name them.

use serde_json::json;
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{body_json, method, path as path_of},
};

use crate::stage::{Api, ID, fields, refused};

#[tokio::test]
async fn senders_are_listed() {
    let api = Api::start().await;
    let senders = json!([{ "id": ID, "phone_number": "+15005550006", "is_default": true }]);
    let mock = Mock::given(method("POST")).and(path_of("/rest/v1/rpc/list_senders"));
    api.on(mock, ResponseTemplate::new(200).set_body_json(&senders))
        .await;
    let list = json!({
        "data": senders, "page": 1, "per_page": 1, "total": 1, "total_is_exact": true, "total_pages": 1,
    });
    assert_eq!(api.send("GET", "/api/senders", None).await, (200, list));
}

#[tokio::test]
async fn only_admins_change_a_rate() {
    let api = Api::start().await;
    let rate = json!({ "segments_per_second": 30 });
    let path = format!("/api/senders/{ID}");
    let (status, body) = api.send("PATCH", &path, Some(rate)).await;
    assert_eq!((status, &body["code"]), (403, &json!("admin_required")));
}

#[tokio::test]
async fn only_admins_see_the_days_of_a_sender() {
    let api = Api::start().await;
    let path = format!("/api/senders/{ID}/days?from=2026-11-01");
    let (status, body) = api.send("GET", &path, None).await;
    assert_eq!((status, &body["code"]), (403, &json!("admin_required")));
}

#[tokio::test]
async fn a_campaign_names_a_sender_that_there_is() {
    let api = Api::start().await;
    let campaign = json!({ "name": "x", "sender_id": "7" });
    let (status, body) = api.send("POST", "/api/campaigns", Some(campaign)).await;
    assert_eq!((status, fields(&body)), (422, vec!["sender_id"]), "{body}");

    for sender in [json!(ID), json!(null)] {
        let api = Api::start().await;
        let campaign = json!({ "name": "x", "sender_id": sender });
        let mock = Mock::given(path_of("/rest/v1/campaigns")).and(body_json(&campaign));
        let answer = ResponseTemplate::new(201).set_body_json(&campaign);
        api.on(mock, answer).await;
        let answer = api.send("POST", "/api/campaigns", Some(campaign)).await;
        assert_eq!(answer.0, 201);
    }

    let api = Api::start().await;
    let broken = json!({
        "code": "23503",
        "message": "insert or update on table \"campaigns\" violates foreign key constraint \"campaigns_sender_id_fkey\"",
    });
    let mock = Mock::given(path_of("/rest/v1/campaigns"));
    api.on(mock, ResponseTemplate::new(409).set_body_json(broken))
        .await;
    let change = json!({ "sender_id": ID });
    let path = format!("/api/campaigns/{ID}");
    let (status, body) = api.send("PATCH", &path, Some(change)).await;
    assert_eq!((status, fields(&body)), (422, vec!["sender_id"]), "{body}");
    assert_eq!(body["errors"][0]["code"], "sender_unknown");
}

#[tokio::test]
async fn quiet_hours_are_passed_on_and_refused_as_the_database_says() {
    let api = Api::start().await;
    let path = format!("/api/campaigns/{ID}");
    let (status, body) = api
        .send("PATCH", &path, Some(json!({ "quiet_hours": null })))
        .await;
    assert_eq!(
        (status, fields(&body)),
        (422, vec!["quiet_hours"]),
        "{body}"
    );
    let change = json!({ "quiet_hours": false });
    let mock = Mock::given(path_of("/rest/v1/campaigns")).and(body_json(&change));
    api.on(mock, refused(403, "PT403", "quiet_hours_need_admin"))
        .await;
    let (status, body) = api.send("PATCH", &path, Some(change)).await;
    assert_eq!(
        (status, &body["code"]),
        (403, &json!("quiet_hours_need_admin"))
    );
}
