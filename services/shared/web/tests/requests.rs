//! What a request meets on its way to a handler, and what it is answered.
#![allow(clippy::unwrap_used, reason = "a panic here is the failed test")]

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::FromRef,
    http::{Request, StatusCode},
    routing::{get, post},
};
use domain::{
    Caller, LookupError, Profile, ProfileId, ProfileLookup, ProfileStatus, Role, SessionId,
    Standing,
};
use jwt::{Algorithm, EncodingKey, Header, encode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;
use web::{
    ApprovedAdmin, ApprovedUser, Auth, AuthSettings, FieldErrors, Health, HttpSettings, Path,
    TokenVerifier, ValidJson, ValidQuery, Validate, VerifiedUser,
};

const SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";
const URL: &str = "http://127.0.0.1:1";

/// A session that has ended.
const ENDED: SessionId = SessionId(Uuid::from_u128(7));

struct Profiles(Result<Option<(Role, ProfileStatus)>, ()>);

#[async_trait]
impl ProfileLookup for Profiles {
    async fn standing_of(&self, caller: &Caller) -> Result<Standing, LookupError> {
        let profile = self.0.map_err(|()| "connection to 10.0.0.5 refused")?;
        if caller.session_id == Some(ENDED) {
            return Ok(Standing::SessionEnded);
        }
        Ok(
            profile.map_or(Standing::NoProfile, |(role, status)| Standing::Known {
                profile: Profile {
                    id: ProfileId::new_v7(),
                    role,
                    status,
                },
                lacks_second_factor: caller.assurance.as_deref() == Some("aal1"),
            }),
        )
    }
}

#[derive(Clone, FromRef)]
struct State {
    auth: Auth,
}

#[derive(Debug)]
struct Greeting(String);

#[derive(Debug, Deserialize)]
struct GreetingInput {
    name: String,
    #[serde(default)]
    times: u8,
}

impl Validate for Greeting {
    type Input = GreetingInput;

    fn validate(input: GreetingInput, errors: &mut FieldErrors) -> Option<Self> {
        if input.name.is_empty() {
            errors.add("name", "required", "needed");
        }
        if input.times > 9 {
            errors.add("times", "out_of_range", "at most 9");
        }
        Some(Self(input.name.repeat(usize::from(input.times.max(1)))))
    }
}

async fn broken() {
    panic!("the secret is 42")
}

fn app(profiles: Profiles) -> Router {
    let settings = AuthSettings {
        supabase_url: URL.parse().unwrap(),
        supabase_jwt_secret: Some(SECRET.into()),
    };
    let auth = Auth::new(TokenVerifier::new(&settings).unwrap(), Arc::new(profiles));
    let slow = Router::new().route(
        "/slow",
        get(|| async { std::future::pending::<()>().await }),
    );
    let routes = Router::new()
        .route("/verified", get(|VerifiedUser(_): VerifiedUser| async {}))
        .route("/approved", get(|_: ApprovedUser| async {}))
        .route("/admin", get(|_: ApprovedAdmin| async {}))
        .route(
            "/greet",
            post(|ValidJson(g): ValidJson<Greeting>| async move { g.0 }),
        )
        .route(
            "/greet",
            get(|ValidQuery(g): ValidQuery<Greeting>| async move { g.0 }),
        )
        .route(
            "/things/{id}",
            get(|Path(id): Path<Uuid>| async move { Json(id) }),
        )
        .route("/panic", get(broken))
        .merge(web::bounded(slow, Duration::from_millis(20)))
        .with_state(State { auth });
    web::stack(
        routes,
        &HttpSettings {
            cors_allowed_origins: vec![
                "https://app.example.com".parse().unwrap(),
                "https://*.previews.example.com".parse().unwrap(),
            ],
            max_body_bytes: 1000,
            max_connections: 10,
        },
    )
}

fn approved() -> Router {
    app(Profiles(Ok(Some((Role::User, ProfileStatus::Approved)))))
}

fn token() -> String {
    token_of(None, "aal2")
}

fn token_of(session: Option<SessionId>, assurance: &str) -> String {
    let claims = json!({
        "iss": format!("{URL}/auth/v1"), "aud": "authenticated", "exp": 4_000_000_000_u64,
        "sub": Uuid::nil(), "role": "authenticated", "session_id": session, "aal": assurance,
    });
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
}

async fn answer(app: Router, request: Request<Body>) -> (axum::http::response::Parts, Value) {
    let (parts, body) = app.oneshot(request).await.unwrap().into_parts();
    let bytes = to_bytes(body, 100_000).await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (
        parts,
        serde_json::from_slice(&bytes).unwrap_or(Value::String(text)),
    )
}

async fn get_as(app: Router, path: &str, authorization: Option<&str>) -> (StatusCode, Value) {
    let mut request = Request::get(path);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    let (parts, body) = answer(app, request.body(Body::empty()).unwrap()).await;
    (parts.status, body["code"].clone())
}

async fn post_json(body: &str) -> (StatusCode, Value) {
    let request = Request::post("/greet")
        .header("content-type", "application/json; charset=utf-8")
        .body(Body::from(body.to_owned()))
        .unwrap();
    let (parts, body) = answer(approved(), request).await;
    (parts.status, body)
}

#[tokio::test]
async fn not_knowing_who_asks_and_not_letting_them_are_different_answers() {
    let bearer = format!("Bearer {}", token());
    assert_eq!(
        get_as(approved(), "/verified", None).await,
        (StatusCode::UNAUTHORIZED, "token_missing".into())
    );
    assert_eq!(
        get_as(approved(), "/verified", Some("Basic x")).await,
        (StatusCode::UNAUTHORIZED, "token_malformed".into())
    );
    assert_eq!(get_as(approved(), "/verified", Some(&bearer)).await.0, 200);
    assert_eq!(get_as(approved(), "/approved", Some(&bearer)).await.0, 200);
    for (profile, path, code) in [
        (None, "/approved", "profile_missing"),
        (
            Some((Role::User, ProfileStatus::Pending)),
            "/approved",
            "approval_pending",
        ),
        (
            Some((Role::Admin, ProfileStatus::Pending)),
            "/admin",
            "approval_pending",
        ),
        (
            Some((Role::User, ProfileStatus::Rejected)),
            "/approved",
            "account_rejected",
        ),
        (
            Some((Role::User, ProfileStatus::Approved)),
            "/admin",
            "admin_required",
        ),
    ] {
        let answer = get_as(app(Profiles(Ok(profile))), path, Some(&bearer)).await;
        assert_eq!(answer, (StatusCode::FORBIDDEN, code.into()));
    }
    let admin = app(Profiles(Ok(Some((Role::Admin, ProfileStatus::Approved)))));
    assert_eq!(get_as(admin, "/admin", Some(&bearer)).await.0, 200);
    let broken = app(Profiles(Err(())));
    assert_eq!(
        get_as(broken, "/approved", Some(&bearer)).await,
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "profile_unavailable".into()
        )
    );
}

#[tokio::test]
async fn a_token_means_nothing_once_its_session_has_ended() {
    let bearer = format!("Bearer {}", token_of(Some(ENDED), "aal2"));
    assert_eq!(
        get_as(approved(), "/approved", Some(&bearer)).await,
        (StatusCode::UNAUTHORIZED, "session_ended".into())
    );
    let bearer = format!("Bearer {}", token_of(Some(SessionId::new_v7()), "aal2"));
    assert_eq!(get_as(approved(), "/approved", Some(&bearer)).await.0, 200);
}

#[tokio::test]
async fn an_admin_without_the_second_factor_is_an_ordinary_user() {
    let admin = || app(Profiles(Ok(Some((Role::Admin, ProfileStatus::Approved)))));
    let bearer = format!("Bearer {}", token_of(None, "aal1"));
    assert_eq!(
        get_as(admin(), "/admin", Some(&bearer)).await,
        (StatusCode::FORBIDDEN, "second_factor_required".into())
    );
    assert_eq!(get_as(admin(), "/approved", Some(&bearer)).await.0, 200);
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
