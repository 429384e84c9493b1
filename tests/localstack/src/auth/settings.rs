//! Public endpoints: health, settings, public keys.

use axum::{Json, extract::State, http::header::CACHE_CONTROL, response::IntoResponse};
use serde_json::{Map, Value, json};

use super::state::Auth;

const PROVIDERS: [&str; 26] = [
    "anonymous_users",
    "apple",
    "azure",
    "bitbucket",
    "discord",
    "facebook",
    "snapchat",
    "figma",
    "fly",
    "github",
    "gitlab",
    "google",
    "keycloak",
    "kakao",
    "linkedin",
    "linkedin_oidc",
    "notion",
    "spotify",
    "slack",
    "slack_oidc",
    "workos",
    "twitch",
    "twitter",
    "email",
    "phone",
    "zoom",
];

pub(crate) async fn get_health() -> Json<Value> {
    Json(json!({
        "version": "v2.197.0-localstack",
        "name": "GoTrue",
        "description": "GoTrue is a user registration and authentication API",
    }))
}

pub(crate) async fn get_settings(State(auth): State<Auth>) -> Json<Value> {
    let external: Map<String, Value> = PROVIDERS
        .iter()
        .map(|name| ((*name).to_owned(), Value::Bool(*name == "email")))
        .collect();
    Json(json!({
        "external": external,
        "disable_signup": !auth.options.enable_signup,
        "mailer_autoconfirm": auth.options.autoconfirm,
        "phone_autoconfirm": false,
        "sms_provider": "",
        "saml_enabled": false,
        "saml_private_key_next_configured": true,
        "passkeys_enabled": false,
    }))
}

/// `/.well-known/openid-configuration`. Its addresses below `/oauth` answer nothing here.
pub(crate) async fn get_openid(State(auth): State<Auth>) -> impl IntoResponse {
    let issuer = auth.options.issuer();
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/oauth/authorize"),
        "token_endpoint": format!("{issuer}/oauth/token"),
        "userinfo_endpoint": format!("{issuer}/oauth/userinfo"),
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "scopes_supported": ["openid", "profile", "email", "phone", "offline_access"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "HS256", "ES256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "claims_supported": [
            "sub", "aud", "iss", "exp", "iat", "auth_time", "nonce", "email", "email_verified",
            "phone_number", "phone_number_verified", "name", "picture", "preferred_username", "updated_at",
        ],
        "code_challenge_methods_supported": ["S256", "plain"],
    });
    ([(CACHE_CONTROL, "public, max-age=600")], Json(document))
}

pub(crate) async fn get_jwks(State(auth): State<Auth>) -> impl IntoResponse {
    (
        [(CACHE_CONTROL, "public, max-age=600")],
        Json(auth.keys.jwks()),
    )
}
