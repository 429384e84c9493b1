//! What phone numbers lead to, as tests say it, and how often each was asked for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a number leads to; a number of which nothing is said is valid if its form is, and mobile.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Line {
    /// Whether the number exists.
    pub(super) valid: Option<bool>,
    /// `landline`, `mobile`, `fixedVoip` and so on.
    #[serde(rename = "line_type")]
    pub(super) leads_to: Option<String>,
    /// Twilio's error code with which every request for it is answered.
    pub(super) error: Option<u32>,
}

/// The lines, and how often each number was asked for.
#[derive(Debug, Default, Serialize)]
pub(super) struct Lines {
    pub(super) lines: BTreeMap<String, Line>,
    pub(super) requests: BTreeMap<String, u64>,
}
