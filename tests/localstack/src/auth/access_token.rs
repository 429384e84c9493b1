//! Access tokens, and what a client is told with each.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::{device::Device, error::AuthError, hook, state::Auth, user::User};

/// The authentication method; goes into `amr`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Method {
    Password,
    OneTimeToken,
    Refresh,
    SecondFactor,
    SignUp,
    Invitation,
    Recovery,
    MagicLink,
    EmailChange,
}

impl Method {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::OneTimeToken => "otp",
            Self::Refresh => "token_refresh",
            Self::SecondFactor => "totp",
            Self::SignUp => "email/signup",
            Self::Invitation => "invite",
            Self::Recovery => "recovery",
            Self::MagicLink => "magiclink",
            Self::EmailChange => "email_change",
        }
    }

    /// The method that a flow of PKCE began with.
    pub(crate) fn of_flow(name: &str) -> Self {
        [
            Self::SignUp,
            Self::Invitation,
            Self::Recovery,
            Self::EmailChange,
        ]
        .into_iter()
        .find(|method| method.name() == name)
        .unwrap_or(Self::MagicLink)
    }
}

/// The response of sign-in, sign-up, refresh and verification.
#[derive(Debug, Serialize)]
pub(crate) struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    expires_at: i64,
    refresh_token: String,
    pub(crate) user: User,
    /// Null after a sign-in with a strong password, and absent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) weak_password: Option<Value>,
}

impl Tokens {
    /// The fragment that a mailed link passes to the frontend.
    pub(crate) fn as_fragment(&self, kind: &str) -> String {
        let mut fragment = url::form_urlencoded::Serializer::new(String::new());
        fragment
            .append_pair("access_token", &self.access_token)
            .append_pair("expires_at", &self.expires_at.to_string())
            .append_pair("expires_in", &self.expires_in.to_string())
            .append_pair("refresh_token", &self.refresh_token)
            .append_pair("sb", "")
            .append_pair("token_type", self.token_type)
            .append_pair("type", kind);
        fragment.finish()
    }
}

#[derive(FromRow)]
struct Amr {
    method: String,
    at: DateTime<Utc>,
}

/// Issues a session's next access token, beside this refresh token.
pub(crate) async fn issue(
    auth: &Auth,
    db: &mut PgConnection,
    user: User,
    session: Uuid,
    refresh_token: String,
    method: Method,
    device: &Device,
) -> Result<Tokens, AuthError> {
    let amr = sqlx::query_as::<_, Amr>(
        "select authentication_method as method, updated_at as at from auth.mfa_amr_claims \
         where session_id = $1 order by updated_at desc",
    )
    .bind(session)
    .fetch_all(&mut *db)
    .await?;
    let second = Method::SecondFactor.name();
    let aal = if amr.iter().any(|entry| entry.method == second) {
        "aal2"
    } else {
        "aal1"
    };
    let amr: Vec<Value> = amr
        .iter()
        .map(|entry| json!({ "method": entry.method, "timestamp": entry.at.timestamp() }))
        .collect();
    let now = sqlx::query_scalar::<_, DateTime<Utc>>("select clock_timestamp()")
        .fetch_one(&mut *db)
        .await?;
    let issued_at = now.timestamp();
    let expires_at = issued_at + auth.options.access_token_seconds;
    let mut claims = json!({
        "iss": auth.options.issuer(),
        "sub": user.id,
        "aud": user.aud,
        "exp": expires_at,
        "iat": issued_at,
        "email": user.email,
        "phone": user.phone,
        "app_metadata": user.app_metadata,
        "user_metadata": user.user_metadata,
        "role": user.role,
        "aal": aal,
        "amr": amr,
        "session_id": session,
        "is_anonymous": user.is_anonymous,
    });
    if let Some(function) = &auth.options.custom_access_token {
        let input = json!({
            "metadata": hook::metadata("customize-access-token", now, device.ip.as_deref()),
            "user_id": user.id,
            "claims": claims,
            "authentication_method": method.name(),
        });
        let mut answer = hook::ask(db, function, &input).await?;
        claims = match answer.get_mut("claims").map(Value::take) {
            Some(written) => written,
            None if answer.is_null() => answer,
            None => {
                return Err(AuthError::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "",
                    "output claims field is missing",
                ));
            }
        };
        hook::check_claims(&claims)?;
    }
    let access_token = auth
        .keys
        .sign(&claims)
        .map_err(|_| AuthError::internal("error generating jwt token"))?;
    Ok(Tokens {
        access_token,
        token_type: "bearer",
        expires_in: auth.options.access_token_seconds,
        expires_at,
        refresh_token,
        user,
        weak_password: None,
    })
}
