//! `/verify`: exchanges a mailed token for a session.

use axum::{
    Json,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use url::form_urlencoded;

use super::{
    access_token::{Method, Tokens},
    caller::{Body, or_default, valid_email},
    changes::Spared,
    device::Device,
    error::{AuthError, Saying},
    flow,
    one_time_token::{self, Found, Purpose},
    password::random_password,
    redirect::{Redirect, see_other},
    session,
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
    /// What the browser that began with PKCE exchanges for a session.
    Code(String),
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
            if !request.phone.is_empty() {
                // Nobody here has a telephone number that was sent a code.
                return Err(AuthError::forbidden(
                    "otp_expired",
                    "Token has expired or is invalid",
                ));
            }
            if request.email.is_empty() {
                return Err(AuthError::invalid(
                    "Only an email address or phone number should be provided on verify",
                ));
            }
            let email = valid_email(&request.email).map_err(|_| {
                AuthError::unprocessable("validation_failed", "Invalid email format")
            })?;
            (
                one_time_token::hash(&email, &request.token),
                Some(email),
                "Token has expired or is invalid",
            )
        }
    };
    let shown = Shown {
        kind: &request.kind,
        hash: &hash,
        email: email.as_deref(),
        in_link: false,
    };
    match prove(&auth, shown, wrong, &device).await? {
        Proven::Session(tokens) => Ok(Json(tokens).into_response()),
        Proven::Code(code) => Ok(Json(json!({ "code": code })).into_response()),
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
    redirect: Redirect,
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
    let by_code = link.token.starts_with(flow::PREFIX);
    let shown = Shown {
        kind: &link.kind,
        hash: &link.token,
        email: None,
        in_link: true,
    };
    let (query, fragment) = match prove(&auth, shown, wrong, &device).await {
        Ok(Proven::Session(tokens)) => (String::new(), tokens.as_fragment(&link.kind)),
        Ok(Proven::Code(code)) => (written(&[("code", &code)]), String::new()),
        Ok(Proven::FirstOfTwo) => (
            written(&[("message", ONE_OF_TWO)]),
            written(&[("message", ONE_OF_TWO), ("sb", "")]),
        ),
        Err(error) => {
            let told = failure(&error);
            let with_mark = [told.as_slice(), &[("sb", "")]].concat();
            (written(&told), written(&with_mark))
        }
    };
    // Only who began with PKCE reads the query.
    let query = if by_code { query } else { String::new() };
    Ok(see_other(address(&redirect.0, &query, &fragment)))
}

/// `GET /callback`: no provider sends anybody here.
pub(crate) async fn refuse_callback(State(auth): State<Auth>) -> Response {
    let error = AuthError::bad_request("bad_oauth_callback", "OAuth state parameter missing");
    see_other(address(
        &auth.options.site_url,
        &written(&failure(&error)),
        "",
    ))
}

/// The parameters as Go writes them.
fn written(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

/// `target` with more in its query, and a fragment.
fn address(target: &str, query: &str, fragment: &str) -> String {
    let base = target.split('#').next().unwrap_or_default();
    let query = match (query.is_empty(), base.contains('?')) {
        (true, _) => String::new(),
        (false, true) => format!("&{query}"),
        (false, false) => format!("?{query}"),
    };
    let fragment = if fragment.is_empty() {
        String::new()
    } else {
        format!("#{fragment}")
    };
    format!("{base}{query}{fragment}")
}

fn failure(error: &AuthError) -> Vec<(&'static str, &str)> {
    let name = match error.status().as_u16() {
        400 => Some("invalid_request"),
        401 => Some("unauthorized_client"),
        403 => Some("access_denied"),
        500 => Some("server_error"),
        503 => Some("temporarily_unavailable"),
        _ => None,
    };
    let mut told: Vec<_> = name.map(|name| ("error", name)).into_iter().collect();
    told.push(("error_code", error.code()));
    told.push(("error_description", error.message()));
    told
}

/// A token as it was shown.
struct Shown<'a> {
    kind: &'a str,
    hash: &'a str,
    /// Whose it must be; anybody's if none is named.
    email: Option<&'a str>,
    /// Whether it came by a followed link, and not by the frontend's own request.
    in_link: bool,
}

async fn prove(
    auth: &Auth,
    shown: Shown<'_>,
    wrong: &'static str,
    device: &Device,
) -> Result<Proven, AuthError> {
    let refused = || AuthError::forbidden("otp_expired", wrong);
    let mut tx = auth.pool.begin().await?;
    let Found { user, proves, hash } = find(&mut tx, auth, &shown).await?.ok_or_else(refused)?;
    if user.is_banned {
        return Err(AuthError::forbidden("user_banned", "User is banned"));
    }
    match proves.ok_or_else(refused)? {
        Purpose::Confirmation => confirm(auth, &mut tx, &user).await?,
        Purpose::Recovery => recover(&mut tx, &user).await?,
        Purpose::EmailChange => {
            if !change_email(auth, &mut tx, &user, &hash).await? {
                tx.commit().await?;
                return Ok(Proven::FirstOfTwo);
            }
        }
    }
    if shown.in_link && hash.starts_with(flow::PREFIX) {
        let began = match shown.kind {
            "recovery" => Method::Recovery,
            "email_change" => Method::EmailChange,
            "signup" => Method::SignUp,
            "invite" => Method::Invitation,
            _ => Method::MagicLink,
        };
        let code = flow::issue_code(&mut tx, user.id, began).await?;
        tx.commit().await?;
        return Ok(Proven::Code(code));
    }
    let user = user.reload(&mut tx).await?;
    let tokens = session::open(auth, &mut tx, &user, Method::OneTimeToken, device).await?;
    tx.commit().await?;
    Ok(Proven::Session(Box::new(tokens)))
}

async fn find(
    db: &mut PgConnection,
    auth: &Auth,
    shown: &Shown<'_>,
) -> Result<Option<Found>, AuthError> {
    let wanted: &[Purpose] = match shown.kind {
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
    let seconds = auth.options.one_time_token_seconds;
    let hash = shown.hash.to_owned();
    let found = match shown.email {
        None => one_time_token::find_link(db, &[hash], wanted, seconds).await,
        Some(_) if shown.kind == "email_change" => {
            // The code was typed, but the mail's link may be one of PKCE.
            let with_prefix = format!("{}{hash}", flow::PREFIX);
            one_time_token::find_link(db, &[hash, with_prefix], wanted, seconds).await
        }
        Some(email) => one_time_token::find_code(db, email, hash, wanted, seconds).await,
    };
    Ok(found?)
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
    one_time_token::spend_links(&mut *db, user.id)
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
        .execute(&mut *db)
        .await
        .saying("Error confirm email")?;
        sqlx::query("delete from auth.one_time_tokens where user_id = $1 and token_hash = $2")
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
