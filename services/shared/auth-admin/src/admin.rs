//! Auth's admin calls.

use domain::AuthUserId;
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::{
    client::{AuthAdmin, answer_of},
    error::Error,
};

impl AuthAdmin {
    /// Creates a user with a confirmed address. No invitation is needed.
    ///
    /// # Errors
    /// [`Error::AlreadyRegistered`], [`Error::WeakPassword`].
    pub async fn create_user(
        &self,
        email: &str,
        password: &SecretString,
    ) -> Result<AuthUserId, Error> {
        let request = self
            .http
            .post(format!("{}/admin/users", self.origin))
            .json(&json!({
                "email": email,
                "password": password.expose_secret(),
                "email_confirm": true,
            }));
        let answer = answer_of(self.as_administrator(request)).await?;
        let id = answer
            .get("id")
            .and_then(Value::as_str)
            .ok_or(Error::Unreadable)?;
        id.parse().map_err(|_| Error::Unreadable)
    }

    /// Sets a user's password, which ends all of their sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the user does not exist; [`Error::WeakPassword`].
    pub async fn set_password(
        &self,
        user_id: AuthUserId,
        password: &SecretString,
    ) -> Result<(), Error> {
        let request = self
            .http
            .put(format!("{}/admin/users/{user_id}", self.origin))
            .json(&json!({ "password": password.expose_secret() }));
        answer_of(self.as_administrator(request)).await.map(drop)
    }

    /// Whether Auth answers and takes our key, for a readiness check.
    ///
    /// # Errors
    /// [`Error`] says what is wrong.
    pub async fn check(&self) -> Result<(), Error> {
        let request = self
            .http
            .get(format!("{}/admin/users?page=1&per_page=1", self.origin));
        answer_of(self.as_administrator(request)).await.map(drop)
    }

    /// The new secret keys are not JWTs: they go only into `apikey`, and the gateway replaces them.
    pub(crate) fn as_administrator(&self, request: RequestBuilder) -> RequestBuilder {
        let key = self.service_role_key.expose_secret();
        let request = request.header("apikey", key);
        if key.starts_with("sb_secret_") {
            request
        } else {
            request.bearer_auth(key)
        }
    }
}
