//! Links that administrators create (`/invite`, `/admin/generate_link`).

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::PgConnection;

use super::{
    account::email_exists,
    caller::{Admin, Body, or_default, valid_email},
    device::Device,
    error::{AuthError, Saying},
    mail,
    one_time_token::{self, OneTimeToken},
    password::random_password,
    redirect::{Redirect, is_allowed},
    signup::ask_before_user_created,
    state::Auth,
    user::{NewUser, User, add_email_identity},
};

#[derive(Debug, Deserialize)]
pub(crate) struct Invitation {
    #[serde(default, deserialize_with = "or_default")]
    email: String,
    #[serde(default, deserialize_with = "or_default")]
    data: Map<String, Value>,
}

pub(crate) async fn invite(
    State(auth): State<Auth>,
    _: Admin,
    redirect: Redirect,
    device: Device,
    Body(invitation): Body<Invitation>,
) -> Result<Json<User>, AuthError> {
    let email = valid_email(&invitation.email)?;
    let known = User::by_email(&mut *auth.pool.acquire().await?, &email).await?;
    let guest = Guest::of(&auth, known, email, None, invitation.data, &device).await?;
    let mut tx = auth.pool.begin().await?;
    let user = guest.save(&mut tx).await?;
    mail::send_invitation(&auth, &mut tx, &user, &redirect.0).await?;
    let user = user.reload(&mut tx).await?;
    tx.commit().await.saying("Error inviting user")?;
    Ok(Json(user))
}

/// A user without a confirmed account: unknown, or not confirmed.
enum Guest {
    New(NewUser),
    Known(Box<User>),
}

impl Guest {
    async fn of(
        auth: &Auth,
        known: Option<User>,
        email: String,
        password_hash: Option<String>,
        data: Map<String, Value>,
        device: &Device,
    ) -> Result<Self, AuthError> {
        match known {
            Some(user) if user.is_confirmed() => Err(email_exists()),
            Some(user) => Ok(Self::Known(Box::new(user))),
            None => {
                let new = NewUser::new(email, password_hash, data);
                ask_before_user_created(auth, &new, device).await?;
                Ok(Self::New(new))
            }
        }
    }

    async fn save(self, db: &mut PgConnection) -> Result<User, AuthError> {
        match self {
            Self::Known(user) => Ok(*user),
            Self::New(new) => {
                let user = new
                    .save(&mut *db, "authenticated", "Database error saving new user")
                    .await?;
                add_email_identity(&mut *db, user.id, &user.email, None)
                    .await
                    .saying("Database error saving new user")?;
                Ok(user)
            }
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct LinkRequest {
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    email: String,
    #[serde(default, deserialize_with = "or_default")]
    new_email: String,
    #[serde(default, deserialize_with = "or_default")]
    password: String,
    #[serde(default, deserialize_with = "or_default")]
    data: Map<String, Value>,
    #[serde(default, deserialize_with = "or_default")]
    redirect_to: String,
}

pub(crate) async fn generate_link(
    State(auth): State<Auth>,
    _: Admin,
    redirect: Redirect,
    device: Device,
    Body(mut request): Body<LinkRequest>,
) -> Result<Json<Value>, AuthError> {
    let email = valid_email(&request.email)?;
    let redirect_to = if is_allowed(&request.redirect_to, &auth.options) {
        request.redirect_to
    } else {
        redirect.0
    };
    let known = User::by_email(&mut *auth.pool.acquire().await?, &email).await?;
    if known.is_none() && request.kind == "magiclink" {
        "signup".clone_into(&mut request.kind);
        request.password = random_password();
    }
    let mut token = OneTimeToken::new(&email);
    let mut tx = auth.pool.begin().await?;
    let user = match request.kind.as_str() {
        "magiclink" | "recovery" => {
            let user = known.ok_or_else(not_found)?;
            one_time_token::store_recovery(&mut tx, &user, &token.hash)
                .await
                .saying("Database error updating user for recovery")?;
            user
        }
        "signup" | "invite" => {
            let invited = request.kind == "invite";
            let hash = if invited || known.is_some() {
                None
            } else {
                Some(new_hash(&auth, &request.password).await?)
            };
            let guest = Guest::of(&auth, known, email, hash, request.data, &device).await?;
            let user = guest.save(&mut tx).await?;
            one_time_token::store_confirmation(&mut tx, &user, &token.hash, invited)
                .await
                .saying("Database error updating user for confirmation")?;
            user
        }
        "email_change_current" | "email_change_new" => {
            let user = known.ok_or_else(not_found)?;
            let new_email = valid_email(&request.new_email)?;
            if User::by_email(&mut tx, &new_email)
                .await?
                .is_some_and(|other| other.id != user.id)
            {
                return Err(email_exists());
            }
            let for_new = request.kind == "email_change_new";
            if for_new {
                token = OneTimeToken::new(&new_email);
            }
            let hash = Some(token.hash.as_str());
            let (current, new) = if for_new { (None, hash) } else { (hash, None) };
            one_time_token::store_email_change(&mut tx, &user, &new_email, current, new)
                .await
                .saying("Database error updating user for email change")?;
            user
        }
        other => {
            return Err(AuthError::invalid(format!(
                "Invalid email action link type requested: {other}"
            )));
        }
    };
    let user = user.reload(&mut tx).await?;
    tx.commit().await.saying("Database error updating user")?;
    let link_kind = if request.kind.starts_with("email_change") {
        "email_change"
    } else {
        &request.kind
    };
    let mut answer =
        serde_json::to_value(&user).map_err(|_| AuthError::internal("Error generating link"))?;
    answer["action_link"] = json!(mail::action_link(
        &auth,
        &token.hash,
        link_kind,
        &redirect_to
    ));
    answer["email_otp"] = json!(token.code);
    answer["hashed_token"] = json!(token.hash);
    answer["verification_type"] = json!(request.kind);
    answer["redirect_to"] = json!(redirect_to);
    Ok(Json(answer))
}

async fn new_hash(auth: &Auth, password: &str) -> Result<String, AuthError> {
    if password.is_empty() {
        return Err(AuthError::invalid("Signup requires a valid password"));
    }
    auth.passwords.check_strength(password)?;
    auth.passwords.hash(password.to_owned()).await
}

fn not_found() -> AuthError {
    AuthError::not_found("user_not_found", "User with this email not found")
}
