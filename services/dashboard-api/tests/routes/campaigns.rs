//! Campaigns and their messages.

use axum::{body::Body, http::Request};
use serde_json::json;
use tower::ServiceExt as _;
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{body_json, method, path as path_of, query_param},
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
        (
            json!({ "name": "x", "audience": { "states": [] } }),
            "audience.states",
        ),
        (
            json!({ "name": "x", "audience": { "tags": null } }),
            "audience.tags",
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
        .and(path_of("/rest/v1/campaigns"))
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
async fn sending_passes_on_the_order_and_what_the_database_says() {
    let path = format!("/api/campaigns/{ID}/send");
    let sent = |arguments: serde_json::Value| {
        Mock::given(method("POST"))
            .and(path_of("/rest/v1/rpc/send_campaign"))
            .and(body_json(arguments))
    };
    let api = Api::start().await;
    let refusal = refused(409, "PT409", "campaign_already_launched");
    api.on(sent(json!({ "campaign_id": ID })), refusal).await;
    let (status, body) = api.send("POST", &path, None).await;
    assert_eq!(
        (status, &body["code"]),
        (409, &json!("campaign_already_launched"))
    );
    assert_eq!(body["detail"], "Because. Do.");

    for (order, arguments) in [
        (None, json!({ "campaign_id": ID })),
        (Some(json!({})), json!({ "campaign_id": ID })),
        (
            Some(json!({ "now": true, "expected_recipients": 12 })),
            json!({ "campaign_id": ID, "send_now": true, "expected_recipients": 12 }),
        ),
        (
            Some(json!({ "scheduled_at": "2026-12-01T10:00:00Z" })),
            json!({ "campaign_id": ID, "send_at": "2026-12-01T10:00:00Z" }),
        ),
    ] {
        let api = Api::start().await;
        let row = json!({ "id": ID, "status": "sending" });
        let answer = ResponseTemplate::new(200).set_body_json(&row);
        api.on(sent(arguments), answer).await;
        assert_eq!(api.send("POST", &path, order).await, (200, row));
    }
}

#[tokio::test]
async fn an_order_needs_a_content_type_only_if_there_is_one() {
    let api = Api::start().await;
    let mock = Mock::given(path_of("/rest/v1/rpc/send_campaign"))
        .and(body_json(json!({ "campaign_id": ID })));
    let answer = ResponseTemplate::new(200).set_body_json(json!({ "id": ID }));
    api.on(mock, answer).await;
    for (body, status) in [("", 200), (r#"{"now":true}"#, 415)] {
        let request = Request::post(format!("/api/campaigns/{ID}/send"))
            .header("authorization", format!("Bearer {}", api.token))
            .body(Body::from(body))
            .unwrap();
        let answer = api.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status, "{body:?}");
    }
}

#[tokio::test]
async fn an_order_that_is_not_understood_sends_nothing() {
    let api = Api::start().await;
    let path = format!("/api/campaigns/{ID}/send");
    for (order, field) in [
        (
            json!({ "schedule_at": "2026-12-01T10:00:00Z" }),
            "schedule_at",
        ),
        (json!({ "scheduled_at": null }), "scheduled_at"),
        (json!({ "now": false }), "now"),
        (
            json!({ "now": true, "expected_recipients": "12" }),
            "expected_recipients",
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
async fn a_campaign_is_paused_resumed_canceled_and_duplicated_by_the_database() {
    for (act, status) in [
        ("pause", 200),
        ("resume", 200),
        ("cancel", 200),
        ("duplicate", 201),
    ] {
        let api = Api::start().await;
        let mock = Mock::given(method("POST"))
            .and(path_of(format!("/rest/v1/rpc/{act}_campaign")))
            .and(body_json(json!({ "campaign_id": ID })));
        let row = json!({ "id": ID });
        api.on(mock, ResponseTemplate::new(200).set_body_json(&row))
            .await;
        let path = format!("/api/campaigns/{ID}/{act}");
        assert_eq!(api.send("POST", &path, None).await, (status, row));
    }
}

#[tokio::test]
async fn a_preview_shows_the_texts_as_they_will_arrive() {
    let api = Api::start().await;
    let campaign =
        Mock::given(path_of("/rest/v1/campaigns")).and(query_param("id", format!("eq.{ID}")));
    let text =
        json!({ "message_body": "Hi {{ first_name | default('you') }}. Reply STOP to end." });
    api.on(campaign, ResponseTemplate::new(200).set_body_json(text))
        .await;
    let launch = Mock::given(path_of("/rest/v1/rpc/preview_campaign"))
        .and(body_json(json!({ "campaign_id": ID })));
    let counted = json!({
        "recipients": 61, "left_out": { "suppressed": 1 }, "may_go_now": 61, "waiting": [],
        "text_problem": null, "segments_per_second": 30, "cost": 0.7625, "countries": ["US"],
        "limits": { "messages_per_day": { "value": 50, "used": 0, "needed": 61, "exceeded": true } },
        "examples": [{ "phone": "+14155552671", "first_name": "Ann", "attributes": {} }],
    });
    api.on(launch, ResponseTemplate::new(200).set_body_json(counted))
        .await;
    let path = format!("/api/campaigns/{ID}/preview");
    let (status, preview) = api.send("GET", &path, None).await;
    assert_eq!(status, 200, "{preview}");
    assert_eq!(
        preview,
        json!({
            "recipients": 61, "left_out": { "suppressed": 1 }, "may_go_now": 61, "waiting": [],
            "text_problem": null, "segments_per_second": 30.0, "segments": 61, "finishes_in_seconds": 3,
            "cost": 0.7625, "countries": ["US"],
            "limits": { "messages_per_day": { "value": 50, "used": 0, "needed": 61, "exceeded": true } },
            "examples": [{
                "to": "+14155552671", "body": "Hi Ann. Reply STOP to end.", "segments": 1, "encoding": "gsm7",
            }],
            "warnings": [],
        })
    );
}

#[tokio::test]
async fn messages_of_a_campaign_are_listed_in_their_order() {
    let api = Api::start().await;
    let campaign = ResponseTemplate::new(200).set_body_json(json!({ "id": ID }));
    api.on(Mock::given(path_of("/rest/v1/campaigns")), campaign)
        .await;
    let mock = Mock::given(path_of("/rest/v1/campaign_messages"))
        .and(query_param("campaign_id", format!("eq.{ID}")))
        .and(query_param("status", "eq.failed"))
        .and(query_param("reason", "eq.opted_out"))
        .and(query_param("order", "position.asc.nullslast,id.asc"));
    api.on(mock, rows(&json!([]), "*/0")).await;
    let path = format!("/api/campaigns/{ID}/messages?status=failed&reason=opted_out");
    assert_eq!(api.send("GET", &path, None).await.0, 200);
    let path = format!("/api/campaigns/{ID}/messages?reason=Opted%20out");
    let (status, body) = api.send("GET", &path, None).await;
    assert_eq!((status, fields(&body)), (422, vec!["reason"]), "{body}");
}
