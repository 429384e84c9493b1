//! Signed-in users' own account: `/user` and `/logout`.

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    caller::{Body, SignedIn, or_default, valid_email},
    changes::Spared,
    error::{AuthError, Saying},
    mail,
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
    data: Option<Map<String, Value>>,
    app_metadata: Option<Map<String, Value>>,
}

pub(crate) async fn update_user(
    State(auth): State<Auth>,
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
        return Err(AuthError::bad_request(
            "phone_provider_disabled",
            "Phone logins are disabled",
        ));
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
    if new_email {
        let known = User::by_email(&mut *auth.pool.acquire().await?, &email).await?;
        if known.is_some_and(|known| known.id != user.id) {
            return Err(email_exists());
        }
    }
    let hash = match update.password {
        Some(password) => {
            if user.has_password()
                && auth
                    .passwords
                    .is_right(password.clone(), user.encrypted_password.clone())
                    .await
            {
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
        mail::send_email_change(&auth, &mut tx, &user, &email).await?;
    }
    let user = user.reload(&mut tx).await?;
    tx.commit().await.saying("Error updating user")?;
    Ok(Json(user))
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
