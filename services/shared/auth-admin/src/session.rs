//! Sign-in, sign-up, logout: calls that a user's browser could make itself.

use std::net::IpAddr;

use domain::AuthUserId;
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    client::{AuthAdmin, answer_of},
    error::Error,
};

/// A Supabase session in the form that supabase-js expects (`setSession`): Auth's answer as it came.
/// Only what is used here is read, since a user's metadata may hold anything.
#[derive(Clone, Serialize)]
pub struct Session {
    #[serde(flatten)]
    answer: Map<String, Value>,
    #[serde(skip)]
    user_id: AuthUserId,
    #[serde(skip)]
    access_token: SecretString,
}

/// What is read of a session.
#[derive(Deserialize)]
struct Read {
    access_token: SecretString,
    user: ReadUser,
}

#[derive(Deserialize)]
struct ReadUser {
    id: AuthUserId,
}

impl Session {
    fn of(answer: Value) -> Result<Self, Error> {
        let read = Read::deserialize(&answer).map_err(|_| Error::Unreadable)?;
        let Value::Object(answer) = answer else {
            return Err(Error::Unreadable);
        };
        Ok(Self {
            answer,
            user_id: read.user.id,
            access_token: read.access_token,
        })
    }

    /// The session's user: the id in `auth.users`.
    #[must_use]
    pub fn user_id(&self) -> AuthUserId {
        self.user_id
    }

    /// The access token, for calls as this user.
    #[must_use]
    pub fn access_token(&self) -> &SecretString {
        &self.access_token
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("user_id", &self.user_id)
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
    /// Signs in with e-mail and password. `caller` is whose attempt Auth counts.
    ///
    /// # Errors
    /// [`Error::WrongCredentials`] for an unknown address, a wrong password and a ban alike;
    /// [`Error::Unconfirmed`] where the password is right; [`Error::Refused`] with
    /// `account_rejected` from the token hook.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &SecretString,
        caller: Option<IpAddr>,
    ) -> Result<Session, Error> {
        let request = self
            .http
            .post(format!("{}/token", self.origin))
            .query(&[("grant_type", "password")])
            .json(&json!({ "email": email, "password": password.expose_secret() }));
        Session::of(answer_of(self.for_caller(request, caller)).await?)
    }

    /// Signs up with an invitation. `metadata` becomes the user's own metadata; the invitation
    /// is added to it as `invite_code`, which the database checks. Auth mails a link that confirms
    /// the address.
    ///
    /// # Errors
    /// [`Error::Refused`] with an `invite_…` code; [`Error::AlreadyRegistered`], which Auth says only
    /// where it confirms nothing.
    pub async fn sign_up(
        &self,
        email: &str,
        password: &SecretString,
        invite_code: &str,
        mut metadata: Map<String, Value>,
        caller: Option<IpAddr>,
    ) -> Result<(), Error> {
        metadata.insert("invite_code".to_owned(), invite_code.into());
        let request = self
            .http
            .post(format!("{}/signup", self.origin))
            .json(&json!({
                "email": email,
                "password": password.expose_secret(),
                "data": metadata,
            }));
        answer_of(self.for_caller(request, caller)).await.map(drop)
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

    /// Auth limits sign-ins by address, and would count all of ours together: who shows the secret key
    /// may say for whom it asks.
    fn for_caller(&self, request: RequestBuilder, caller: Option<IpAddr>) -> RequestBuilder {
        match caller {
            Some(address) => self
                .as_administrator(request)
                .header("sb-forwarded-for", address.to_string()),
            None => request.header("apikey", self.anon_key.expose_secret()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_read_whatever_the_metadata_holds() {
        for metadata in [
            json!(null),
            json!([1]),
            json!("x"),
            json!({ "name": 7, "sub": {} }),
        ] {
            let answer = json!({
                "access_token": "secret", "refresh_token": "r", "expires_in": 3600, "weak_password": null,
                "user": {
                    "id": "f0000000-0000-4000-8000-000000000001",
                    "user_metadata": metadata, "app_metadata": metadata, "identities": [{ "id": 1 }],
                },
            });
            let session = Session::of(answer.clone()).unwrap();
            assert_eq!(serde_json::to_value(&session).unwrap(), answer);
            assert!(!format!("{session:?}").contains("secret"));
        }
    }

    #[test]
    fn an_answer_without_a_token_is_no_session() {
        assert!(matches!(
            Session::of(json!({ "user": {} })),
            Err(Error::Unreadable)
        ));
        assert!(matches!(Session::of(json!(null)), Err(Error::Unreadable)));
    }
}
