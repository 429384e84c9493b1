//! What happened.

mod words;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use crate::story::Line;

/// As the functions of `supabase/migrations/…_stories.sql` give it.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    at: DateTime<Utc>,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum What {
    Recipient {
        campaign: String,
        account: Option<String>,
        message_id: String,
    },
    Taken {
        worker: String,
        doubt_at: DateTime<Utc>,
        looks: i64,
    },
    AttemptEnded {
        sid: String,
        reason: String,
        error_code: Option<u32>,
    },
    InDoubt,
    CallbackWaits {
        sid: String,
        status: String,
    },
    MessageDeleted {
        message_id: String,
    },
    Callback {
        sid: Option<String>,
        status: Option<String>,
        error_code: Option<u32>,
    },
    CampaignChanged {
        status: String,
        reason: Option<String>,
    },
    CustomerCreated {
        account: Option<String>,
        import_id: Option<String>,
        file_name: Option<String>,
        once: bool,
    },
    CustomerChanged {
        account: Option<String>,
        status: Option<String>,
        inactive_reason: Option<String>,
    },
    CustomerChangedByImport {
        account: Option<String>,
        import_id: String,
        file_name: Option<String>,
        before: BTreeMap<String, Value>,
        after: BTreeMap<String, Value>,
    },
    CustomerDeleted {
        account: Option<String>,
        by: Option<String>,
    },
    RowRejected {
        account: Option<String>,
        import_id: String,
        file_name: Option<String>,
        row: i64,
        code: String,
        detail: String,
    },
    LookedUp {
        account: Option<String>,
        valid: bool,
        line_type: Option<String>,
        country_code: Option<String>,
        validation_errors: Vec<String>,
    },
    LeftOut {
        campaign: String,
        account: Option<String>,
        reason: String,
    },
    Answered {
        account: Option<String>,
        body: String,
    },
    Reviewed {
        by: Option<String>,
        revoked: Option<bool>,
        note: Option<String>,
    },
    Erased {
        by: Option<String>,
        why: Option<String>,
    },
    Invited {
        by: Option<String>,
        expires_at: Option<DateTime<Utc>>,
        revoked_at: Option<DateTime<Utc>>,
        notes: Option<String>,
    },
    Registered {
        invited_by: Option<String>,
        by_invitation: bool,
    },
    AddressConfirmed,
    Approved,
    SignedInLast,
    UserDeleted,
    Mail {
        mail: String,
        state: String,
        attempts: i64,
        finished_at: Option<DateTime<Utc>>,
        error: Option<String>,
    },
    MailEvent {
        mail: String,
        event: String,
        detail: Option<String>,
    },
    MailSuppressed {
        reason: String,
        detail: Option<String>,
    },
    MailSuppressionLifted {
        reason: String,
        by: Option<String>,
        why: String,
    },
    ResetRequested,
    ResetOpened {
        by: Option<String>,
        reason: Option<String>,
        expires_at: DateTime<Utc>,
        state: String,
    },
    ResetUsed,
}

impl Event {
    /// When, and what.
    pub(super) fn line(&self) -> Line {
        let text = self
            .what
            .of_message()
            .or_else(|| self.what.of_customer())
            .or_else(|| self.what.of_number())
            .unwrap_or_else(|| self.what.of_user());
        (Some(self.at), text)
    }
}
