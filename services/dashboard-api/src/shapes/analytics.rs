use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{CampaignId, CampaignStatus, ProfileId, SenderId};
use utoipa::ToSchema;

/// A campaign from its audience to the last delivery.
#[derive(ToSchema)]
pub(crate) struct CampaignAnalytics {
    campaign_id: CampaignId,
    #[schema(example = "Spring sale")]
    name: String,
    status: Option<CampaignStatus>,
    #[schema(example = "America/Los_Angeles")]
    time_zone: String,
    launched_at: Option<DateTime<Utc>>,
    sent_at: Option<DateTime<Utc>>,
    /// Recipients and those who were left out.
    audience: u64,
    /// Who was left out at the launch, by reason.
    #[schema(example = json!({ "customer_inactive": 3 }))]
    left_out: BTreeMap<String, u64>,
    recipients: u64,
    pending: u64,
    /// Of the pending: nobody knows whether Twilio has them.
    in_doubt: u64,
    /// The other pending ones.
    waiting: u64,
    /// When the first of them may go.
    waiting_until: Option<DateTime<Utc>>,
    /// What Twilio has taken.
    sent: u64,
    delivered: u64,
    /// Sent, and not delivered.
    undelivered: u64,
    /// Failed before they were sent.
    not_sent: u64,
    /// The share delivered of what came to an end after it was sent; null if nothing did.
    #[schema(example = 0.97)]
    delivery_rate: Option<f64>,
    segments: u64,
    #[schema(example = 0.0125)]
    price_per_segment: f64,
    #[schema(example = 12.5)]
    cost: f64,
    opted_out: u64,
    replies: u64,
    failures: Vec<CampaignFailure>,
    states: Vec<StateFigures>,
    /// What a point of `deliveries` stands for.
    interval_minutes: u32,
    deliveries: Vec<DeliveryPoint>,
}

/// A reason, and how many messages failed for it.
#[derive(ToSchema)]
struct CampaignFailure {
    #[schema(example = "unreachable")]
    reason: Option<String>,
    /// Twilio's.
    #[schema(example = 30003)]
    error_code: Option<i64>,
    #[schema(example = "The number can't be reached.")]
    text: String,
    messages: u64,
}

/// A state of the recipients.
#[derive(ToSchema)]
struct StateFigures {
    /// Empty where it is not known.
    #[schema(example = "CA")]
    state: Option<String>,
    recipients: u64,
    sent: u64,
    delivered: u64,
    undelivered: u64,
    not_sent: u64,
    #[schema(example = 0.97)]
    delivery_rate: Option<f64>,
}

/// Some minutes of a campaign.
#[derive(ToSchema)]
struct DeliveryPoint {
    starts_at: DateTime<Utc>,
    /// The same in the time zone.
    #[schema(example = "2026-11-23 01:00")]
    local_time: String,
    sent: u64,
    delivered: u64,
}

/// An account over time.
#[derive(ToSchema)]
pub(crate) struct AccountAnalytics {
    user_id: ProfileId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    interval: AnalyticsInterval,
    #[schema(example = "America/Los_Angeles")]
    time_zone: String,
    #[schema(example = 0.0125)]
    price_per_segment: f64,
    #[serde(flatten)]
    over_time: OverTime,
}

/// A period: in all, in its order, and by the hour of the day.
#[derive(ToSchema)]
struct OverTime {
    totals: Figures,
    series: Vec<FiguresAt>,
    hours: Vec<HourFigures>,
    /// Up to three hours of the day in which the most is delivered of what is sent.
    #[schema(example = json!([10, 17]))]
    best_hours: Vec<u32>,
}

