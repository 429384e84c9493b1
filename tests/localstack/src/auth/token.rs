//! `POST /token`: sign-in with a password, and refresh.

use axum::{
    Json,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    access_token::Method,
    caller::{Body, or_default},
    device::Device,
    error::AuthError,
    flow,
    refresh_token::{self, Refreshed},
    session,
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
    #[serde(default, deserialize_with = "or_default")]
    auth_code: String,
    #[serde(default, deserialize_with = "or_default")]
    code_verifier: String,
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
        "pkce" => {
            let mut tx = auth.pool.begin().await?;
            let (code, verifier) = (&credentials.auth_code, &credentials.code_verifier);
            let tokens = flow::exchange(&auth, &mut tx, code, verifier, &device).await?;
            tx.commit().await?;
            Ok(Json(tokens).into_response())
        }
        "web3" => Err(AuthError::unprocessable(
            "web3_provider_disabled",
            "Web3 provider is disabled",
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
    let strength = auth.passwords.check_strength(&credentials.password);
    // GoTrue compares nothing where there is nothing to compare with, and so tells by its time.
    let user = user.filter(User::has_password).ok_or_else(invalid)?;
    if user.is_banned {
        return Err(AuthError::bad_request("user_banned", "User is banned"));
    }
    let hash = user.encrypted_password.clone().unwrap_or_default();
    let right = auth.passwords.is_right(credentials.password, hash).await;
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
    let weak = strength.err().and_then(|weak| weak.as_weak_password());
    tokens.weak_password = Some(weak.unwrap_or_default());
    Ok(Json(tokens).into_response())
}

async fn with_refresh_token(
    auth: &Auth,
    token: &str,
    device: &Device,
) -> Result<Response, AuthError> {
    let is_one = token.len() == 12 && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_one {
        return Err(AuthError::invalid("Refresh token is not valid"));
    }
    let mut tx = auth.pool.begin().await?;
    match refresh_token::refresh(auth, &mut tx, token, device).await? {
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
