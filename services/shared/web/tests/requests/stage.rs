//! Routes with nothing behind them, and who calls them.

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
use tower::ServiceExt as _;
use uuid::Uuid;
use web::{
    ApprovedAdmin, ApprovedUser, Auth, AuthSettings, FieldErrors, HttpSettings, Path,
    TokenVerifier, ValidJson, ValidQuery, Validate, VerifiedUser,
};

const SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";
const URL: &str = "http://127.0.0.1:1";

/// A session that has ended.
pub const ENDED: SessionId = SessionId(Uuid::from_u128(7));

pub struct Profiles(pub Result<Option<(Role, ProfileStatus)>, ()>);

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

pub fn app(profiles: Profiles) -> Router {
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
            get(|ValidQuery(g): ValidQuery<Greeting>| async move { g.0 })
                .patch(|ValidQuery(g): ValidQuery<Greeting>| async move { g.0 }),
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

pub fn approved() -> Router {
    app(Profiles(Ok(Some((Role::User, ProfileStatus::Approved)))))
}

pub fn token() -> String {
    token_of(None, "aal2")
}

pub fn token_of(session: Option<SessionId>, assurance: &str) -> String {
    let claims = json!({
        "iss": format!("{URL}/auth/v1"), "aud": "authenticated", "exp": 4_000_000_000_u64,
        "sub": Uuid::nil(), "role": "authenticated", "session_id": session, "aal": assurance,
    });
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
}

pub async fn answer(app: Router, request: Request<Body>) -> (axum::http::response::Parts, Value) {
    let (parts, body) = app.oneshot(request).await.unwrap().into_parts();
    let bytes = to_bytes(body, 100_000).await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (
        parts,
        serde_json::from_slice(&bytes).unwrap_or(Value::String(text)),
    )
}

pub async fn get_as(app: Router, path: &str, authorization: Option<&str>) -> (StatusCode, Value) {
    let mut request = Request::get(path);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    let (parts, body) = answer(app, request.body(Body::empty()).unwrap()).await;
    (parts.status, body["code"].clone())
}
