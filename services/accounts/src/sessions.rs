//! Login and logout.

use std::{collections::BTreeMap, time::Instant};

use auth_admin::{LogoutScope, Session};
use axum::{Json, extract::State, http::StatusCode};
use domain::{EmailAddress, Profile, ProfileId, ProfileStatus, Role};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, FieldErrors, ValidJson, ValidQuery, Validate, VerifiedUser};

use crate::{address::ClientAddress, decoy, failure::Failure, state::AccountsState};

/// A request to sign in.
pub struct LogIn {
    email: EmailAddress,
    password: SecretString,
}

#[derive(Deserialize, ToSchema)]
pub struct LogInInput {
    #[schema(format = Email, example = "ann@example.com")]
    email: String,
    #[schema(value_type = String, format = Password, example = "correct horse battery staple")]
    password: SecretString,
}

impl Validate for LogIn {
    type Input = LogInInput;

    fn validate(input: LogInInput, errors: &mut FieldErrors) -> Option<Self> {
        let email = email(&input.email, errors)?;
        Some(Self {
            email,
            password: input.password,
        })
    }
}

/// Parses an address, or says what is wrong with it.
pub fn email(text: &str, errors: &mut FieldErrors) -> Option<EmailAddress> {
    EmailAddress::parse(text)
        .map_err(|wrong| errors.add("email", wrong.as_str(), wrong.to_string()))
        .ok()
}

/// A Supabase session, as supabase-js expects it, with the user's profile.
#[derive(Serialize, ToSchema)]
pub struct LoggedIn {
    #[serde(flatten)]
    #[schema(value_type = AuthSession)]
    session: Session,
    #[schema(value_type = LoggedInProfile)]
    profile: Value,
}

/// A session as Supabase Auth gives it, and whatever else Auth says of it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the description")]
pub struct AuthSession {
    #[schema(example = "eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl")]
    access_token: String,
    #[schema(example = "bearer")]
    token_type: String,
    /// Seconds.
    #[schema(example = 3600)]
    expires_in: i64,
    /// Seconds since 1970.
    #[schema(example = 1_795_600_000)]
    expires_at: i64,
    #[schema(example = "k3x9Q2m7p1sT")]
    refresh_token: String,
    /// The user in `auth.users`.
    #[schema(value_type = Object)]
    user: Value,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// The caller's profile.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the description")]
struct LoggedInProfile {
    id: ProfileId,
    role: Role,
    status: ProfileStatus,
}

/// Signs in with an address and a password.
///
/// A refusal takes a multiple of a fixed time, so that neither its
/// content nor its timing reveals whether the address or the password was wrong.
#[utoipa::path(post, path = "/api/auth/login", tag = "Sign-in", request_body = LogInInput, security(()), responses((status = 200, description = "The session.", body = LoggedIn), (status = 401, description = "`invalid_credentials`"), (status = 403, description = "`approval_pending`, `account_rejected`, `profile_missing`, `email_not_confirmed`"), (status = 429, description = "`too_many_attempts`; `Retry-After` says for how long."), (status = 502, description = "`auth_refused`")))]
pub async fn log_in(
    State(state): State<AccountsState>,
    address: ClientAddress,
    ValidJson(request): ValidJson<LogIn>,
) -> Result<Json<LoggedIn>, Failure> {
    let began = Instant::now();
    let outcome = sign_in(&state, address, &request).await;
    if outcome.is_err() {
        state.even_out(began).await;
    }
    outcome.map(Json)
}

async fn sign_in(
    state: &AccountsState,
    address: ClientAddress,
    request: &LogIn,
) -> Result<LoggedIn, Failure> {
    let email = request.email.as_str();
    let by_address = state
        .limit_address("login", address, state.settings.login_limit_per_address.0)
        .await?;
    let by_account = state
        .limit_account(
            "login",
            email,
            address,
            state.settings.login_limit_per_account.0,
        )
        .await?;
    let taken = by_address.into_iter().chain([by_account]);
    // Auth compares a password only where it knows the address: for the others it shall take as long.
    let known = state.rows.auth_accounts.have_password(email).await?;
    let asked = if known { email } else { decoy::ADDRESS };
    let outcome = state
        .auth
        .sign_in(asked, &request.password, address.ip())
        .await;
    let session = match outcome {
        Ok(session) if known => session,
        Ok(_) | Err(auth_admin::Error::WrongCredentials) => {
            return Err(ApiError::unauthorized(
                "invalid_credentials",
                "Wrong e-mail address or password.",
            )
            .into());
        }
        Err(error) => {
            if error.is_outage() {
                // Nobody's failure.
                state.give_back(taken).await;
            }
            return Err(match error {
                auth_admin::Error::Refused(code) if code == "account_rejected" => rejected().into(),
                auth_admin::Error::Unconfirmed => ApiError::forbidden(
                    "email_not_confirmed",
                    "Please confirm your e-mail address first, with the link that we have mailed you.",
                )
                .into(),
                other => other.into(),
            });
        }
    };
    // The password was right; only failures count.
    state.give_back(taken).await;

    let profile = state.rows.profiles.of_user(session.user_id()).await?;
    let refusal = match profile {
        Some(profile) if profile.status == ProfileStatus::Approved => {
            state.remember(email, address).await;
            return Ok(LoggedIn {
                session,
                profile: shown(profile),
            });
        }
        Some(profile) if profile.status == ProfileStatus::Rejected => rejected(),
        Some(_) => ApiError::forbidden(
            "approval_pending",
            "This account is waiting for an administrator's approval.",
        ),
        None => ApiError::forbidden("profile_missing", "This account has no profile."),
    };
    // This session is not handed out.
    if let Err(error) = state
        .auth
        .sign_out(session.access_token(), LogoutScope::Local)
        .await
    {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "an unused session was not ended"
        );
    }
    Err(refusal.into())
}

fn shown(profile: Profile) -> Value {
    json!({ "id": profile.id, "role": profile.role, "status": profile.status })
}

fn rejected() -> ApiError {
    ApiError::forbidden("account_rejected", "This account was not approved.")
}

/// Which sessions can be ended.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "for the description")]
enum LogoutScopes {
    Global,
    Local,
    Others,
}

/// Which sessions to end: `global` (all, as supabase-js does), `local` or `others`.
pub struct LogOut(LogoutScope);

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogOutInput {
    /// All sessions (`global`) if absent.
    #[param(inline, value_type = Option<LogoutScopes>)]
    scope: Option<String>,
}

impl Validate for LogOut {
    type Input = LogOutInput;

    fn validate(input: LogOutInput, errors: &mut FieldErrors) -> Option<Self> {
        match input.scope.as_deref() {
            None | Some("global") => Some(Self(LogoutScope::Global)),
            Some("local") => Some(Self(LogoutScope::Local)),
            Some("others") => Some(Self(LogoutScope::Others)),
            Some(_) => {
                errors.add("scope", "unknown_value", "One of global, local and others.");
                None
            }
        }
    }
}

/// Ends sessions.
#[utoipa::path(post, path = "/api/auth/logout", tag = "Sign-in", params(LogOutInput), responses((status = 204, description = "The sessions have ended."), (status = 502, description = "`auth_refused`")))]
pub async fn log_out(
    VerifiedUser(caller): VerifiedUser,
    State(state): State<AccountsState>,
    ValidQuery(LogOut(scope)): ValidQuery<LogOut>,
) -> Result<StatusCode, Failure> {
    state.auth.sign_out(&caller.access_token, scope).await?;
    Ok(StatusCode::NO_CONTENT)
}
