//! Signed-in users' own account: `/user` and `/logout`.

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    caller::{Body, SignedIn, or_default, valid_email},
    changes::Spared,
    error::{AuthError, Saying},
    factors::Factor,
    flow::Challenge,
    mail::{self, Errand},
    one_time_token,
    redirect::Redirect,
    session::{self, Scope},
    state::Auth,
    user::User,
};

pub(crate) async fn get_user(caller: SignedIn) -> Json<User> {
    Json(caller.user)
}

#[derive(Debug, Deserialize)]
pub(crate) struct UserUpdate {
    #[serde(default, deserialize_with = "or_default")]
    email: String,
    #[serde(default, deserialize_with = "or_default")]
    phone: String,
    password: Option<String>,
    /// Proves again who it is, where the session is old: the code from `/reauthenticate`.
    #[serde(default, deserialize_with = "or_default")]
    nonce: String,
    #[serde(flatten)]
    challenge: Challenge,
    data: Option<Map<String, Value>>,
    app_metadata: Option<Map<String, Value>>,
}

pub(crate) async fn update_user(
    State(auth): State<Auth>,
    redirect: Redirect,
    caller: SignedIn,
    Body(update): Body<UserUpdate>,
) -> Result<Json<User>, AuthError> {
    let SignedIn { user, session } = caller;
    let email = if update.email.is_empty() {
        String::new()
    } else {
        valid_email(&update.email)?
    };
    if !update.phone.is_empty() {
        return Err(AuthError::internal("Unable to get SMS provider"));
    }
    if let Some(password) = &update.password {
        auth.passwords.check_strength(password)?;
    }
    if update.app_metadata.is_some() {
        return Err(AuthError::forbidden(
            "not_admin",
            "Updating app_metadata requires admin privileges",
        ));
    }
    let new_email = !email.is_empty() && email != user.email;
    if (new_email || update.password.is_some())
        && user.factors.iter().any(Factor::is_verified)
        && !session::has_second_factor(&mut *auth.pool.acquire().await?, session).await?
    {
        return Err(AuthError::new(
            StatusCode::UNAUTHORIZED,
            "insufficient_aal",
            "AAL2 session is required to update email or password when MFA is enabled.",
        ));
    }
    let errand = Errand::new(redirect, update.challenge)?;
    if new_email {
        let known = User::by_email(&mut *auth.pool.acquire().await?, &email).await?;
        if known.is_some_and(|known| known.id != user.id) {
            return Err(email_exists());
        }
    }
    let hash = match update.password {
        Some(password) => {
            reauthenticate_if_old(&auth, &user, session, &update.nonce).await?;
            let hash = user.encrypted_password.clone().unwrap_or_default();
            if user.has_password() && auth.passwords.is_right(password.clone(), hash).await {
                return Err(AuthError::unprocessable(
                    "same_password",
                    "New password should be different from the old password.",
                ));
            }
            Some(auth.passwords.hash(password).await?)
        }
        None => None,
    };
    let mut tx = auth.pool.begin().await?;
    if let Some(hash) = hash {
        let spared = session.map_or(Spared::None, Spared::Session);
        user.store_password(&mut tx, Some(&hash), spared)
            .await
            .saying("Error during password storage")?;
    }
    if let Some(data) = &update.data {
        user.merge_user_metadata(&mut tx, data)
            .await
            .saying("Error updating user")?;
    }
    if new_email {
        mail::send_email_change(&auth, &mut tx, &user, &email, &errand).await?;
    }
    let user = user.reload(&mut tx).await?;
    tx.commit().await.saying("Error updating user")?;
    Ok(Json(user))
}

/// A new password needs a code again where the session is older than a day, if the project says so.
async fn reauthenticate_if_old(
    auth: &Auth,
    user: &User,
    session: Option<Uuid>,
    nonce: &str,
) -> Result<(), AuthError> {
    if !auth.options.secure_password_change {
        return Ok(());
    }
    let mut db = auth.pool.acquire().await?;
    let young = sqlx::query_scalar::<_, bool>(
        "select exists (select from auth.sessions where id = $1 and created_at > now() - interval '24 hours')",
    )
    .bind(session)
    .fetch_one(&mut *db)
    .await?;
    if young {
        return Ok(());
    }
    if nonce.is_empty() {
        return Err(AuthError::bad_request(
            "reauthentication_needed",
            "Password update requires reauthentication",
        ));
    }
    let right = sqlx::query_scalar::<_, bool>(
        "select exists (select from auth.users where id = $1 and reauthentication_token = $2 \
         and reauthentication_sent_at + make_interval(secs => $3::double precision) > now())",
    )
    .bind(user.id)
    .bind(one_time_token::hash(&user.email, nonce))
    .bind(auth.options.one_time_token_seconds)
    .fetch_one(&mut *db)
    .await?;
    if right {
        return Ok(());
    }
    Err(AuthError::unprocessable(
        "reauthentication_not_valid",
        "Nonce has expired or is invalid",
    ))
}

/// Mails a code that proves again who it is.
pub(crate) async fn reauthenticate(
    State(auth): State<Auth>,
    caller: SignedIn,
) -> Result<Json<Value>, AuthError> {
    if !caller.user.is_confirmed() {
        return Err(AuthError::unprocessable(
            "email_not_confirmed",
            "Please verify your email first.",
        ));
    }
    let mut tx = auth.pool.begin().await?;
    mail::send_reauthentication(&auth, &mut tx, &caller.user).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// The answer if an address is already in use.
pub(crate) fn email_exists() -> AuthError {
    AuthError::unprocessable(
        "email_exists",
        "A user with this email address has already been registered",
    )
}

#[derive(Debug, Deserialize)]
pub(crate) struct LogOut {
    #[serde(default)]
    scope: String,
}

pub(crate) async fn log_out(
    State(auth): State<Auth>,
    Query(wanted): Query<LogOut>,
    caller: SignedIn,
) -> Result<StatusCode, AuthError> {
    let scope = match wanted.scope.as_str() {
        "" | "global" => Scope::Global,
        "local" => Scope::Local,
        "others" => Scope::Others,
        other => {
            return Err(AuthError::invalid(format!(
                "Unsupported logout scope {other:?}"
            )));
        }
    };
    let mut db = auth.pool.acquire().await?;
    session::end(&mut db, caller.user.id, caller.session, scope).await?;
    Ok(StatusCode::NO_CONTENT)
}
