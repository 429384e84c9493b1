//! `POST /signup`.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::PgConnection;

use super::{
    caller::{Body, or_default, valid_email},
    error::{AuthError, Saying},
    hook, mail,
    session::{self, Device, Method},
    state::Auth,
    user::{NewUser, User, add_email_identity},
};

#[derive(Debug, Deserialize)]
pub(crate) struct SignUp {
    #[serde(default, deserialize_with = "or_default")]
    email: String,
    #[serde(default, deserialize_with = "or_default")]
    phone: String,
    #[serde(default, deserialize_with = "or_default")]
    password: String,
    #[serde(default, deserialize_with = "or_default")]
    data: Map<String, Value>,
}

pub(crate) async fn sign_up(
    State(auth): State<Auth>,
    device: Device,
    Body(request): Body<SignUp>,
) -> Result<Response, AuthError> {
    if request.email.is_empty() && request.phone.is_empty() {
        return Err(AuthError::unprocessable(
            "anonymous_provider_disabled",
            "Anonymous sign-ins are disabled",
        ));
    }
    if !auth.options.enable_signup {
        return Err(AuthError::unprocessable(
            "signup_disabled",
            "Signups not allowed for this instance",
        ));
    }
    if request.password.is_empty() {
        return Err(AuthError::invalid("Signup requires a valid password"));
    }
    auth.passwords.check_strength(&request.password)?;
    if request.email.is_empty() {
        return Err(AuthError::bad_request(
            "phone_provider_disabled",
            "Phone signups are disabled",
        ));
    }
    if !request.phone.is_empty() {
        return Err(AuthError::invalid(
            "Only an email address or phone number should be provided on signup.",
        ));
    }
    let email = valid_email(&request.email)?;
    // Hash before looking up the address, so that known and unknown ones take the same time.
    let hash = auth.passwords.hash(request.password).await?;
    let known = User::by_email(&mut *auth.pool.acquire().await?, &email).await?;
    let user = match known {
        Some(known) if known.is_confirmed() => {
            if auth.options.autoconfirm {
                return Err(AuthError::unprocessable(
                    "user_already_exists",
                    "User already registered",
                ));
            }
            return Ok(Json(unknown_user(&email, request.data)).into_response());
        }
        Some(unconfirmed) => Registration::Again(Box::new(unconfirmed)),
        None => Registration::First(NewUser::new(email, Some(hash), request.data)),
    };
    if let Registration::First(new) = &user {
        ask_before_user_created(&auth, new, &device).await?;
    }
    let mut tx = auth.pool.begin().await?;
    let user = register(&mut tx, user).await?;
    if !auth.options.autoconfirm {
        mail::send_confirmation(&auth, &mut tx, &user).await?;
        let user = user.reload(&mut tx).await?;
        tx.commit().await.saying("Database error saving new user")?;
        return Ok(Json(user).into_response());
    }
    user.confirm(&mut tx)
        .await
        .saying("Database error updating user")?;
    let user = user.reload(&mut tx).await?;
    tx.commit().await.saying("Database error saving new user")?;
    // The account remains even if no token can be issued, as with GoTrue.
    let mut tx = auth.pool.begin().await?;
    let tokens = session::open(&auth, &mut tx, &user, Method::Password, &device).await?;
    tx.commit().await?;
    Ok(Json(tokens).into_response())
}

enum Registration {
    First(NewUser),
    /// The address was registered before, but never confirmed.
    Again(Box<User>),
}

async fn register(db: &mut PgConnection, registration: Registration) -> Result<User, AuthError> {
    let (user, data) = match registration {
        Registration::Again(user) => (*user, Map::new()),
        Registration::First(new) => {
            let user = new
                .save(&mut *db, "authenticated", "Database error saving new user")
                .await?;
            (user, new.user_metadata)
        }
    };
    if let Some(identity) = add_email_identity(&mut *db, user.id, &user.email, Some(&data))
        .await
        .saying("Database error saving new user")?
    {
        // The address is not verified yet: the new identity data replaces the old.
        user.replace_user_metadata(&mut *db, &identity)
            .await
            .saying("Database error updating user")?;
    }
    user.reload(db).await
}

/// Calls the hook in its own transaction, as GoTrue does.
///
/// # Errors
/// The hook's refusal, or a 500 when it fails.
pub(crate) async fn ask_before_user_created(
    auth: &Auth,
    user: &NewUser,
    device: &Device,
) -> Result<(), AuthError> {
    let Some(function) = &auth.options.before_user_created else {
        return Ok(());
    };
    let mut tx = auth.pool.begin().await?;
    let now = sqlx::query_scalar("select now()")
        .fetch_one(&mut *tx)
        .await?;
    let input = json!({
        "metadata": hook::metadata("before-user-created", now, device.ip.as_deref()),
        "user": user.as_hook_input(),
    });
    hook::ask(&mut tx, function, &input).await?;
    tx.commit().await?;
    Ok(())
}

/// The response for a sign-up with a known address: looks like a new user.
fn unknown_user(email: &str, data: Map<String, Value>) -> Value {
    let mut shown = NewUser::new(email.to_owned(), None, data).as_hook_input();
    if let Some(members) = shown.as_object_mut() {
        members.remove("created_at");
        members.remove("updated_at");
    }
    shown
}
