//! A mail, and Resend's answer to it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// A mail to one recipient. The sender comes from [`crate::Settings`].
#[derive(Clone, Serialize)]
pub struct Email<'a> {
    /// The recipient's address.
    pub to: &'a str,
    /// The subject.
    pub subject: &'a str,
    /// The mail as HTML.
    pub html: &'a str,
    /// The same as plain text.
    pub text: &'a str,
    /// Further headers, for instance `X-Entity-Ref-ID`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<&'a str, &'a str>,
}

// Neither address nor contents may reach a log.
impl fmt::Debug for Email<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Email").finish_non_exhaustive()
    }
}

/// Resend has the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Resend's id of the mail; its webhooks name it as `email_id`.
    pub id: String,
    /// What is left of the account's rate, where the answer says.
    pub rate_limit: Option<RateLimit>,
}

/// What is left of the account's rate (`ratelimit-*` headers).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests left in this window.
    pub remaining: u32,
    /// Until the next window.
    pub reset: Duration,
}
