//! Customers.

use serde_json::json;
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{body_json, header, method, path, query_param},
};

use crate::stage::{Api, ID, fields, refused, rows};

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
