//! What a request meets on its way to a handler, and what it is answered.
#![allow(clippy::unwrap_used, reason = "a panic here is the failed test")]

mod browsers;
mod callers;
mod misfits;
mod stage;

use axum::{body::Body, http::Request};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use web::Health;

use stage::{answer, approved};

#[tokio::test]
async fn every_answer_carries_its_request_id() {
    let request = Request::get("/nowhere")
        .header("x-request-id", "abc-1")
        .body(Body::empty());
    let (parts, body) = answer(approved(), request.unwrap()).await;
    assert_eq!(parts.status, 404);
    assert_eq!(parts.headers["x-request-id"], "abc-1");
    assert_eq!(parts.headers["cache-control"], "no-store");
    assert_eq!(parts.headers["x-content-type-options"], "nosniff");
    assert_eq!(body["request_id"], "abc-1");
    assert_eq!(body["code"], "route_not_found");

    let request = Request::get("/greet?name=x")
        .header("x-request-id", "a b\"c")
        .body(Body::empty());
    let (parts, _) = answer(approved(), request.unwrap()).await;
    let id = parts.headers["x-request-id"].to_str().unwrap();
    assert!(id.parse::<Uuid>().is_ok(), "{id}");
}

#[tokio::test]
async fn a_panic_a_wait_and_a_wrong_method_are_problem_answers() {
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let (parts, body) = answer(approved(), get("/panic")).await;
    assert_eq!(
        (parts.status.as_u16(), &body["code"]),
        (500, &json!("internal"))
    );
    assert!(!body.to_string().contains("secret"));
    let (parts, body) = answer(approved(), get("/slow")).await;
    assert_eq!(
        (parts.status.as_u16(), &body["code"]),
        (504, &json!("request_timed_out"))
    );
    let (parts, body) = answer(approved(), get("/things/1")).await;
    assert_eq!(
        (parts.status.as_u16(), &body["code"]),
        (404, &json!("not_found"))
    );
    let request = Request::delete("/greet").body(Body::empty()).unwrap();
    let (parts, body) = answer(approved(), request).await;
    assert_eq!(
        (parts.status.as_u16(), &body["code"]),
        (405, &json!("method_not_allowed"))
    );
}

#[tokio::test]
async fn readiness_names_what_fails_and_ends_with_the_shutdown() {
    let shutdown = CancellationToken::new();
    let ready = |works: bool| {
        let health = Health::new()
            .check("database", || async { Ok::<_, std::io::Error>(()) })
            .check("auth", move || async move {
                if works {
                    Ok(())
                } else {
                    Err("no route to 10.0.0.5")
                }
            })
            .until(shutdown.clone());
        answer(
            health.router(),
            Request::get("/readyz").body(Body::empty()).unwrap(),
        )
    };
    let (parts, body) = ready(true).await;
    assert_eq!(
        (parts.status.as_u16(), &body["checks"]["auth"]),
        (200, &json!("ok"))
    );
    let (parts, body) = ready(false).await;
    assert_eq!(
        (parts.status.as_u16(), &body["checks"]["auth"]),
        (503, &json!("failing"))
    );
    assert!(!body.to_string().contains("10.0.0.5"));
    shutdown.cancel();
    assert_eq!(ready(true).await.0.status, 503);
}
