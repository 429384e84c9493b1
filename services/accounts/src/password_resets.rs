//! Forgotten passwords.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use domain::EmailAddress;
use rows_as_service::accounts::{ResetToken, ResetTokenState};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::Instrument as _;
use utoipa::ToSchema;
use web::{ApiError, FieldErrors, ValidJson, Validate};

use crate::{
    address::ClientAddress, failure::Failure, password, registration, reset_token, sessions,
    state::AccountsState,
};

/// A request for a password reset.
pub struct RequestReset(EmailAddress);

#[derive(Deserialize, ToSchema)]
pub struct RequestResetInput {
    #[schema(format = Email, max_length = 254, example = "ann@example.com")]
    email: String,
}

impl Validate for RequestReset {
    type Input = RequestResetInput;

    fn validate(input: RequestResetInput, errors: &mut FieldErrors) -> Option<Self> {
        sessions::email(&input.email, errors).map(Self)
    }
}

/// What is said of every address.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the description")]
pub struct ResetRequested {
    #[schema(example = "accepted")]
    status: String,
    #[schema(
        example = "If there is an account with this address, a mail with a link is on its way."
    )]
    detail: String,
}

/// A token that works.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the description")]
pub struct OpenResetToken {
    valid: bool,
    expires_at: DateTime<Utc>,
}

/// What became of a reset.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the description")]
pub struct PasswordChanged {
    #[schema(example = "password_changed")]
    status: String,
}

/// Asks for a link to set a new password.
///
/// Does the same for every address: whether
/// the account exists is looked up later, outside the request.
#[utoipa::path(post, path = "/api/password-reset/request", tag = "Sign-in", request_body = RequestResetInput, security(()), responses((status = 202, description = "Said for every address.", body = ResetRequested), (status = 429, description = "`too_many_attempts`; `Retry-After` says for how long.")))]
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
#[derive(Deserialize, ToSchema)]
pub struct ShowToken {
    /// From the mailed link.
    #[schema(value_type = String, example = "Zm9yIG9uZSByZXNldCBvZiBvbmUgcGFzc3dvcmQ")]
    token: SecretString,
}

impl Validate for ShowToken {
    type Input = Self;

    fn validate(input: Self, _: &mut FieldErrors) -> Option<Self> {
        Some(input)
    }
}

/// Says whether a mailed link works.
#[utoipa::path(post, path = "/api/password-reset/validate", tag = "Sign-in", request_body = ShowToken, security(()), responses((status = 200, description = "The link works.", body = OpenResetToken), (status = 410, description = "`reset_token_used`, `reset_token_canceled`, `reset_token_expired`"), (status = 429, description = "`too_many_attempts`; `Retry-After` says for how long.")))]
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
#[derive(Deserialize, ToSchema)]
pub struct ConfirmReset {
    /// From the mailed link.
    #[schema(value_type = String, example = "Zm9yIG9uZSByZXNldCBvZiBvbmUgcGFzc3dvcmQ")]
    token: SecretString,
    /// The new one.
    #[schema(value_type = String, format = Password, example = "correct horse battery staple")]
    password: SecretString,
}

impl Validate for ConfirmReset {
    type Input = Self;

    fn validate(input: Self, _: &mut FieldErrors) -> Option<Self> {
        Some(input)
    }
}

/// Sets a new password.
///
/// The token is used up before Auth is called, so that of many
/// simultaneous calls only one succeeds; it is restored if the password is as before. Should Auth
/// change it after all, the database cancels what is open.
#[utoipa::path(post, path = "/api/password-reset/confirm", tag = "Sign-in", request_body = ConfirmReset, security(()), responses((status = 200, description = "The password is changed, and all sessions have ended.", body = PasswordChanged), (status = 410, description = "`reset_token_used`, `reset_token_canceled`, `reset_token_expired`"), (status = 429, description = "`too_many_attempts`; `Retry-After` says for how long."), (status = 502, description = "`auth_refused`")))]
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
    // A task of its own: if the person goes away meanwhile, the token is still given back, or the rest done.
    let changing = set_new_password(state, token, request, address).in_current_span();
    tokio::spawn(changing).await.map_err(ApiError::internal)??;
    Ok(Json(json!({ "status": "password_changed" })))
}

/// Uses up the token, sets the password, and ends what hung on the old one.
async fn set_new_password(
    state: AccountsState,
    token: ResetToken,
    request: ConfirmReset,
    address: ClientAddress,
) -> Result<(), Failure> {
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
    Ok(())
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
        ResetTokenState::Canceled => (
            "reset_token_canceled",
            "This link was replaced by a newer one.",
        ),
        ResetTokenState::Expired | ResetTokenState::Open => {
            ("reset_token_expired", "This link has expired.")
        }
    };
    ApiError::new(StatusCode::GONE, code, detail)
}
