//! Mails on request: `/recover`, `/otp`, `/magiclink`, `/resend`.

use axum::{
    Json,
    extract::{Query, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    caller::{Body, or_default, valid_email},
    error::AuthError,
    link::Redirect,
    mail,
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
}

/// Answers the same whether the address is known or not.
pub(crate) async fn recover(
    State(auth): State<Auth>,
    Query(redirect): Query<Redirect>,
    Body(address): Body<Address>,
) -> Result<Json<Value>, AuthError> {
    send(&auth, &address, "recovery", &redirect).await
}

pub(crate) async fn send_magic_link(
    State(auth): State<Auth>,
    Query(redirect): Query<Redirect>,
    Body(address): Body<Address>,
) -> Result<Json<Value>, AuthError> {
    if !address.phone.is_empty() {
        return Err(AuthError::bad_request(
            "phone_provider_disabled",
            "Unsupported phone provider",
        ));
    }
    send(&auth, &address, "magiclink", &redirect).await
}

async fn send(
    auth: &Auth,
    address: &Address,
    kind: &'static str,
    redirect: &Redirect,
) -> Result<Json<Value>, AuthError> {
    let email = valid_email(&address.email)?;
    let mut tx = auth.pool.begin().await?;
    if let Some(user) = User::by_email(&mut tx, &email).await? {
        mail::send_recovery(auth, &mut tx, &user, kind, &redirect.target(&auth.options)).await?;
    }
    tx.commit().await?;
    Ok(Json(json!({})))
}

pub(crate) async fn resend(
    State(auth): State<Auth>,
    Body(address): Body<Address>,
) -> Result<Json<Value>, AuthError> {
    if !matches!(address.kind.as_str(), "signup" | "email_change") {
        return Err(AuthError::invalid(
            "Missing one of these types: signup, email_change, sms, phone_change",
        ));
    }
    let email = valid_email(&address.email)?;
    let mut tx = auth.pool.begin().await?;
    if let Some(user) = User::by_email(&mut tx, &email).await? {
        if address.kind == "signup" && !user.is_confirmed() {
            mail::send_confirmation(&auth, &mut tx, &user).await?;
        } else if address.kind == "email_change" && !user.email_change.is_empty() {
            let new = user.email_change.clone();
            mail::send_email_change(&auth, &mut tx, &user, &new).await?;
        }
    }
    tx.commit().await?;
    Ok(Json(json!({})))
}
