use chrono::{DateTime, Utc};
use domain::{CampaignMessageId, ConversationId, CustomerId, MessageStatus, ProfileId};
use utoipa::ToSchema;

/// What one number and one account have written to each other.
#[derive(ToSchema)]
pub(crate) struct Conversation {
    id: ConversationId,
    /// Null: it belongs to no account, and admins see it.
    user_id: Option<ProfileId>,
    #[schema(example = "+14155552671")]
    phone: String,
    #[schema(example = "+14155550100")]
    our_number: Option<String>,
    customer_id: Option<CustomerId>,
    #[schema(example = "Ann")]
    first_name: Option<String>,
    #[schema(example = "Lee")]
    last_name: Option<String>,
    last_message_at: DateTime<Utc>,
    last_inbound_at: Option<DateTime<Utc>>,
    last_message: Option<LastMessage>,
    unread_count: u32,
    /// Its words probably revoke consent: a person decides.
    needs_review: bool,
    /// The legal deadline of that decision.
    review_by: Option<DateTime<Utc>>,
    reviewed_at: Option<DateTime<Utc>>,
    reviewed_by: Option<ProfileId>,
    revoked: Option<bool>,
    #[schema(example = "Asked about another shop.")]
    review_note: Option<String>,
    closed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    /// Why the number can't be texted now.
    #[schema(example = "opted_out")]
    suppressed_for: Option<String>,
    /// Until when it can be answered without consent.
    open_until: Option<DateTime<Utc>>,
}

/// The last message of a conversation.
#[derive(ToSchema)]
struct LastMessage {
    direction: Direction,
    #[schema(example = "When do you open?")]
    body: Option<String>,
    /// `stop`, `start` or `help`, where it was one.
    #[schema(example = "help")]
    keyword: Option<String>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Direction {
    In,
    Out,
}

/// A conversation with a page of its messages, the newest first.
#[derive(ToSchema)]
pub(crate) struct ConversationWithMessages {
    #[serde(flatten)]
    conversation: Conversation,
    messages: Vec<Reply>,
    messages_total: u64,
}

/// A message of a conversation; of an answer also what became of it.
#[derive(ToSchema)]
pub(crate) struct Reply {
    id: uuid::Uuid,
    direction: Direction,
    #[schema(example = "We open at nine.")]
    body: Option<String>,
    /// Pictures and the like, which are not kept.
    num_media: Option<u32>,
    #[schema(example = "help")]
    keyword: Option<String>,
    /// What was answered to a keyword.
    #[schema(example = "Reply STOP to opt out.")]
    answer: Option<String>,
    sent_by: Option<ProfileId>,
    created_at: DateTime<Utc>,
    message_id: Option<CampaignMessageId>,
    status: Option<MessageStatus>,
    #[schema(example = "unreachable")]
    reason: Option<String>,
    #[schema(example = 30003)]
    error_code: Option<i64>,
    #[schema(example = "The number can't be reached.")]
    error_message: Option<String>,
    sent_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
}
