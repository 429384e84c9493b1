//! From which domains the account may send.

use serde::{Deserialize, Serialize};

/// What `/domains` answers. Mails are taken from any domain all the same.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Domains {
    /// Whether the key may only send mails.
    pub(super) key_may_only_send: bool,
    pub(super) domains: Vec<Domain>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Domain {
    pub(super) name: String,
    /// `verified`, `pending`, `not_started`, `failure` or `temporary_failure`.
    pub(super) status: String,
}

impl Default for Domains {
    fn default() -> Self {
        Self {
            key_may_only_send: false,
            domains: vec![Domain {
                name: "dnwerks.test".to_owned(),
                status: "verified".to_owned(),
            }],
        }
    }
}
