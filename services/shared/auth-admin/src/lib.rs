//! Supabase Auth: sign-in and the admin calls; the only crate that uses `supabase-auth`.
//!
//! `supabase-auth` covers sign-in and sign-up. Logout (it puts the scope where Auth ignores
//! it) and the admin calls (it has none) are implemented here, on the same HTTP stack.

mod admin;
mod error;
mod session;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub use crate::{
    error::Error,
    session::{LogoutScope, Session},
};

/// The timeout of a call to Auth: enough for bcrypt and two hooks of at most 2 s each.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A client for one project's Auth, as the anonymous caller and as its administrator.
#[derive(Clone)]
pub struct AuthAdmin {
    anonymous: supabase_auth::models::AuthClient,
    http: reqwest::Client,
    /// `<project>/auth/v1`
    origin: String,
    anon_key: SecretString,
    service_role_key: SecretString,
}

impl std::fmt::Debug for AuthAdmin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthAdmin")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl AuthAdmin {
    /// `project` is the base URL of the project (`SUPABASE_URL`), without `/auth/v1`. Both
    /// kinds of keys work: JWTs, and `sb_publishable_…` with `sb_secret_…`.
    ///
    /// # Errors
    /// [`Error::Setup`] if TLS can't be set up.
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
            // The last argument is the secret for decoding tokens, which is unused here.
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
