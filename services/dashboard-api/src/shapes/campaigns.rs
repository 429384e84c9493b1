use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    CampaignId, CampaignMessageId, CampaignStatus, CampaignTestId, ConversationId, CustomerId,
    MessageStatus, ProfileId, SenderId, TemplateCategory, TemplateId,
};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A campaign with its counters.
#[derive(ToSchema)]
pub(crate) struct Campaign {
    id: CampaignId,
    user_id: Option<ProfileId>,
    #[schema(example = "Spring sale")]
    name: String,
    #[schema(example = "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.")]
    message_body: Option<String>,
    status: Option<CampaignStatus>,
    total_recipients: Option<u32>,
    /// Messages that Twilio has taken, delivered and undelivered ones among them.
    sent_count: Option<u32>,
    delivered_count: Option<u32>,
    failed_count: Option<u32>,
    scheduled_at: Option<DateTime<Utc>>,
    sent_at: Option<DateTime<Utc>>,
    created_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
    audience: Option<CampaignAudience>,
    launched_at: Option<DateTime<Utc>>,
    #[schema(example = "no_recipients")]
    failure_reason: Option<String>,
    /// Customers of the audience that were left out at the launch, by reason.
    #[schema(example = json!({ "customer_inactive": 3 }))]
    skipped: BTreeMap<String, u64>,
    pending_count: u32,
    skipped_count: u32,
    filtered_count: u32,
    unregistered_count: u32,
    opted_out_count: u32,
    /// Null: the default sender.
    sender_id: Option<SenderId>,
    quiet_hours: bool,
    paused_at: Option<DateTime<Utc>>,
    #[schema(example = "user")]
    pause_reason: Option<String>,
    canceled_at: Option<DateTime<Utc>>,
    /// When a due campaign is launched that has to wait for its owner's limits of the day.
    launch_after: Option<DateTime<Utc>>,
    /// What was delivered and what failed when it was resumed last.
    judged_before: Option<Value>,
    /// Of a test: whose text it is.
    test_of: Option<CampaignId>,
    /// Of an answer: the conversation.
    reply_to: Option<ConversationId>,
    requires_consent: bool,
    template_id: Option<TemplateId>,
}

/// Who is meant; everything that is named is required.
#[derive(ToSchema)]
struct CampaignAudience {
    #[schema(nullable = false, example = json!(["CA"]))]
    states: Option<Vec<String>>,
    #[schema(nullable = false, example = "active")]
    status: Option<String>,
    #[schema(nullable = false)]
    customer_ids: Option<Vec<CustomerId>>,
    #[schema(nullable = false, example = json!(["vip"]))]
    tags: Option<Vec<String>>,
    #[schema(nullable = false, value_type = Option<Object>, example = json!({ "plan": "gold" }))]
    attributes: Option<Map<String, Value>>,
}

/// A message of a campaign to one recipient.
#[derive(ToSchema)]
pub(crate) struct CampaignMessage {
    id: CampaignMessageId,
    campaign_id: Option<CampaignId>,
    customer_id: Option<CustomerId>,
    #[schema(example = "+14155552671")]
    phone_number: Option<String>,
    /// The text as it was sent; null until then where it is the campaign's.
    #[schema(example = "Hi Ann, 20% off until Sunday. Reply STOP to opt out.")]
    message_body: Option<String>,
    status: Option<MessageStatus>,
    #[schema(example = "SM0123456789abcdef0123456789abcdef")]
    twilio_sid: Option<String>,
    sent_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
    #[schema(example = "The number can't be reached.")]
    error_message: Option<String>,
    created_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
    /// 1 to the campaign's `total_recipients`.
    position: Option<u32>,
    /// How often it was repeated because Twilio provably had not taken it.
    attempts: u32,
    /// How often somebody had it tried again after it had failed.
    retries: u32,
    segments: Option<u32>,
    /// Twilio's, where the failure is Twilio's.
    #[schema(example = 30003)]
    error_code: Option<i64>,
    /// Why it failed or waits, as a stable code.
    #[schema(example = "unreachable")]
    reason: Option<String>,
    /// The customer's values at the launch, for a text with merge fields.
    #[schema(value_type = Option<Object>, example = json!({ "first_name": "Ann" }))]
    merge_values: Option<Map<String, Value>>,
    /// While set, nobody knows whether Twilio has the message.
    in_doubt_since: Option<DateTime<Utc>>,
    /// The customer's at the launch.
    #[schema(example = "CA")]
    state: Option<String>,
}

/// A campaign's text to one number, and what became of it.
#[derive(ToSchema)]
pub(crate) struct CampaignTest {
    id: CampaignTestId,
    campaign_id: CampaignId,
    message_id: CampaignMessageId,
    #[schema(example = "+14155552671")]
    to: String,
    #[schema(example = "Hi Ann, 20% off until Sunday. Reply STOP to opt out.")]
    body: Option<String>,
    status: MessageStatus,
    #[schema(example = "unreachable")]
    reason: Option<String>,
    #[schema(example = 30003)]
    error_code: Option<i64>,
    #[schema(example = "The number can't be reached.")]
    error_message: Option<String>,
    segments: Option<u32>,
    created_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
}

/// A text to start campaigns from.
#[derive(ToSchema)]
pub(crate) struct Template {
    id: TemplateId,
    user_id: Option<ProfileId>,
    #[schema(example = "Welcome")]
    name: String,
    #[schema(example = "Welcome, {{ first_name }}! Reply STOP to opt out.")]
    message_body: Option<String>,
    category: Option<TemplateCategory>,
    is_default: Option<bool>,
    created_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
}
