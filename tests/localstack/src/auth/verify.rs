//! `/verify`: exchanges a mailed token for a session.

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use url::form_urlencoded;
use uuid::Uuid;

use super::{
    caller::{Body, or_default, valid_email},
    changes::Spared,
    error::{AuthError, Saying},
    link::Redirect,
    mail,
    password::random_password,
    session::{self, Device, Method, Tokens},
    state::Auth,
    user::User,
};

const ONE_OF_TWO: &str =
    "Confirmation link accepted. Please proceed to confirm link sent to the other email";

#[derive(Debug, Deserialize)]
pub(crate) struct Verification {
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    token: String,
    #[serde(default, deserialize_with = "or_default")]
    token_hash: String,
    #[serde(default, deserialize_with = "or_default")]
    email: String,
    #[serde(default, deserialize_with = "or_default")]
    phone: String,
}

/// The result of a valid token.
enum Proven {
    Session(Box<Tokens>),
    /// The other of two addresses has not confirmed yet.
    FirstOfTwo,
}

pub(crate) async fn verify(
    State(auth): State<Auth>,
    device: Device,
    Body(request): Body<Verification>,
) -> Result<Response, AuthError> {
    if request.kind.is_empty() {
        return Err(AuthError::invalid("Verify requires a verification type"));
    }
    let (hash, email, wrong) = match (request.token.is_empty(), request.token_hash.is_empty()) {
        (true, true) | (false, false) => {
            return Err(AuthError::invalid(
                "Verify requires either a token or a token hash",
            ));
        }
        (true, false) => {
            if !request.email.is_empty() || !request.phone.is_empty() {
                return Err(AuthError::invalid(
                    "Only the token_hash and type should be provided",
                ));
            }
            (
                request.token_hash,
                None,
                "Email link is invalid or has expired",
            )
        }
        (false, true) => {
            if request.email.is_empty() {
                return Err(AuthError::invalid(
                    "Only an email address or phone number should be provided on verify",
                ));
            }
            let email = valid_email(&request.email).map_err(|_| {
                AuthError::unprocessable("validation_failed", "Invalid email format")
            })?;
            (
                mail::hash(&email, &request.token),
                Some(email),
                "Token has expired or is invalid",
            )
        }
    };
    match prove(
        &auth,
        &request.kind,
        &hash,
        email.as_deref(),
        wrong,
        &device,
    )
    .await?
    {
        Proven::Session(tokens) => Ok(Json(tokens).into_response()),
        Proven::FirstOfTwo => Ok(Json(json!({ "msg": ONE_OF_TWO, "code": "200" })).into_response()),
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    token: String,
    #[serde(default, rename = "type")]
    kind: String,
}

/// A mailed link: always redirects to the frontend.
pub(crate) async fn follow_link(
    State(auth): State<Auth>,
    Query(link): Query<Link>,
    Query(redirect): Query<Redirect>,
    device: Device,
) -> Result<Response, AuthError> {
    if link.kind.is_empty() {
        return Err(AuthError::invalid("Verify requires a verification type"));
    }
    if link.token.is_empty() {
        return Err(AuthError::invalid(
            "Verify requires a token or a token hash",
        ));
    }
    let wrong = "Email link is invalid or has expired";
    let fragment = match prove(&auth, &link.kind, &link.token, None, wrong, &device).await {
        Ok(Proven::Session(tokens)) => tokens.as_fragment(&link.kind),
        Ok(Proven::FirstOfTwo) => form_urlencoded::Serializer::new(String::new())
            .append_pair("message", ONE_OF_TWO)
            .append_pair("sb", "")
            .finish(),
        Err(error) => failure_fragment(&error),
    };
    let target = redirect.target(&auth.options);
    let location = format!("{target}#{fragment}");
    Ok((StatusCode::SEE_OTHER, [("location", location)]).into_response())
}

fn failure_fragment(error: &AuthError) -> String {
    let name = match error.status().as_u16() {
        400 => Some("invalid_request"),
        401 => Some("unauthorized_client"),
        403 => Some("access_denied"),
        500 => Some("server_error"),
        503 => Some("temporarily_unavailable"),
        _ => None,
    };
    let mut fragment = form_urlencoded::Serializer::new(String::new());
    if let Some(name) = name {
        fragment.append_pair("error", name);
    }
    fragment
        .append_pair("error_code", error.code())
        .append_pair("error_description", error.message())
        .append_pair("sb", "");
    fragment.finish()
}

async fn prove(
    auth: &Auth,
    kind: &str,
    hash: &str,
    email: Option<&str>,
    wrong: &'static str,
    device: &Device,
) -> Result<Proven, AuthError> {
    let mut tx = auth.pool.begin().await?;
    let (user, purpose) = find(&mut tx, auth, kind, hash, email)
        .await?
        .ok_or_else(|| AuthError::forbidden("otp_expired", wrong))?;
    if user.is_banned {
        return Err(AuthError::forbidden("user_banned", "User is banned"));
    }
    match purpose {
        Purpose::Confirmation => confirm(auth, &mut tx, &user).await?,
        Purpose::Recovery => recover(&mut tx, &user).await?,
        Purpose::EmailChange => {
            if !change_email(auth, &mut tx, &user, hash).await? {
                tx.commit().await?;
                return Ok(Proven::FirstOfTwo);
            }
        }
    }
    let user = user.reload(&mut tx).await?;
    let tokens = session::open(auth, &mut tx, &user, Method::OneTimeToken, device).await?;
    tx.commit().await?;
    Ok(Proven::Session(Box::new(tokens)))
}

#[derive(Debug, Clone, Copy)]
enum Purpose {
    Confirmation,
    Recovery,
    EmailChange,
}

/// The user whose unexpired token this is, locked, so that one token opens one session.
async fn find(
    db: &mut PgConnection,
    auth: &Auth,
    kind: &str,
    hash: &str,
    email: Option<&str>,
) -> Result<Option<(User, Purpose)>, AuthError> {
    let wanted: &[Purpose] = match kind {
        "signup" | "invite" => &[Purpose::Confirmation],
        "recovery" | "magiclink" => &[Purpose::Recovery],
        "email" => &[Purpose::Confirmation, Purpose::Recovery],
        "email_change" => &[Purpose::EmailChange],
        "sms" | "phone_change" => {
            return Err(AuthError::bad_request(
                "phone_provider_disabled",
                "Unsupported phone provider",
            ));
        }
        _ => return Err(AuthError::invalid("Invalid email verification type")),
    };
    for purpose in wanted {
        let statement = match purpose {
            Purpose::Confirmation => {
                "select id from auth.users where confirmation_token = $1 \
                 and ($2::text is null or lower(email) = $2) \
                 and confirmation_sent_at + make_interval(secs => $3::double precision) > now() for update"
            }
            Purpose::Recovery => {
                "select id from auth.users where recovery_token = $1 \
                 and ($2::text is null or lower(email) = $2) \
                 and recovery_sent_at + make_interval(secs => $3::double precision) > now() for update"
            }
            Purpose::EmailChange => {
                "select id from auth.users where $1 in (email_change_token_new, email_change_token_current) \
                 and ($2::text is null or $2 in (lower(email), lower(email_change))) \
                 and email_change_sent_at + make_interval(secs => $3::double precision) > now() for update"
            }
        };
        let found = sqlx::query_scalar::<_, Uuid>(statement)
            .bind(hash)
            .bind(email)
            .bind(auth.options.one_time_token_seconds)
            .fetch_optional(&mut *db)
            .await?;
        if let Some(id) = found {
            return Ok(User::by_id(db, id).await?.map(|user| (user, *purpose)));
        }
    }
    Ok(None)
}

async fn confirm(auth: &Auth, db: &mut PgConnection, user: &User) -> Result<(), AuthError> {
    if !user.has_password() && user.invited_at.is_some() {
        // An invited user is signed in now and chooses a password later.
        let hash = auth.passwords.hash(random_password()).await?;
        user.store_password(&mut *db, Some(&hash), Spared::None)
            .await
            .saying("Error storing password")?;
    }
    user.confirm(&mut *db)
        .await
        .saying("Error confirming user")?;
    user.mark_identity(db, &json!({ "email_verified": true }))
        .await
        .saying("Error setting email_verified to true on identity")
}

async fn recover(db: &mut PgConnection, user: &User) -> Result<(), AuthError> {
    sqlx::query("update auth.users set recovery_token = '', updated_at = now() where id = $1")
        .bind(user.id)
        .execute(&mut *db)
        .await
        .saying("Database error updating user")?;
    if !user.is_confirmed() {
        user.confirm(db)
            .await
            .saying("Database error updating user")?;
    }
    Ok(())
}

/// Whether the change is complete; false until the other address has confirmed.
async fn change_email(
    auth: &Auth,
    db: &mut PgConnection,
    user: &User,
    hash: &str,
) -> Result<bool, AuthError> {
    let both = auth.options.double_confirm_changes && !auth.options.autoconfirm;
    if both && user.email_change_confirm_status == 0 && !user.email.is_empty() {
        sqlx::query(
            "update auth.users set email_change_confirm_status = 1, updated_at = now(), \
             email_change_token_current = case email_change_token_current when $2 then '' \
               else email_change_token_current end, \
             email_change_token_new = case email_change_token_new when $2 then '' else email_change_token_new end \
             where id = $1",
        )
        .bind(user.id)
        .bind(hash)
        .execute(db)
        .await
        .saying("Error confirm email")?;
        return Ok(false);
    }
    user.confirm_email_change(db)
        .await
        .saying("Error confirm email")?;
    Ok(true)
}
