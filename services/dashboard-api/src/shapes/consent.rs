use chrono::{DateTime, Utc};
use domain::{CampaignId, CampaignMessageId, MessageStatus, ProfileId, SuppressionId};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A number that must not be texted, and why.
#[derive(ToSchema)]
pub(crate) struct Suppression {
    id: SuppressionId,
    #[schema(example = "+14155552671")]
    phone: String,
    /// For whose texts it holds; null: everybody's.
    user_id: Option<ProfileId>,
    /// `opted_out`, `invalid_number`, `unreachable`, `complaint`, `declined`, `manual`, `listed` or `likely_revoked`.
    #[schema(example = "opted_out")]
    reason: String,
    since: DateTime<Utc>,
    #[schema(example = "inbound")]
    source: String,
    #[schema(example = "Asked on the phone.")]
    note: Option<String>,
    lifted_at: Option<DateTime<Utc>>,
    lift: Option<SuppressionLift>,
}

/// How a suppression ended.
#[derive(ToSchema)]
struct SuppressionLift {
    lifted_at: DateTime<Utc>,
    lifted_by: Option<ProfileId>,
    #[schema(example = "person")]
    source: String,
    #[schema(example = "A mistyped number.")]
    why: Option<String>,
}

/// What a list of numbers became.
#[derive(ToSchema)]
pub(crate) struct SuppressedList {
    added: u64,
    already: u64,
    /// What is no number; the first 100.
    #[schema(example = json!(["12"]))]
    invalid: Vec<String>,
}

/// The entry of one number, or what a list became.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum SuppressionAnswer {
    One(Suppression),
    Listed(SuppressedList),
}

/// How a number stands after something was recorded.
#[derive(ToSchema)]
pub(crate) struct ConsentState {
    has_consent: bool,
    may_text: bool,
    #[schema(example = "opted_out")]
    suppressed_for: Option<String>,
}

/// All that is known of a number, each list in the order of time.
#[derive(ToSchema)]
pub(crate) struct ConsentStory {
    #[schema(example = "+14155552671")]
    phone: String,
    has_consent: bool,
    may_text: bool,
    #[schema(example = "opted_out")]
    suppressed_for: Option<String>,
    consents: Vec<Consent>,
    suppressions: Vec<Suppression>,
    messages: Vec<SentMessage>,
    received: Vec<ReceivedMessage>,
}

/// An entry of the ledger.
#[derive(ToSchema)]
struct Consent {
    id: u64,
    /// Its place in the number's chain.
    sequence: u64,
    account_id: Option<ProfileId>,
    /// `given` or `revoked`.
    #[schema(example = "given")]
    action: String,
    happened_at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
    #[schema(example = "import")]
    source: String,
    #[schema(value_type = Option<Object>, example = json!({ "how": "signed form" }))]
    evidence: Option<Map<String, Value>>,
    recorded_by: Option<ProfileId>,
    /// Of this entry and the one before, hexadecimal.
    #[schema(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    hash: String,
}

/// A message to the number.
#[derive(ToSchema)]
struct SentMessage {
    message_id: CampaignMessageId,
    campaign_id: Option<CampaignId>,
    account_id: Option<ProfileId>,
    #[schema(example = "Hi Ann, 20% off until Sunday. Reply STOP to opt out.")]
    body: Option<String>,
    status: Option<MessageStatus>,
    #[schema(example = "unreachable")]
    reason: Option<String>,
    #[schema(example = 30003)]
    error_code: Option<i64>,
    #[schema(example = "SM0123456789abcdef0123456789abcdef")]
    twilio_sid: Option<String>,
    sent_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
    deleted_at: Option<DateTime<Utc>>,
}

/// A message from the number.
#[derive(ToSchema)]
struct ReceivedMessage {
    at: DateTime<Utc>,
    account_id: Option<ProfileId>,
    #[schema(example = "+14155550100")]
    to: Option<String>,
    #[schema(example = "STOP")]
    body: Option<String>,
    #[schema(example = "stop")]
    keyword: Option<String>,
    #[schema(example = "You will get no more texts.")]
    answer: Option<String>,
    #[schema(example = "SM0123456789abcdef0123456789abcdef")]
    twilio_sid: Option<String>,
}
