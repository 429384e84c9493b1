//! The router before a mock of PostgREST.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use dashboard_api::{DashboardState, Settings};
use jwt::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use twilio::LookupSettings;
use web::AuthSettings;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path, path_regex},
};

pub const SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";
pub const USER: &str = "0199c0de-0000-7000-8000-000000000001";
pub const ID: &str = "0199c0de-0000-7000-8000-000000000002";

pub struct Api {
    pub postgrest: MockServer,
    pub router: Router,
    pub token: String,
    /// Stops the process.
    pub stopping: CancellationToken,
}

impl Api {
    /// As an approved user; Twilio is not set up.
    pub async fn start() -> Self {
        Self::with_auth_token(None).await
    }

    /// The same; with a token the mock stands for Twilio too.
    pub async fn with_auth_token(token: Option<&str>) -> Self {
        let postgrest = MockServer::start().await;
        let settings = Settings {
            auth: AuthSettings {
                supabase_url: postgrest.uri().parse().unwrap(),
                supabase_jwt_secret: Some(SECRET.into()),
            },
            supabase_anon_key: "sb_publishable_test".into(),
            lookups: LookupSettings {
                account_sid: Some("AC1".into()),
                auth_token: token.map(Into::into),
                api_key: None,
                api_secret: None,
                lookup_url: postgrest.uri().parse().unwrap(),
                daily_limit: 7,
                max_age_days: 90,
            },
        };
        let claims = json!({
            "iss": format!("{}/auth/v1", postgrest.uri()), "aud": "authenticated",
            "exp": 4_000_000_000_u64, "sub": USER, "role": "authenticated",
        });
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let token = encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
        Mock::given(method("POST"))
            .and(path("/rest/v1/rpc/who_am_i"))
            .and(header("apikey", "sb_publishable_test"))
            .and(header("authorization", format!("Bearer {token}")))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({
                "profile_id": ID, "role": "user", "status": "approved",
                "session_is_live": true, "lacks_second_factor": false,
            })))
            .expect(0..=1)
            .mount(&postgrest)
            .await;
        let stopping = CancellationToken::new();
        let state = DashboardState::new(&settings).unwrap();
        let router = dashboard_api::router(state.until(stopping.clone()));
        Self {
            postgrest,
            router,
            token,
            stopping,
        }
    }

    pub async fn on(&self, mock: wiremock::MockBuilder, answer: ResponseTemplate) {
        let bearer = format!("Bearer {}", self.token);
        mock.and(header("authorization", bearer))
            .respond_with(answer)
            .expect(1)
            .mount(&self.postgrest)
            .await;
    }

    /// What Twilio says of every number that it is asked about, which must happen `times`.
    pub async fn line(&self, answer: ResponseTemplate, times: u64) {
        Mock::given(path_regex("^/v2/PhoneNumbers/"))
            .respond_with(answer)
            .expect(times)
            .mount(&self.postgrest)
            .await;
    }

    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
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

pub fn rows(rows: &Value, range: &str) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .insert_header("content-range", range)
        .set_body_json(rows)
}

pub fn refused(status: u16, code: &str, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(
        json!({ "code": code, "message": message, "details": "Because.", "hint": "Do." }),
    )
}

pub fn fields(body: &Value) -> Vec<&str> {
    body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["field"].as_str().unwrap())
        .collect()
}
