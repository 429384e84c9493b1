//! Sign-in, sign-up, logout: calls that a user's browser could make itself.

use domain::AuthUserId;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use supabase_auth::models::SignUpWithPasswordOptions;

use crate::{
    client::{AuthAdmin, TIMEOUT, answer_of},
    error::Error,
};

/// A Supabase session in the form that supabase-js expects (`setSession`).
#[derive(Clone, Serialize)]
pub struct Session {
    #[serde(flatten)]
    inner: supabase_auth::models::Session,
}

impl Session {
    /// The session's user: the id in `auth.users`.
    #[must_use]
    pub fn user_id(&self) -> AuthUserId {
        AuthUserId(self.inner.user.id)
    }

    /// The access token, for calls as this user.
    #[must_use]
    pub fn access_token(&self) -> SecretString {
        self.inner.access_token.clone().into()
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("user_id", &self.inner.user.id)
            .finish_non_exhaustive()
    }
}

/// Which sessions a logout ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoutScope {
    /// All of the user's sessions.
    Global,
    /// Only the token's session.
    Local,
    /// All but the token's session.
    Others,
}

impl LogoutScope {
    fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Local => "local",
            Self::Others => "others",
        }
    }
}

impl AuthAdmin {
    /// Signs in with e-mail and password.
    ///
    /// # Errors
    /// [`Error::WrongCredentials`] for an unknown address, a wrong password and a ban alike;
    /// [`Error::Refused`] with `account_rejected` from the token hook.
    pub async fn sign_in(&self, email: &str, password: &SecretString) -> Result<Session, Error> {
        let answer = self
            .anonymous
            .login_with_email(email, password.expose_secret());
        let inner = in_time(answer).await?;
        Ok(Session { inner })
    }

    /// Signs up with an invitation. `metadata` becomes the user's own metadata; the invitation
    /// is added to it as `invite_code`, which the database checks.
    ///
    /// # Errors
    /// [`Error::Refused`] with an `invite_…` code; [`Error::AlreadyRegistered`].
    pub async fn sign_up(
        &self,
        email: &str,
        password: &SecretString,
        invite_code: &str,
        mut metadata: serde_json::Map<String, Value>,
    ) -> Result<(), Error> {
        metadata.insert("invite_code".to_owned(), invite_code.into());
        let options = SignUpWithPasswordOptions {
            data: Some(metadata.into()),
            ..Default::default()
        };
        let answer = self.anonymous.sign_up_with_email_and_password(
            email,
            password.expose_secret(),
            Some(options),
        );
        in_time(answer).await.map(drop)
    }

    /// Ends sessions of the owner of `access_token`. A session that has already ended is no error.
    ///
    /// # Errors
    /// [`Error::Unreachable`], or [`Error::Answer`] if Auth fails.
    pub async fn sign_out(
        &self,
        access_token: &SecretString,
        scope: LogoutScope,
    ) -> Result<(), Error> {
        let request = self
            .http
            .post(format!("{}/logout", self.origin))
            .query(&[("scope", scope.as_str())])
            .header("apikey", self.anon_key.expose_secret())
            .bearer_auth(access_token.expose_secret());
        match answer_of(request).await {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The crate's client has no timeout of its own.
async fn in_time<T>(
    answer: impl Future<Output = Result<T, supabase_auth::error::Error>>,
) -> Result<T, Error> {
    use supabase_auth::error::Error as Theirs;
    match tokio::time::timeout(TIMEOUT, answer).await {
        Err(_) => Err(Error::Unreachable(None)),
        Ok(Ok(value)) => Ok(value),
        Ok(Err(Theirs::AuthError { status, message })) => {
            Err(Error::from_answer(status, None, &message))
        }
        Ok(Err(Theirs::NetworkError(source))) => Err(Error::Unreachable(Some(source))),
        Ok(Err(_)) => Err(Error::Unreadable),
    }
}
