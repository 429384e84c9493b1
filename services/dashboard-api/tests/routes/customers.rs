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
    let mock = Mock::given(method("POST"))
        .and(path("/rest/v1/rpc/list_customers"))
        .and(body_json(json!({
            "filter": {
                "search": "o\", x", "states": ["CA", "NY"], "status": ["active"], "tags": ["vip"],
                "attributes": { "plan": "gold" }, "created_from": "2026-11-01T00:00:00Z",
            },
            "sort": "-last_name", "page_limit": 10, "page_offset": 20,
        })));
    let listing = json!({ "data": [{ "id": ID }], "total": 21, "total_is_exact": false });
    api.on(mock, ResponseTemplate::new(200).set_body_json(listing))
        .await;
    let query = "page=3&per_page=10&state=ca,New%20York&status=active&created_from=2026-11-01&sort=-last_name\
                 &tag=vip&attribute=plan:gold&search=o%22,%20x";
    let (status, body) = api
        .send("GET", &format!("/api/customers?{query}"), None)
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        body,
        json!({
            "data": [{ "id": ID }], "page": 3, "per_page": 10, "total": 21, "total_is_exact": false, "total_pages": 3,
        })
    );
}

#[tokio::test]
async fn deleting_many_needs_filters_that_exist() {
    let api = Api::start().await;
    for (query, wrong) in [
        ("stat=CA", "stat"),
        ("ids=7", "ids"),
        ("state=&tag=vip", "state"),
        ("tag=vip,%20", "tag"),
        ("search=%20&tag=vip", "search"),
        ("created_from=&tag=vip", "created_from"),
        ("all=yes", "all"),
        ("all=", "all"),
        ("tag=vip&dry_run=", "dry_run"),
        ("tag=vip&dry_run=1", "dry_run"),
        ("tag=vip&dryRun=true", "dryRun"),
        ("tag=vip&page=2", "page"),
    ] {
        let (status, body) = api
            .send("DELETE", &format!("/api/customers?{query}"), None)
            .await;
        assert_eq!((status, fields(&body)), (422, vec![wrong]), "{query}");
    }
    for (filter, wrong) in [
        (json!({ "id": [ID] }), "id"),
        (json!({ "ids": null }), "ids"),
        (json!({ "ids": [] }), "ids"),
        (json!({ "ids": ID }), "ids"),
        (json!({ "states": [" "] }), "states"),
        (json!({ "search": "" }), "search"),
        (json!({ "search": 7 }), "search"),
        (json!({ "search": "a".repeat(101) }), "search"),
        (json!({ "attributes": {} }), "attributes"),
        (json!({ "attributes": { "a": null } }), "attributes"),
        (json!({ "all": "true" }), "all"),
        (json!({ "all": null }), "all"),
        (json!({ "tags": ["vip"], "dry_run": "true" }), "dry_run"),
        (json!({ "tags": ["vip"], "dry_run": null }), "dry_run"),
        (json!({ "tags": ["vip"], "dryRun": true }), "dryRun"),
    ] {
        let (status, body) = api
            .send("POST", "/api/customers/delete", Some(filter.clone()))
            .await;
        assert_eq!((status, fields(&body)), (422, vec![wrong]), "{filter}");
    }
    let mock = Mock::given(path("/rest/v1/rpc/delete_customers")).and(body_json(json!({
        "filter": { "states": ["CA"] }, "dry_run": true,
    })));
    let answer = json!({ "deleted": 7, "dry_run": true });
    api.on(mock, ResponseTemplate::new(200).set_body_json(&answer))
        .await;
    let (status, body) = api
        .send("DELETE", "/api/customers?state=CA&dry_run=true", None)
        .await;
    assert_eq!((status, &body), (200, &answer));
    let mock = Mock::given(path("/rest/v1/rpc/delete_customers")).and(body_json(json!({
        "filter": { "states": ["NY"], "tags": ["vip"], "all": true }, "dry_run": false,
    })));
    let answer = json!({ "deleted": 3, "dry_run": false, "deletion_id": ID });
    api.on(mock, ResponseTemplate::new(200).set_body_json(&answer))
        .await;
    let filter = json!({ "states": ["new york"], "tags": ["vip"], "all": true });
    let (status, body) = api
        .send("POST", "/api/customers/delete", Some(filter))
        .await;
    assert_eq!((status, body), (200, answer));
}

