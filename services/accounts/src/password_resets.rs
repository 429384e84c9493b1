//! Forgotten passwords.

use axum::{Json, extract::State, http::StatusCode};
use domain::EmailAddress;
use rows_as_service::accounts::{ResetToken, ResetTokenState};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use web::{ApiError, FieldErrors, ValidJson, Validate};

use crate::{
    address::ClientAddress, failure::Failure, password, registration, reset_token, sessions,
    state::AccountsState,
};

/// A request for a password reset.
pub struct RequestReset(EmailAddress);

#[derive(Deserialize)]
pub struct RequestResetInput {
    email: String,
}

impl Validate for RequestReset {
    type Input = RequestResetInput;

    fn validate(input: RequestResetInput, errors: &mut FieldErrors) -> Option<Self> {
        sessions::email(&input.email, errors).map(Self)
    }
}

/// `POST /api/password-reset/request`. Does the same for every address: whether
/// the account exists is looked up later, outside the request.
pub async fn request_password_reset(
    State(state): State<AccountsState>,
    address: ClientAddress,
    ValidJson(RequestReset(email)): ValidJson<RequestReset>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    let email = email.as_str();
    state
        .limit_address("reset", address, state.settings.reset_limit_per_address.0)
        .await?;
    state
        .limit_account(
            "reset",
            email,
            address,
            state.settings.reset_limit_per_account.0,
        )
        .await?;
    state.rows.resets.request(email).await?;
    instruments::accounts().reset_requests.inc();
    let answer = json!({
        "status": "accepted",
        "detail": "If there is an account with this address, a mail with a link is on its way.",
    });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// A token from a mailed link.
#[derive(Deserialize)]
pub struct ShowToken {
    token: SecretString,
}

impl Validate for ShowToken {
    type Input = Self;

    fn validate(input: Self, _: &mut FieldErrors) -> Option<Self> {
        Some(input)
    }
}

/// `POST /api/password-reset/validate`
pub async fn validate_reset_token(
    State(state): State<AccountsState>,
    address: ClientAddress,
    ValidJson(request): ValidJson<ShowToken>,
) -> Result<Json<Value>, Failure> {
    state
        .limit_address(
            "reset-token",
            address,
            state.settings.reset_limit_per_address.0,
        )
        .await?;
    let token = open_token(&state, &request.token).await?;
    Ok(Json(
        json!({ "valid": true, "expires_at": token.expires_at }),
    ))
}

/// A token and the new password.
#[derive(Deserialize)]
pub struct ConfirmReset {
    token: SecretString,
    password: SecretString,
}

impl Validate for ConfirmReset {
    type Input = Self;

    fn validate(input: Self, _: &mut FieldErrors) -> Option<Self> {
        Some(input)
    }
}

/// `POST /api/password-reset/confirm`. The token is used up before Auth is called, so that of many
/// simultaneous calls only one succeeds; it is restored if the password is as before. Should Auth
/// change it after all, the database cancels what is open.
pub async fn confirm_password_reset(
    State(state): State<AccountsState>,
    address: ClientAddress,
    ValidJson(request): ValidJson<ConfirmReset>,
) -> Result<Json<Value>, Failure> {
    state
        .limit_address(
            "reset-token",
            address,
            state.settings.reset_limit_per_address.0,
        )
        .await?;
    let token = open_token(&state, &request.token).await?;
    password::judge(&request.password, &token.email)
        .map_err(|wrong| ApiError::invalid_field("password", wrong.code(), wrong.to_string()))?;
    if !state.rows.resets.spend_token(token.id).await? {
        open_token(&state, &request.token).await?;
        return Err(refusal(ResetTokenState::Used).into());
    }

    if let Err(error) = state
        .auth
        .set_password(token.user_id, &request.password)
        .await
    {
        state.rows.resets.give_back_token(&token).await?;
        return Err(match error {
            auth_admin::Error::WeakPassword => registration::weak_password().into(),
            auth_admin::Error::NotFound => invalid_token().into(),
            other => other.into(),
        });
    }
    state.rows.resets.complete(&token).await?;
    state.remember(&token.email, address).await;
    Ok(Json(json!({ "status": "password_changed" })))
}

/// The token, if it is still valid.
async fn open_token(state: &AccountsState, token: &SecretString) -> Result<ResetToken, Failure> {
    let hash = reset_token::hash(token).ok_or_else(invalid_token)?;
    let found = state.rows.resets.find_token(&hash).await?;
    let found = found.ok_or_else(invalid_token)?;
    match found.state {
        ResetTokenState::Open => Ok(found),
        closed => Err(refusal(closed).into()),
    }
}

fn invalid_token() -> ApiError {
    ApiError::bad_request("reset_token_invalid", "This link is not valid.")
}

/// Why a known token is no longer valid.
fn refusal(state: ResetTokenState) -> ApiError {
    let (code, detail) = match state {
        ResetTokenState::Used => ("reset_token_used", "This link has been used."),
        ResetTokenState::Cancelled => (
            "reset_token_cancelled",
            "This link was replaced by a newer one.",
        ),
        ResetTokenState::Expired | ResetTokenState::Open => {
            ("reset_token_expired", "This link has expired.")
        }
    };
    ApiError::new(StatusCode::GONE, code, detail)
}