/// All accounts together, and how the system fares.
#[derive(ToSchema)]
pub(crate) struct SystemAnalytics {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    interval: AnalyticsInterval,
    #[schema(example = "America/Los_Angeles")]
    time_zone: String,
    #[schema(example = 0.0125)]
    price_per_segment: f64,
    accounts: AccountCounts,
    /// The first 20.
    busiest_accounts: Vec<BusyAccount>,
    queues: Vec<Queue>,
    senders: Vec<SenderFigures>,
    /// By days of UTC.
    failures: Vec<SystemFailure>,
    /// Limits of which four fifths and more are used today.
    limits_near_end: Vec<LimitNearEnd>,
    #[serde(flatten)]
    over_time: OverTime,
}

/// What a series is cut into.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum AnalyticsInterval {
    Hour,
    Day,
    Week,
    Month,
}

/// Figures of a time.
#[derive(ToSchema)]
struct Figures {
    sent: i64,
    delivered: i64,
    undelivered: i64,
    #[schema(example = 0.97)]
    delivery_rate: Option<f64>,
    segments: i64,
    #[schema(example = 12.5)]
    cost: f64,
    customers_added: i64,
    customers_removed: i64,
    opted_out: i64,
    replies: i64,
}

/// Figures of a unit of a series.
#[derive(ToSchema)]
struct FiguresAt {
    starts_at: DateTime<Utc>,
    /// The same in the time zone.
    #[schema(example = "2026-11-23")]
    local_time: String,
    #[serde(flatten)]
    figures: Figures,
}

/// An hour of the day, of all days together.
#[derive(ToSchema)]
struct HourFigures {
    #[schema(example = 10)]
    hour: u32,
    sent: i64,
    delivered: i64,
    undelivered: i64,
    #[schema(example = 0.97)]
    delivery_rate: Option<f64>,
    replies: i64,
}

/// Numbers of accounts.
#[derive(ToSchema)]
struct AccountCounts {
    approved: u64,
    pending: u64,
    rejected: u64,
    /// Registered within the period.
    new: u64,
}

/// An account and what it sent.
#[derive(ToSchema)]
struct BusyAccount {
    user_id: Option<ProfileId>,
    #[schema(example = "ann@example.com")]
    email: Option<String>,
    sent: i64,
    delivered: i64,
    undelivered: i64,
    #[schema(example = 0.97)]
    delivery_rate: Option<f64>,
    opted_out: i64,
}

/// What waits for a process.
#[derive(ToSchema)]
struct Queue {
    #[schema(example = "mails")]
    queue: String,
    waiting: i64,
    #[schema(example = 12.5)]
    oldest_seconds: Option<f64>,
}

/// A sender within the period.
#[derive(ToSchema)]
struct SenderFigures {
    id: SenderId,
    #[schema(example = "+14155550100")]
    phone_number: Option<String>,
    #[schema(example = "MG0123456789abcdef0123456789abcdef")]
    messaging_service_sid: Option<String>,
    is_default: bool,
    held_until: Option<DateTime<Utc>>,
    #[schema(example = "account_refused")]
    hold_reason: Option<String>,
    sent: i64,
    delivered: i64,
    failed: i64,
    opted_out: i64,
    #[schema(example = 0.97)]
    delivery_rate: Option<f64>,
}

/// A code of Twilio's, and how many messages failed with it.
#[derive(ToSchema)]
struct SystemFailure {
    #[schema(example = 30003)]
    error_code: Option<i64>,
    #[schema(example = "The number can't be reached.")]
    text: String,
    messages: i64,
    /// Of all messages that came to an end.
    #[schema(example = 0.01)]
    share: Option<f64>,
}

/// A limit of a day (UTC) that is nearly used up.
#[derive(ToSchema)]
struct LimitNearEnd {
    user_id: Option<ProfileId>,
    #[schema(example = "ann@example.com")]
    email: Option<String>,
    #[schema(example = "messages_per_day")]
    limit: String,
    #[schema(example = 1000)]
    value: f64,
    #[schema(example = 900)]
    used: f64,
    #[schema(example = 0.9)]
    share: Option<f64>,
}
