//! Signing in, signing up, logging out: what the person's own browser could do as well.

use domain::AuthUserId;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use supabase_auth::models::SignUpWithPasswordOptions;

use crate::{
    client::{AuthAdmin, TIMEOUT, answer_of},
    error::Error,
};

/// A Supabase session in the shape that supabase-js takes (`setSession`).
#[derive(Clone, Serialize)]
pub struct Session {
    #[serde(flatten)]
    inner: supabase_auth::models::Session,
}

impl Session {
    /// Whose session it is: the id in `auth.users`.
    #[must_use]
    pub fn user_id(&self) -> AuthUserId {
        AuthUserId(self.inner.user.id)
    }

    /// The access token, for calls as this person.
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
    /// All of the person's sessions.
    Global,
    /// The session of the token alone.
    Local,
    /// All but the session of the token.
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
    /// [`Error::WrongCredentials`] alike for an unknown address, a wrong password and a ban;
    /// [`Error::Refused`] with `account_rejected` from the token hook.
    pub async fn sign_in(&self, email: &str, password: &SecretString) -> Result<Session, Error> {
        let answer = self
            .anonymous
            .login_with_email(email, password.expose_secret());
        let inner = in_time(answer).await?;
        Ok(Session { inner })
    }

    /// Signs up with an invitation. `metadata` becomes the user's own metadata; the invitation
    /// is put into it as `invite_code`, which the database checks.
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

    /// Ends sessions of whom `access_token` belongs to. A session that is already over is fine.
    ///
    /// # Errors
    /// [`Error::Unreachable`], or [`Error::Answer`] when Auth is in trouble.
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
