//! Mails on request: `/recover`, `/otp`, `/magiclink`, `/resend`.

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    access_token::Method,
    caller::{Body, or_default, valid_email},
    device::Device,
    error::AuthError,
    flow::Challenge,
    mail::{self, Errand},
    password::random_password,
    redirect::Redirect,
    signup::{self, SignUp},
    state::Auth,
    user::User,
};

#[derive(Debug, Deserialize)]
pub(crate) struct Address {
    #[serde(default, deserialize_with = "or_default")]
    email: String,
    #[serde(default, deserialize_with = "or_default")]
    phone: String,
    /// Which mail `/resend` repeats.
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    kind: String,
    /// Whether `/otp` makes an account for an unknown address.
    create_user: Option<bool>,
    #[serde(default, deserialize_with = "or_default")]
    data: Map<String, Value>,
    #[serde(flatten)]
    challenge: Challenge,
}

/// Answers the same whether the address is known or not.
pub(crate) async fn recover(
    State(auth): State<Auth>,
    redirect: Redirect,
    Body(address): Body<Address>,
) -> Result<Json<Value>, AuthError> {
    if address.email.is_empty() {
        return Err(AuthError::invalid("Password recovery requires an email"));
    }
    let email = valid_email(&address.email)?;
    let errand = Errand::new(redirect, address.challenge)?;
    let mut tx = auth.pool.begin().await?;
    if let Some(user) = User::by_email(&mut tx, &email).await? {
        mail::send_recovery(&auth, &mut tx, &user, Method::Recovery, &errand).await?;
    }
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// A link to sign in with, for `/otp` and `/magiclink`. An unknown address is signed up, unless the
/// request says not to: so both tell who has an account, as with GoTrue.
pub(crate) async fn send_magic_link(
    State(auth): State<Auth>,
    redirect: Redirect,
    device: Device,
    Body(address): Body<Address>,
) -> Result<Json<Value>, AuthError> {
    if !address.phone.is_empty() {
        return Err(AuthError::bad_request(
            "phone_provider_disabled",
            "Unsupported phone provider",
        ));
    }
    let email = valid_email(&address.email)?;
    let known = User::by_email(&mut *auth.pool.acquire().await?, &email).await?;
    let user = match known {
        Some(user) if user.is_confirmed() => user,
        None if address.create_user == Some(false) => {
            return Err(AuthError::unprocessable(
                "otp_disabled",
                "Signups not allowed for otp",
            ));
        }
        _ => {
            let request = SignUp::without_password(email.clone(), random_password(), address.data);
            let errand = Errand::new(redirect, address.challenge)?;
            return sign_up_by_link(&auth, &email, request, errand, &device).await;
        }
    };
    let errand = Errand::new(redirect, address.challenge)?;
    let mut tx = auth.pool.begin().await?;
    mail::send_recovery(&auth, &mut tx, &user, Method::MagicLink, &errand).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// Signs up, and mails the link: of the confirmation where addresses are confirmed.
async fn sign_up_by_link(
    auth: &Auth,
    email: &str,
    request: SignUp,
    errand: Errand,
    device: &Device,
) -> Result<Json<Value>, AuthError> {
    signup::create(auth, request, &errand, device).await?;
    if auth.options.autoconfirm {
        let mut tx = auth.pool.begin().await?;
        if let Some(user) = User::by_email(&mut tx, email).await? {
            mail::send_recovery(auth, &mut tx, &user, Method::MagicLink, &errand).await?;
        }
        tx.commit().await?;
    }
    Ok(Json(json!({})))
}

pub(crate) async fn resend(
    State(auth): State<Auth>,
    redirect: Redirect,
    Body(address): Body<Address>,
) -> Result<Json<Value>, AuthError> {
    match address.kind.as_str() {
        "signup" | "email_change" => {}
        "sms" | "phone_change" => {
            return Err(AuthError::bad_request(
                "phone_provider_disabled",
                "Phone logins are disabled",
            ));
        }
        _ => {
            return Err(AuthError::invalid(
                "Missing one of these types: signup, email_change, sms, phone_change",
            ));
        }
    }
    let email = valid_email(&address.email)?;
    let errand = Errand::new(redirect, address.challenge)?;
    let mut tx = auth.pool.begin().await?;
    if let Some(user) = User::by_email(&mut tx, &email).await? {
        if address.kind == "signup" && !user.is_confirmed() {
            mail::send_confirmation(&auth, &mut tx, &user, &errand).await?;
        } else if address.kind == "email_change" && !user.email_change.is_empty() {
            let new = user.email_change.clone();
            mail::send_email_change(&auth, &mut tx, &user, &new, &errand).await?;
        }
    }
    tx.commit().await?;
    Ok(Json(json!({})))
}
