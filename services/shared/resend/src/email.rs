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
    /// Additional headers, for instance `X-Entity-Ref-ID`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<&'a str, &'a str>,
}

// Neither address nor contents may be logged.
impl fmt::Debug for Email<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Email").finish_non_exhaustive()
    }
}

/// Resend has the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Resend's id of the mail; its webhooks call it `email_id`.
    pub id: String,
    /// The account's remaining rate, if the answer has it.
    pub rate_limit: Option<RateLimit>,
}

/// The account's remaining rate (`ratelimit-*` headers).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests left in this window.
    pub remaining: u32,
    /// Time until the next window.
    pub reset: Duration,
}
