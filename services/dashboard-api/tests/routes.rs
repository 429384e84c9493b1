//! What the routes ask of PostgREST, and what they make of its answers. A mock stands for
//! PostgREST; tokens are HS256, so that no keys need fetching.
#![allow(clippy::unwrap_used, reason = "a panic here is the failed test")]

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use dashboard_api::{DashboardState, Settings};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use web::AuthSettings;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_json, header, method, path, query_param},
};

const SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";
const USER: &str = "0199c0de-0000-7000-8000-000000000001";
const ID: &str = "0199c0de-0000-7000-8000-000000000002";

struct Api {
    postgrest: MockServer,
    router: Router,
    token: String,
}

impl Api {
    /// As an approved user.
    async fn start() -> Self {
        let postgrest = MockServer::start().await;
        let settings = Settings {
            auth: AuthSettings {
                supabase_url: postgrest.uri().parse().unwrap(),
                supabase_jwt_secret: Some(SECRET.into()),
            },
            supabase_anon_key: "sb_publishable_test".into(),
        };
        let claims = json!({
            "iss": format!("{}/auth/v1", postgrest.uri()), "aud": "authenticated",
            "exp": 4_000_000_000_u64, "sub": USER, "role": "authenticated",
        });
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let token = encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
        Mock::given(method("GET"))
            .and(path("/rest/v1/user_profiles"))
            .and(query_param("user_id", format!("eq.{USER}")))
            .and(header("apikey", "sb_publishable_test"))
            .and(header("authorization", format!("Bearer {token}")))
            .respond_with(rows(
                &json!([{ "id": ID, "role": "user", "status": "approved" }]),
                "0-0/1",
            ))
            .expect(0..=1)
            .mount(&postgrest)
            .await;
        let router = dashboard_api::router(DashboardState::new(&settings).unwrap());
        Self {
            postgrest,
            router,
            token,
        }
    }

    async fn on(&self, mock: wiremock::MockBuilder, answer: ResponseTemplate) {
        let bearer = format!("Bearer {}", self.token);
        mock.and(header("authorization", bearer))
            .respond_with(answer)
            .expect(1)
            .mount(&self.postgrest)
            .await;
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(body)
            .unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), 1_000_000).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

fn rows(rows: &Value, range: &str) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .insert_header("content-range", range)
        .set_body_json(rows)
}

fn refused(status: u16, code: &str, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(
        json!({ "code": code, "message": message, "details": "Because.", "hint": "Do." }),
    )
}

