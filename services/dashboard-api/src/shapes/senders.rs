use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::SenderId;
use utoipa::ToSchema;

/// A number or a messaging service that campaigns can name.
#[derive(ToSchema)]
pub(crate) struct Sender {
    id: SenderId,
    #[schema(example = "+14155550100")]
    phone_number: Option<String>,
    #[schema(example = "MG0123456789abcdef0123456789abcdef")]
    messaging_service_sid: Option<String>,
    is_default: bool,
    /// Null: unlimited.
    segments_per_second: Option<f64>,
    /// Nothing is sent before.
    held_until: Option<DateTime<Utc>>,
    /// What Twilio refuses. Without `held_until`: one message at a time is tried.
    #[schema(example = "account_refused")]
    hold_reason: Option<String>,
}

/// A sender, and how it fares.
#[derive(ToSchema)]
pub(crate) struct SenderWithHealth {
    #[serde(flatten)]
    sender: Sender,
    health: SenderHealth,
}

/// Today and yesterday (UTC).
#[derive(ToSchema)]
struct SenderHealth {
    today: SenderDay,
    yesterday: SenderDay,
    alarms: Vec<SenderAlarm>,
}

/// A day (UTC) of a sender. The figures are for admins; others get only the rate.
#[derive(ToSchema)]
pub(crate) struct SenderDay {
    day: NaiveDate,
    #[schema(nullable = false)]
    sent: Option<u64>,
    #[schema(nullable = false)]
    delivered: Option<u64>,
    /// Failures by Twilio's code.
    #[schema(nullable = false, example = json!({ "30003": 2 }))]
    failed: Option<BTreeMap<String, u64>>,
    #[schema(nullable = false)]
    opted_out: Option<u64>,
    /// The share delivered of the messages that came to an end on that day; null if none did.
    #[schema(example = 0.97)]
    delivery_rate: Option<f64>,
}

/// A figure of a day beyond its bound.
#[derive(ToSchema)]
struct SenderAlarm {
    day: NaiveDate,
    /// `filtered`, `unregistered` or `opted_out`.
    #[schema(example = "filtered")]
    kind: String,
    /// The share of messages when it was raised.
    #[schema(example = 0.12)]
    value: f64,
    raised_at: DateTime<Utc>,
}
