//! `POST /token`: sign-in with a password, and refresh.

use axum::{
    Json,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    caller::{Body, or_default},
    error::AuthError,
    session::{self, Device, Method, Refreshed},
    state::Auth,
    user::User,
};

#[derive(Debug, Deserialize)]
pub(crate) struct Grant {
    #[serde(default)]
    grant_type: String,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Credentials {
    #[serde(default, deserialize_with = "or_default")]
    email: String,
    #[serde(default, deserialize_with = "or_default")]
    phone: String,
    #[serde(default, deserialize_with = "or_default")]
    password: String,
    #[serde(default, deserialize_with = "or_default")]
    refresh_token: String,
}

pub(crate) async fn issue_tokens(
    State(auth): State<Auth>,
    Query(grant): Query<Grant>,
    device: Device,
    Body(credentials): Body<Credentials>,
) -> Result<Response, AuthError> {
    match grant.grant_type.as_str() {
        "password" => with_password(&auth, credentials, &device).await,
        "refresh_token" => with_refresh_token(&auth, &credentials.refresh_token, &device).await,
        "pkce" => Err(AuthError::not_found(
            "flow_state_not_found",
            "invalid flow state, no valid flow state found",
        )),
        _ => Err(AuthError::bad_request(
            "invalid_credentials",
            "unsupported_grant_type",
        )),
    }
}

async fn with_password(
    auth: &Auth,
    credentials: Credentials,
    device: &Device,
) -> Result<Response, AuthError> {
    let invalid = || AuthError::bad_request("invalid_credentials", "Invalid login credentials");
    match (credentials.email.is_empty(), credentials.phone.is_empty()) {
        (false, false) => {
            return Err(AuthError::invalid(
                "Only an email address or phone number should be provided on login.",
            ));
        }
        (true, false) => {
            return Err(AuthError::unprocessable(
                "phone_provider_disabled",
                "Phone logins are disabled",
            ));
        }
        (true, true) => return Err(AuthError::invalid("missing email or phone")),
        (false, true) => {}
    }
    let user = User::by_email(&mut *auth.pool.acquire().await?, &credentials.email).await?;
    let hash = user
        .as_ref()
        .filter(|user| user.has_password())
        .and_then(|user| user.encrypted_password.clone());
    let strength = auth.passwords.check_strength(&credentials.password);
    let right = auth.passwords.is_right(credentials.password, hash).await;
    let user = user.filter(User::has_password).ok_or_else(invalid)?;
    if user.is_banned {
        return Err(AuthError::bad_request("user_banned", "User is banned"));
    }
    if !right {
        return Err(invalid());
    }
    if !user.is_confirmed() {
        return Err(AuthError::bad_request(
            "email_not_confirmed",
            "Email not confirmed",
        ));
    }
    let mut tx = auth.pool.begin().await?;
    let mut tokens = session::open(auth, &mut tx, &user, Method::Password, device).await?;
    tx.commit().await?;
    tokens.weak_password = strength.err().and_then(|weak| weak.as_weak_password());
    Ok(Json(tokens).into_response())
}

async fn with_refresh_token(
    auth: &Auth,
    token: &str,
    device: &Device,
) -> Result<Response, AuthError> {
    if token.is_empty() {
        return Err(AuthError::oauth(
            "invalid_request",
            "refresh_token required",
        ));
    }
    let mut tx = auth.pool.begin().await?;
    match session::refresh(auth, &mut tx, token, device).await? {
        Refreshed::Tokens(tokens) => {
            tx.commit().await?;
            Ok(Json(tokens).into_response())
        }
        Refreshed::Reused => {
            tx.commit().await?;
            Err(AuthError::bad_request(
                "refresh_token_already_used",
                "Invalid Refresh Token: Already Used",
            ))
        }
    }
}
