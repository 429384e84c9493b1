//! Bodies and parameters that are not what a route takes.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::{Value, json};

use crate::stage::{answer, approved};

async fn post_json(body: &str) -> (StatusCode, Value) {
    let request = Request::post("/greet")
        .header("content-type", "application/json; charset=utf-8")
        .body(Body::from(body.to_owned()))
        .unwrap();
    let (parts, body) = answer(approved(), request).await;
    (parts.status, body)
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let (status, body) = post_json(r#"{"name":"","times":10}"#).await;
    assert_eq!(status, 422);
    let fields: Vec<_> = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["field"])
        .collect();
    assert_eq!(fields, ["name", "times"]);

    let (status, body) = post_json(r#"{"name":"x","times":"many"}"#).await;
    assert_eq!(
        (status.as_u16(), &body["errors"][0]["field"]),
        (422, &json!("times"))
    );
    let (status, body) = post_json(r#"{"name":"x""#).await;
    assert_eq!(
        (status.as_u16(), &body["code"]),
        (400, &json!("json_malformed"))
    );
    let (status, body) = post_json(&format!(r#"{{"name":"{}"}}"#, "x".repeat(1000))).await;
    assert_eq!(
        (status.as_u16(), &body["code"]),
        (413, &json!("body_too_large"))
    );
    let (status, body) = post_json(r#"{"name":"ha","times":3}"#).await;
    assert_eq!((status.as_u16(), body), (200, json!("hahaha")));

    let request = Request::post("/greet").body(Body::from("{}")).unwrap();
    assert_eq!(answer(approved(), request).await.0.status, 415);
    let request = Request::get("/greet?name=x&times=ten")
        .body(Body::empty())
        .unwrap();
    let (parts, body) = answer(approved(), request).await;
    assert_eq!(
        (parts.status.as_u16(), &body["errors"][0]["field"]),
        (422, &json!("times"))
    );
}

#[tokio::test]
async fn unknown_fields_and_all_wrong_ones_are_named_in_plain_words() {
    for (body, expected) in [
        (
            r#"{"Name":"x","times":"ten"}"#,
            json!([
                [
                    "Name",
                    "field_unknown",
                    "There is no field Name. Did you mean name?"
                ],
                ["times", "invalid_value", "A whole number."],
                ["name", "required", "This field is needed."],
            ]),
        ),
        (
            r#"{"name":7,"times":99}"#,
            json!([
                ["name", "invalid_value", "A text."],
                ["times", "out_of_range", "at most 9"],
            ]),
        ),
        (
            r#"{"name":"x","name":"y"}"#,
            json!([["name", "invalid_value", "This field is there twice."]]),
        ),
        (
            "[]",
            json!([["", "invalid_value", "The body is an object."]]),
        ),
    ] {
        let (status, told) = post_json(body).await;
        let errors = told["errors"].as_array().unwrap();
        let told: Vec<_> = errors
            .iter()
            .map(|error| json!([error["field"], error["code"], error["detail"]]))
            .collect();
        assert_eq!((status.as_u16(), json!(told)), (422, expected), "{body}");
    }
    let (_, broken) = post_json("{\"name\":\n x}").await;
    assert_eq!(broken["detail"], "The body is not valid JSON.");

    let request = Request::get("/greet?name=x&time=3&limit=2").body(Body::empty());
    let (parts, body) = answer(approved(), request.unwrap()).await;
    assert_eq!(parts.status, 422);
    assert_eq!(body["errors"][0]["code"], "parameter_unknown");
    assert_eq!(
        body["errors"][0]["detail"],
        "There is no parameter time. Did you mean times?"
    );
    assert_eq!(body["errors"][1]["field"], "limit");
}

/// Forms send what was not filled in. Who reads gets what they would get without it; who changes something may have meant
/// to narrow it, so is asked.
#[tokio::test]
async fn a_parameter_without_a_value_is_as_if_left_out_or_refused() {
    let of = async |method: &str, query: &str| {
        let request = Request::builder()
            .method(method)
            .uri(format!("/greet?{query}"));
        let (parts, body) = answer(approved(), request.body(Body::empty()).unwrap()).await;
        let said = match body["errors"].as_array() {
            Some(errors) => errors
                .iter()
                .map(|error| json!([error["field"], error["code"]]))
                .collect(),
            None => body,
        };
        (parts.status.as_u16(), said)
    };
    for (method, query, expected) in [
        ("GET", "name=ha&times=", (200, json!("ha"))),
        ("GET", "name=ha&times=&times=2", (200, json!("haha"))),
        ("GET", "name=&times=2", (422, json!([["name", "required"]]))),
        (
            "GET",
            "name=ha&limit=",
            (422, json!([["limit", "parameter_unknown"]])),
        ),
        ("PATCH", "name=ha&times=2", (200, json!("haha"))),
        (
            "PATCH",
            "name=ha&times=",
            (422, json!([["times", "parameter_empty"]])),
        ),
        (
            "PATCH",
            "name=&times=99&limit=",
            (
                422,
                json!([
                    ["name", "parameter_empty"],
                    ["limit", "parameter_unknown"],
                    ["times", "out_of_range"]
                ]),
            ),
        ),
    ] {
        assert_eq!(of(method, query).await, expected, "{method} {query}");
    }
}
