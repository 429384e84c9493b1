//! The client of one project's Auth, and how its answers are read.

use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::error::Error;

/// No call to Auth takes longer: bcrypt and two hooks of at most 2 s each are within it.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// Speaks to one project's Auth, as the anonymous caller and as its administrator.
#[derive(Clone)]
pub struct AuthAdmin {
    pub(crate) anonymous: supabase_auth::models::AuthClient,
    pub(crate) http: reqwest::Client,
    /// `<project>/auth/v1`
    pub(crate) origin: String,
    pub(crate) anon_key: SecretString,
    pub(crate) service_role_key: SecretString,
}

impl std::fmt::Debug for AuthAdmin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthAdmin")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl AuthAdmin {
    /// Whether Auth asks people to confirm their addresses. Where it does not, a session that was
    /// stolen suffices to move an account to another address.
    ///
    /// # Errors
    /// [`Error::Unreadable`] if Auth can't be reached or answers otherwise.
    pub async fn confirms_addresses(&self) -> Result<bool, Error> {
        let asked = tokio::time::timeout(TIMEOUT, self.anonymous.get_settings()).await;
        match asked {
            Ok(Ok(settings)) => Ok(!settings.mailer_autoconfirm),
            _ => Err(Error::Unreadable),
        }
    }

    /// `project` is the base URL of the project (`SUPABASE_URL`), without `/auth/v1`. Both
    /// kinds of keys work: JWTs, and `sb_publishable_…` with `sb_secret_…`.
    ///
    /// # Errors
    /// [`Error::Setup`] when the TLS stack can't be set up.
    pub fn new(
        project: &Url,
        anon_key: SecretString,
        service_role_key: SecretString,
    ) -> Result<Self, Error> {
        let project = project.as_str().trim_end_matches('/').to_owned();
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .build()
            .map_err(Error::Setup)?;
        Ok(Self {
            // The last argument is the secret for decoding tokens, which nothing here does.
            anonymous: supabase_auth::models::AuthClient::new(
                project.clone(),
                anon_key.expose_secret(),
                "",
            ),
            http,
            origin: format!("{project}/auth/v1"),
            anon_key,
            service_role_key,
        })
    }
}

/// Auth's body for an answer that is no success; what a trigger raised has a `message`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    error_code: String,
    msg: String,
    message: String,
}

/// Sends, and sorts what comes back. An empty success is `null`.
#[tracing::instrument(name = "auth", level = "debug", skip_all, fields(otel.kind = "client"))]
pub(crate) async fn answer_of(request: RequestBuilder) -> Result<Value, Error> {
    let answer = request.send().await.map_err(Error::Unreachable)?;
    let status = answer.status();
    let body = answer.bytes().await.map_err(Error::Unreachable)?;
    if status == StatusCode::NO_CONTENT || (status.is_success() && body.is_empty()) {
        return Ok(Value::Null);
    }
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|_| Error::Unreadable);
    }
    let refusal: Refusal = serde_json::from_slice(&body).unwrap_or_default();
    let message = if refusal.msg.is_empty() {
        refusal.message
    } else {
        refusal.msg
    };
    Err(Error::from_answer(status, &refusal.error_code, &message))
}
