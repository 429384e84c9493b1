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
    access_token::Method,
    caller::{Body, or_default, valid_email},
    device::Device,
    error::{AuthError, Saying},
    flow::Challenge,
    hook,
    mail::{self, Errand},
    redirect::Redirect,
    session,
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
    #[serde(flatten)]
    challenge: Challenge,
}

impl SignUp {
    /// For somebody who signs in by links; the password is one that nobody knows.
    pub(crate) fn without_password(
        email: String,
        password: String,
        data: Map<String, Value>,
    ) -> Self {
        Self {
            email,
            phone: String::new(),
            password,
            data,
            challenge: Challenge::default(),
        }
    }
}

pub(crate) async fn sign_up(
    State(auth): State<Auth>,
    redirect: Redirect,
    device: Device,
    Body(mut request): Body<SignUp>,
) -> Result<Response, AuthError> {
    if request.email.is_empty() && request.phone.is_empty() {
        return Err(AuthError::unprocessable(
            "anonymous_provider_disabled",
            "Anonymous sign-ins are disabled",
        ));
    }
    let challenge = std::mem::take(&mut request.challenge);
    let errand = Errand::new(redirect, challenge)?;
    let user = match create(&auth, request, &errand, &device).await? {
        SignedUp::Confirmed(user) => user,
        SignedUp::Unconfirmed(user) => return Ok(Json(user).into_response()),
    };
    // The account remains even if no token can be issued, as with GoTrue.
    let mut tx = auth.pool.begin().await?;
    let mut tokens = session::open(&auth, &mut tx, &user, Method::Password, &device).await?;
    tx.commit().await?;
    tokens.user.as_just_signed_up();
    Ok(Json(tokens).into_response())
}

/// What a sign-up came to.
pub(crate) enum SignedUp {
    Confirmed(Box<User>),
    /// The user as shown; for a known address one that looks new.
    Unconfirmed(Box<User>),
}

/// Makes the account, after all checks.
pub(crate) async fn create(
    auth: &Auth,
    request: SignUp,
    errand: &Errand,
    device: &Device,
) -> Result<SignedUp, AuthError> {
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
    let known = User::by_email(&mut *auth.pool.acquire().await?, &email).await?;
    let registration = match known {
        Some(known) if known.is_confirmed() => {
            if auth.options.autoconfirm {
                return Err(AuthError::unprocessable(
                    "user_already_exists",
                    "User already registered",
                ));
            }
            return looks_new(auth, known, request.data).await;
        }
        Some(unconfirmed) => Registration::Again(Box::new(unconfirmed)),
        None => {
            // Only now, as GoTrue does: so the time tells which addresses are known.
            let hash = auth.passwords.hash(request.password).await?;
            let new = NewUser::new(email, Some(hash), request.data);
            ask_before_user_created(auth, &new, device).await?;
            Registration::First(new)
        }
    };
    let failing = "Database error saving new user";
    let mut tx = auth.pool.begin().await?;
    let user = register(&mut tx, registration).await?;
    if auth.options.autoconfirm {
        user.confirm(&mut tx)
            .await
            .saying("Database error updating user")?;
    } else {
        mail::send_confirmation(auth, &mut tx, &user, errand).await?;
    }
    let user = user.reload(&mut tx).await?;
    tx.commit().await.saying(failing)?;
    if auth.options.autoconfirm {
        return Ok(SignedUp::Confirmed(Box::new(user)));
    }
    Ok(SignedUp::Unconfirmed(Box::new(user)))
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

/// Calls the hook outside of a transaction, as GoTrue does.
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
    let mut db = auth.pool.acquire().await?;
    let now = sqlx::query_scalar("select now()")
        .fetch_one(&mut *db)
        .await?;
    let input = json!({
        "metadata": hook::metadata("before-user-created", now, device.ip.as_deref()),
        "user": user.as_hook_input(),
    });
    hook::ask(&mut db, function, &input).await.map(drop)
}

/// The response for a sign-up with a known address.
async fn looks_new(
    auth: &Auth,
    mut known: User,
    data: Map<String, Value>,
) -> Result<SignedUp, AuthError> {
    let now = sqlx::query_scalar("select now()")
        .fetch_one(&auth.pool)
        .await?;
    known.as_if_new(data, now);
    Ok(SignedUp::Unconfirmed(Box::new(known)))
}
