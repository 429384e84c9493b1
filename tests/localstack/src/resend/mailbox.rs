//! The mails that the stand-in accepted.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// One mail.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Mail {
    pub id: Uuid,
    pub created_at: DateTime<Utc>,
    pub from: String,
    pub to: Vec<String>,
    pub subject: String,
    pub html: Option<String>,
    pub text: Option<String>,
    pub headers: BTreeMap<String, String>,
    pub idempotency_key: Option<String>,
    pub last_event: &'static str,
}

/// All mails, oldest first.
#[derive(Default)]
pub(super) struct Mailbox {
    mails: Vec<Mail>,
}

impl Mailbox {
    pub(super) fn keep(&mut self, mail: Mail) {
        self.mails.push(mail);
    }

    pub(super) fn get(&self, id: Uuid) -> Option<&Mail> {
        self.mails.iter().rfind(|mail| mail.id == id)
    }

    pub(super) fn get_mut(&mut self, id: Uuid) -> Option<&mut Mail> {
        self.mails.iter_mut().rfind(|mail| mail.id == id)
    }

    /// Newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Mail> {
        self.mails.iter().rev()
    }

    pub(super) fn empty(&mut self) {
        self.mails.clear();
    }
}