fn fields(body: &Value) -> Vec<&str> {
    body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["field"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_list_is_paged_filtered_and_counted() {
    let api = Api::start().await;
    let mock = Mock::given(method("GET"))
        .and(path("/rest/v1/customers"))
        .and(header("range", "20-29"))
        .and(header("prefer", "count=exact"))
        .and(query_param("state", r#"in.("CA","NY")"#))
        .and(query_param("status", "eq.active"))
        .and(query_param("created_at", "gte.2026-11-01T00:00:00Z"))
        .and(query_param("order", "last_name.desc.nullslast,id.desc"));
    api.on(mock, rows(&json!([{ "id": ID }]), "20-20/21")).await;
    let query = "page=3&per_page=10&state=ca,New%20York&status=active&created_from=2026-11-01&sort=-last_name";
    let (status, body) = api
        .send("GET", &format!("/api/customers?{query}"), None)
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        body,
        json!({ "data": [{ "id": ID }], "page": 3, "per_page": 10, "total": 21, "total_pages": 3 })
    );
}

#[tokio::test]
async fn a_page_behind_the_last_one_is_empty() {
    let api = Api::start().await;
    let answer = refused(416, "PGRST103", "range").insert_header("content-range", "*/7");
    api.on(Mock::given(path("/rest/v1/customers")), answer)
        .await;
    let (status, body) = api.send("GET", "/api/customers?page=9", None).await;
    assert_eq!(
        (status, &body["total"], &body["data"]),
        (200, &json!(7), &json!([]))
    );
}

#[tokio::test]
async fn the_total_is_asked_for_where_a_refused_range_does_not_tell_it() {
    let api = Api::start().await;
    let list = || Mock::given(path("/rest/v1/customers"));
    api.on(
        list().and(header("range", "400-449")),
        refused(416, "PGRST103", "range"),
    )
    .await;
    api.on(
        list().and(header("range", "0-0")),
        rows(&json!([{ "id": ID }]), "0-0/2"),
    )
    .await;
    let (status, body) = api.send("GET", "/api/customers?page=9", None).await;
    assert_eq!(
        (status, &body["total"], &body["data"]),
        (200, &json!(2), &json!([]))
    );
}

#[tokio::test]
async fn a_search_looks_for_words_or_for_a_phone_number() {
    let api = Api::start().await;
    let mock = Mock::given(query_param("or", r#"(phone.ilike."*415555*")"#));
    api.on(mock, rows(&json!([]), "*/0")).await;
    assert_eq!(
        api.send("GET", "/api/customers?search=(415)%20555", None)
            .await
            .0,
        200
    );
    let mock = Mock::given(query_param(
        "or",
        r#"(first_name.ilike."*o\",x*",last_name.ilike."*o\",x*",email.ilike."*o\",x*",phone.ilike."*o\",x*")"#,
    ));
    api.on(mock, rows(&json!([]), "*/0")).await;
    assert_eq!(
        api.send("GET", "/api/customers?search=o%22,x", None)
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn a_customer_is_stored_as_it_should_be_written() {
    let api = Api::start().await;
    let mock = Mock::given(method("POST"))
        .and(path("/rest/v1/customers"))
        .and(body_json(json!({
            "phone": "+14155552671", "first_name": "Ann", "last_name": null,
            "email": "Ann@example.com", "state": "CA", "status": "inactive",
        })));
    api.on(
        mock,
        ResponseTemplate::new(201).set_body_json(json!({ "id": ID })),
    )
    .await;
    let customer = json!({
        "phone": "(415) 555-2671", "first_name": " Ann ", "last_name": " ",
        "email": "Ann@Example.COM", "state": "california", "status": "inactive",
    });
    let (status, body) = api.send("POST", "/api/customers", Some(customer)).await;
    assert_eq!((status, body), (201, json!({ "id": ID })));
}

#[tokio::test]
async fn every_wrong_field_of_a_customer_is_named_and_nothing_is_stored() {
    let api = Api::start().await;
    let customer = json!({ "email": "x", "state": "Atlantis", "status": "gone" });
    let (status, body) = api.send("POST", "/api/customers", Some(customer)).await;
    assert_eq!(status, 422);
    assert_eq!(fields(&body), ["phone", "email", "state", "status"]);
    let (status, body) = api
        .send("PUT", &format!("/api/customers/{ID}"), Some(json!({})))
        .await;
    assert_eq!(
        (status, &body["errors"][0]["code"]),
        (422, &json!("nothing_to_change"))
    );
    for query in [
        "per_page=1000",
        "page=0",
        "sort=secret",
        "state=XX",
        "created_to=soon",
        "page=x",
    ] {
        let (status, _) = api
            .send("GET", &format!("/api/customers?{query}"), None)
            .await;
        assert_eq!(status, 422, "{query}");
    }
}

#[tokio::test]
async fn a_change_touches_only_what_it_names() {
    let api = Api::start().await;
    let mock = Mock::given(method("PATCH"))
        .and(query_param("id", format!("eq.{ID}")))
        .and(body_json(json!({ "email": null, "first_name": "Bo" })));
    api.on(
        mock,
        ResponseTemplate::new(200).set_body_json(json!({ "id": ID })),
    )
    .await;
    let changes = json!({ "email": null, "first_name": "Bo", "user_id": "someone-else" });
    assert_eq!(
        api.send("PUT", &format!("/api/customers/{ID}"), Some(changes))
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn what_postgrest_refuses_is_said_clearly() {
    let taken = r#"duplicate key value violates unique constraint "customers_phone_key""#;
    for (answer, status, code) in [
        (refused(409, "23505", taken), 409, "phone_taken"),
        (
            refused(401, "PGRST301", "JWT expired"),
            401,
            "token_invalid",
        ),
        (refused(401, "42501", "permission denied"), 403, "forbidden"),
        (
            refused(500, "57014", "canceling statement"),
            504,
            "database_timeout",
        ),
        (
            refused(503, "PGRST002", "no schema cache"),
            503,
            "database_unavailable",
        ),
        (
            refused(500, "XX000", "internal details of row +14155552671"),
            500,
            "internal",
        ),
    ] {
        let api = Api::start().await;
        api.on(Mock::given(method("POST")), answer).await;
        let (got, body) = api
            .send(
                "POST",
                "/api/customers",
                Some(json!({ "phone": "4155552671" })),
            )
            .await;
        assert_eq!((got, &body["code"]), (status, &json!(code)));
        assert!(!body.to_string().contains("+1415"), "{body}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_404_and_what_is_deleted_is_204() {
    let api = Api::start().await;
    let one = "application/vnd.pgrst.object+json";
    let gone = || refused(406, "PGRST116", "0 rows");
    api.on(
        Mock::given(path("/rest/v1/customers")).and(header("accept", one)),
        gone(),
    )
    .await;
    let (status, body) = api
        .send("DELETE", &format!("/api/customers/{ID}"), None)
        .await;
    assert_eq!((status, &body["code"]), (404, &json!("customer_not_found")));
    api.on(
        Mock::given(path("/rest/v1/campaigns")).and(header("accept", one)),
        gone(),
    )
    .await;
    let (status, body) = api.send("GET", &format!("/api/campaigns/{ID}"), None).await;
    assert_eq!((status, &body["code"]), (404, &json!("campaign_not_found")));
    let deleted = ResponseTemplate::new(200).set_body_json(json!({ "id": ID }));
    api.on(
        Mock::given(method("DELETE")).and(path("/rest/v1/campaign_templates")),
        deleted,
    )
    .await;
    assert_eq!(
        api.send("DELETE", &format!("/api/templates/{ID}"), None)
            .await
            .0,
        204
    );
    assert_eq!(
        api.send("GET", "/api/templates/not-an-id", None).await.0,
        404
    );
}

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

#[tokio::test]
async fn nothing_is_asked_of_postgrest_without_a_valid_token() {
    let mut api = Api::start().await;
    api.token.push('x');
    for path in ["/api/customers", "/api/campaigns", "/api/templates"] {
        assert_eq!(api.send("GET", path, None).await.0, 401);
    }
    assert!(api.postgrest.received_requests().await.unwrap().is_empty());
}
