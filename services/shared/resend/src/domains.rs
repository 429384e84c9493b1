//! The account's domains. For checks of a set-up; sending needs none of it.

use serde::Deserialize;

use crate::{Client, SendError, client::transport};

/// A domain of the account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Domain {
    /// Such as `example.com`.
    pub name: String,
    /// `verified`, or what is in the way: `pending`, `not_started`, `failure`, `temporary_failure`.
    pub status: String,
}

#[derive(Deserialize)]
struct List {
    data: Vec<Domain>,
}

impl Client {
    /// The account's domains.
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::is_send_only_key`] tells a key that may not ask from a wrong one.
    pub async fn domains(&self) -> Result<Vec<Domain>, SendError> {
        let url = self.emails.join("/domains");
        let url = url.unwrap_or_else(|_| self.emails.clone());
        let answer = self.http.get(url).send().await.map_err(transport)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(transport)?;
        if !status.is_success() {
            return Err(SendError::of_answer(status.as_u16(), None, &body));
        }
        serde_json::from_slice::<List>(&body)
            .map(|list| list.data)
            .map_err(|_| SendError::Unclear(status.as_u16()))
    }
}
