//! Campaigns and their messages.

use serde_json::json;
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{body_json, method, path, query_param},
};

use crate::stage::{Api, ID, fields, refused, rows};

#[tokio::test]
async fn a_campaign_is_checked_before_it_is_stored() {
    let api = Api::start().await;
    for (campaign, field) in [
        (json!({}), "name"),
        (
            json!({ "name": "x", "message_body": "Hi\n{{ nickname }}" }),
            "message_body",
        ),
        (
            json!({ "name": "x", "message_body": "Hi {{ first_name | shout }}" }),
            "message_body",
        ),
        (
            json!({ "name": "x", "message_body": "x".repeat(1601) }),
            "message_body",
        ),
        (json!({ "name": "x", "status": "sent" }), "status"),
        (
            json!({ "name": "x", "status": "scheduled", "message_body": "Hi" }),
            "scheduled_at",
        ),
        (
            json!({ "name": "x", "scheduled_at": "tomorrow" }),
            "scheduled_at",
        ),
        (
            json!({ "name": "x", "audience": { "sates": ["CA"] } }),
            "audience.sates",
        ),
        (
            json!({ "name": "x", "audience": { "states": ["Atlantis"] } }),
            "audience.states",
        ),
    ] {
        let (status, body) = api
            .send("POST", "/api/campaigns", Some(campaign.clone()))
            .await;
        assert_eq!(
            (status, fields(&body)),
            (422, vec![field]),
            "{campaign} {body}"
        );
    }
    let (_, body) = api
        .send(
            "POST",
            "/api/campaigns",
            Some(json!({ "name": "x", "message_body": "Hi\n{{ nickname }}" })),
        )
        .await;
    assert!(
        body["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("line 2"),
        "{body}"
    );

    let mock = Mock::given(method("POST"))
        .and(path("/rest/v1/campaigns"))
        .and(body_json(json!({
            "name": "Sale", "message_body": "Hi {{ first_name | default(\"there\") }}",
            "status": "scheduled", "scheduled_at": "2026-12-01T17:00:00Z",
            "audience": { "states": ["CA", "NY"], "status": "active" },
        })));
    api.on(
        mock,
        ResponseTemplate::new(201).set_body_json(json!({ "id": ID })),
    )
    .await;
    let campaign = json!({
        "name": "Sale", "message_body": "Hi {{ first_name | default(\"there\") }}",
        "status": "scheduled", "scheduled_at": "2026-12-01T09:00:00-08:00",
        "audience": { "states": ["new york", "CA", "CA"], "status": "active" },
    });
    assert_eq!(
        api.send("POST", "/api/campaigns", Some(campaign)).await.0,
        201
    );
}

#[tokio::test]
async fn sending_launches_the_campaign_and_passes_on_what_the_database_says() {
    let api = Api::start().await;
    let launch = || {
        Mock::given(method("POST"))
            .and(path("/rest/v1/rpc/launch_campaign"))
            .and(body_json(json!({ "campaign_id": ID })))
    };
    let path = format!("/api/campaigns/{ID}/send");
    let refusal = refused(409, "PT409", "campaign_already_launched");
    api.on(launch(), refusal).await;
    let (status, body) = api.send("POST", &path, None).await;
    assert_eq!(
        (status, &body["code"]),
        (409, &json!("campaign_already_launched"))
    );
    assert_eq!(body["detail"], "Because. Do.");

    let api = Api::start().await;
    let row = json!({ "id": ID, "status": "sending" });
    api.on(launch(), ResponseTemplate::new(200).set_body_json(&row))
        .await;
    assert_eq!(api.send("POST", &path, None).await, (200, row));
}

#[tokio::test]
async fn messages_of_a_campaign_are_listed_in_their_order() {
    let api = Api::start().await;
    let campaign = ResponseTemplate::new(200).set_body_json(json!({ "id": ID }));
    api.on(Mock::given(path("/rest/v1/campaigns")), campaign)
        .await;
    let mock = Mock::given(path("/rest/v1/campaign_messages"))
        .and(query_param("campaign_id", format!("eq.{ID}")))
        .and(query_param("status", "eq.failed"))
        .and(query_param("order", "position.asc.nullslast,id.asc"));
    api.on(mock, rows(&json!([]), "*/0")).await;
    let path = format!("/api/campaigns/{ID}/messages?status=failed");
    assert_eq!(api.send("GET", &path, None).await.0, 200);
}