#[tokio::test]
async fn a_restoration_names_customers_or_a_deletion() {
    let api = Api::start().await;
    for (wanted, wrong) in [
        (json!({}), ""),
        (json!({ "ids": [] }), ""),
        (json!({ "ids": [ID], "deletion_id": ID }), ""),
        (json!({ "ids": ["x"] }), "ids[0]"),
        (json!({ "deletion_id": null }), "deletion_id"),
        (json!({ "deletionId": ID, "ids": [ID] }), "deletionId"),
    ] {
        let (status, body) = api
            .send("POST", "/api/customers/restore", Some(wanted.clone()))
            .await;
        assert_eq!((status, fields(&body)), (422, vec![wrong]), "{wanted}");
    }
    let mock = Mock::given(path("/rest/v1/rpc/restore_customers"))
        .and(body_json(json!({ "deletion_id": ID })));
    let answer = json!({ "restored": 1, "refused": 0, "refusals": [] });
    api.on(mock, ResponseTemplate::new(200).set_body_json(&answer))
        .await;
    let (status, body) = api
        .send(
            "POST",
            "/api/customers/restore",
            Some(json!({ "deletion_id": ID })),
        )
        .await;
    assert_eq!((status, body), (200, answer));
}

#[tokio::test]
async fn a_customer_is_stored_as_it_should_be_written() {
    let api = Api::start().await;
    let mock = Mock::given(method("POST"))
        .and(path("/rest/v1/rpc/create_customer"))
        .and(body_json(json!({
            "customer": {
                "phone": "+14155552671", "first_name": "Ann", "last_name": null,
                "email": "Ann@example.com", "state": "CA", "status": "inactive",
                "tags": ["vip"], "attributes": { "plan": "gold" },
            },
        })));
    api.on(
        mock,
        ResponseTemplate::new(200).set_body_json(json!({ "id": ID })),
    )
    .await;
    let customer = json!({
        "phone": "(415) 555-2671", "first_name": " Ann ", "last_name": " ",
        "email": "Ann@Example.COM", "state": "california", "status": "inactive",
        "tags": [" vip", "vip"], "attributes": { "plan": "gold", "gone": null },
    });
    let (status, body) = api.send("POST", "/api/customers", Some(customer)).await;
    assert_eq!((status, body), (201, json!({ "id": ID })));
}

#[tokio::test]
async fn every_wrong_field_of_a_customer_is_named_and_nothing_is_stored() {
    let api = Api::start().await;
    let customer = json!({
        "email": "x", "state": "Atlantis", "status": "gone", "tags": ["a,b"], "attributes": { "a": [] },
    });
    let (status, body) = api.send("POST", "/api/customers", Some(customer)).await;
    assert_eq!(status, 422);
    assert_eq!(
        fields(&body),
        ["phone", "email", "state", "status", "tags", "attributes"]
    );
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
        "limit=5",
        "all=true",
        "dry_run=true",
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
    let changes = json!({ "email": null, "first_name": "Bo" });
    assert_eq!(
        api.send("PUT", &format!("/api/customers/{ID}"), Some(changes))
            .await
            .0,
        200
    );
    let changes = json!({ "firstName": "Bo", "user_id": "someone-else", "state": 7 });
    let (status, body) = api
        .send("PUT", &format!("/api/customers/{ID}"), Some(changes))
        .await;
    assert_eq!(
        (status, fields(&body)),
        (422, vec!["firstName", "user_id", "state"])
    );
    assert!(
        body.to_string().contains("Did you mean first_name?"),
        "{body}"
    );
}

#[tokio::test]
async fn what_postgrest_refuses_is_said_clearly() {
    let taken = r#"duplicate key value violates unique constraint "customers_phone_key""#;
    for (answer, status, code) in [
        (refused(409, "23505", taken), 409, "phone_unavailable"),
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
        if code == "phone_unavailable" {
            // Nobody of the caller's own has it.
            let own = Mock::given(path("/rest/v1/customers"))
                .and(query_param("user_id", format!("eq.{ID}")));
            api.on(own, rows(&json!([]), "*/0")).await;
        }
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
async fn messages_of_a_customer_are_listed_newest_first_and_none_of_a_stranger() {
    let url = format!("/api/customers/{ID}/messages?status=delivered");
    let api = Api::start().await;
    api.on(
        Mock::given(path("/rest/v1/customers")),
        refused(406, "PGRST116", "0 rows"),
    )
    .await;
    let (status, body) = api.send("GET", &url, None).await;
    assert_eq!((status, &body["code"]), (404, &json!("customer_not_found")));

    let api = Api::start().await;
    let customer = ResponseTemplate::new(200).set_body_json(json!({ "id": ID }));
    api.on(Mock::given(path("/rest/v1/customers")), customer)
        .await;
    let mock = Mock::given(path("/rest/v1/campaign_messages"))
        .and(query_param("customer_id", format!("eq.{ID}")))
        .and(query_param("status", "eq.delivered"))
        .and(query_param("order", "created_at.desc.nullslast,id.desc"));
    api.on(mock, rows(&json!([{ "id": ID }]), "0-0/1")).await;
    let (status, body) = api.send("GET", &url, None).await;
    assert_eq!((status, &body["total"]), (200, &json!(1)), "{body}");
}
