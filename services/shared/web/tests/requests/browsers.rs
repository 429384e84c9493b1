//! Pages that call.

use axum::{body::Body, http::Request};

use crate::stage::{answer, approved};

#[tokio::test]
async fn browsers_may_call_from_the_frontend_only() {
    for (origin, allowed) in [
        ("https://app.example.com", true),
        ("https://pr-7.previews.example.com", true),
        ("https://evil.example", false),
        ("https://evil.example/.previews.example.com", false),
        ("null", false),
    ] {
        let request = Request::get("/verified")
            .header("origin", origin)
            .body(Body::empty());
        let (parts, _) = answer(approved(), request.unwrap()).await;
        assert_eq!(parts.status, 401);
        assert_eq!(
            parts.headers.contains_key("access-control-allow-origin"),
            allowed
        );
    }
}

#[tokio::test]
async fn browsers_may_send_what_supabase_js_sentry_and_tracing_add() {
    let wanted = "apikey,authorization,baggage,content-type,idempotency-key,prefer,sentry-trace,traceparent,x-client-info";
    let request = Request::options("/greet")
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", wanted)
        .body(Body::empty());
    let (parts, _) = answer(approved(), request.unwrap()).await;
    let allowed = parts.headers["access-control-allow-headers"]
        .to_str()
        .unwrap();
    for name in wanted.split(',') {
        assert!(
            allowed.split(',').any(|other| other == name),
            "{name}: {allowed}"
        );
    }
}
