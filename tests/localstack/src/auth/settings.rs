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
        "saml_private_key_next_configured": false,
        "passkeys_enabled": false,
    }))
}

pub(crate) async fn get_jwks(State(auth): State<Auth>) -> impl IntoResponse {
    (
        [(CACHE_CONTROL, "public, max-age=600")],
        Json(auth.keys.jwks()),
    )
}
