//! Registration with an invitation.

use std::time::Instant;

use axum::{Json, extract::State, http::StatusCode};
use domain::EmailAddress;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use web::{ApiError, FieldErrors, ValidJson, Validate};

use crate::{address::ClientAddress, failure::Failure, password, sessions, state::AccountsState};

/// The most that the user's own metadata may be, as JSON in bytes: every access token carries it. The
/// database has the same limit for those who ask Auth directly.
pub const LONGEST_METADATA: usize = 4096;
const METADATA_TOO_LONG: &str = "At most 4,096 bytes as JSON.";

/// A request to register.
pub struct Register {
    email: EmailAddress,
    password: SecretString,
    invite_code: String,
    data: Map<String, Value>,
}

#[derive(Deserialize, ToSchema)]
pub struct RegisterInput {
    #[schema(format = Email, max_length = 254, example = "ann@example.com")]
    email: String,
    #[schema(value_type = String, format = Password, example = "correct horse battery staple")]
    password: SecretString,
    #[serde(default)]
    #[schema(max_length = 200, example = "K7QX-2MPD-9RTV")]
    invite_code: String,
    /// The user's own metadata, such as a name. Role and status are not taken from it.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({ "name": "Ann" }))]
    data: Map<String, Value>,
}

impl Validate for Register {
    type Input = RegisterInput;

    fn validate(input: RegisterInput, errors: &mut FieldErrors) -> Option<Self> {
        let email = sessions::email(&input.email, errors);
        if let Err(wrong) = password::judge(&input.password, &input.email) {
            errors.add("password", wrong.code(), wrong.to_string());
        }
        if input.invite_code.len() > 200 {
            errors.add("invite_code", "too_long", "This code is too long.");
        }
        let metadata = serde_json::to_string(&input.data).map_or(0, |text| text.len());
        if metadata > LONGEST_METADATA {
            errors.add("data", "too_long", METADATA_TOO_LONG);
        }
        if have_nul(&input.data) {
            errors.add("data", "invalid_characters", "NUL cannot be stored.");
        }
        Some(Self {
            email: email?,
            password: input.password,
            // No code has one, and Postgres takes none.
            invite_code: input.invite_code.replace('\0', ""),
            data: input.data,
        })
    }
}

fn have_nul(members: &Map<String, Value>) -> bool {
    let mut members = members.iter();
    members.any(|(name, value)| name.contains('\0') || has_nul(value))
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(members) => have_nul(members),
        _ => false,
    }
}

/// What becomes of a registration.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the description")]
pub struct Registered {
    #[schema(example = "pending")]
    status: String,
}

/// Registers with an invitation.
///
/// Auth mails a link that confirms the address. Answers 201 even if the address already has an account:
/// an invitation can't be used to find out who has one.
#[utoipa::path(post, path = "/api/auth/register", tag = "Sign-in", request_body = RegisterInput, security(()), responses((status = 201, description = "The account waits for an admin, whether it is new or not.", body = Registered), (status = 403, description = "`invite_required`, `invite_unknown`, `invite_expired`, `invite_exhausted`, `invite_revoked`, `invite_for_another_email`"), (status = 409, description = "`registration_under_way`"), (status = 429, description = "`too_many_attempts`; `Retry-After` says for how long."), (status = 502, description = "`auth_refused`")))]
pub async fn register(
    State(state): State<AccountsState>,
    address: ClientAddress,
    ValidJson(request): ValidJson<Register>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    let began = Instant::now();
    let outcome = sign_up(&state, address, request).await;
    state.even_out(began).await;
    outcome.map(|()| (StatusCode::CREATED, Json(json!({ "status": "pending" }))))
}

async fn sign_up(
    state: &AccountsState,
    address: ClientAddress,
    request: Register,
) -> Result<(), Failure> {
    state
        .limit_address(
            "register",
            address,
            state.settings.register_limit_per_address.0,
        )
        .await?;
    check_invitation(state, &request).await?;
    let email = request.email.as_str();
    match state
        .auth
        .sign_up(
            email,
            &request.password,
            &request.invite_code,
            request.data.clone(),
            address.ip(),
        )
        .await
    {
        // Whom Auth has mailed a moment ago has a link already.
        Ok(()) | Err(auth_admin::Error::AlreadyRegistered | auth_admin::Error::MailedBefore) => {
            Ok(())
        }
        Err(auth_admin::Error::WeakPassword) => Err(weak_password().into()),
        Err(auth_admin::Error::InvalidEmail) => Err(ApiError::invalid_field(
            "email",
            "email_refused",
            "Mails can't be sent to this address.",
        )
        .into()),
        // The database measures the invitation's code as well.
        Err(auth_admin::Error::Refused(code)) if code == "account_metadata_too_long" => {
            Err(ApiError::invalid_field("data", "too_long", METADATA_TOO_LONG).into())
        }
        Err(error) => {
            // What was registered earlier Auth does not even try to save: so this tells nothing.
            if matches!(error, auth_admin::Error::NotSaved)
                && state.rows.auth_accounts.registered_just_now(email).await?
            {
                return Err(ApiError::conflict(
                    "registration_under_way",
                    "This address is being registered by another request.",
                )
                .into());
            }
            // A concurrent registration used up the code: the trigger refused, with Auth's message.
            check_invitation(state, &request).await?;
            Err(error.into())
        }
    }
}

async fn check_invitation(state: &AccountsState, request: &Register) -> Result<(), Failure> {
    let refusal = state
        .rows
        .invites
        .refusal(&request.invite_code, request.email.as_str())
        .await?;
    match refusal {
        None => Ok(()),
        Some(refusal) => Err(ApiError::forbidden(refusal.code, refusal.detail).into()),
    }
}

/// Auth's own rule for passwords is stricter than ours.
pub fn weak_password() -> ApiError {
    ApiError::invalid_field(
        "password",
        "password_too_weak",
        "Please choose a stronger password.",
    )
}
