//! What Twilio reports of messages, written in batches.

use domain::CampaignMessageId;
use uuid::Uuid;

use crate::DatabaseError;

handle! {
    /// What Twilio reports of messages.
    Deliveries
}

/// Our delivery status; the order is the rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeliveryStatus {
    /// Twilio has the message.
    Sent,
    /// The carrier delivered it.
    Delivered,
    /// It will not be delivered.
    Failed,
}

impl DeliveryStatus {
    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// Whether it is final.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Delivered | Self::Failed)
    }
}

/// An update of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryNews {
    /// Our id, if the callback's URL had one.
    pub message_id: Option<CampaignMessageId>,
    /// Twilio's id.
    pub sid: String,
    /// Its status.
    pub status: DeliveryStatus,
    /// Why it failed, as a stable code.
    pub reason: Option<&'static str>,
    /// Twilio's code of a failure.
    pub error_code: Option<i32>,
    /// The failure in words.
    pub error_message: Option<String>,
    /// Whether its number must not be texted any more.
    pub suppress: bool,
}

/// A callback as it came, for `private.twilio_events`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatusEvent {
    /// Our id, if the callback's URL had one.
    pub message_id: Option<CampaignMessageId>,
    /// Twilio's id, if it names one.
    pub sid: Option<String>,
    /// Twilio's word.
    pub status: Option<String>,
    /// Twilio's error code.
    pub error_code: Option<i32>,
    /// The body.
    pub payload: String,
}

/// What to do about rows that somebody else has locked, such as a large deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locked {
    /// Waits a quarter of a second; then the call fails as transient.
    Wait,
    /// Waits for nothing: what is locked is kept in `private.late_deliveries`.
    PutOff,
}

/// Updates by column, sorted by our id: all statements lock rows in that order.
struct Columns<'a> {
    message_ids: Vec<Option<Uuid>>,
    sids: Vec<&'a str>,
    statuses: Vec<&'a str>,
    reasons: Vec<Option<&'a str>>,
    error_codes: Vec<Option<i32>>,
    error_messages: Vec<Option<&'a str>>,
    suppress: Vec<bool>,
}

impl<'a> Columns<'a> {
    fn of(mut news: Vec<&'a DeliveryNews>) -> Self {
        news.sort_unstable_by_key(|one| one.message_id);
        Self {
            message_ids: news
                .iter()
                .map(|one| one.message_id.map(Uuid::from))
                .collect(),
            sids: news.iter().map(|one| one.sid.as_str()).collect(),
            statuses: news.iter().map(|one| one.status.as_str()).collect(),
            reasons: news.iter().map(|one| one.reason).collect(),
            error_codes: news.iter().map(|one| one.error_code).collect(),
            error_messages: news
                .iter()
                .map(|one| one.error_message.as_deref())
                .collect(),
            suppress: news.iter().map(|one| one.suppress).collect(),
        }
    }
}

impl Deliveries {
    /// Records updates in one statement; each `sid` may occur in `news` once. Late and
    /// repeated updates change nothing, and unknown messages are skipped. Locked messages are put off.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing is recorded, and the call may be retried.
    pub async fn record(&self, news: &[DeliveryNews]) -> Result<(), DatabaseError> {
        let columns = Columns::of(news.iter().collect());
        // Not `record_callbacks` without events: a send worker may not append any.
        sqlx::query_scalar!(
            "select private.record_deliveries($1, $2, $3, $4, $5, $6, $7, true)",
            &columns.message_ids as &[Option<Uuid>],
            &columns.sids as &[&str],
            &columns.statuses as &[&str],
            &columns.reasons as &[Option<&str>],
            &columns.error_codes as &[Option<i32>],
            &columns.error_messages as &[Option<&str>],
            &columns.suppress,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(())
    }

    /// Appends callbacks to `private.twilio_events` and records the updates in them, in one statement: both
    /// happen or neither does. `news` is as for [`Deliveries::record`].
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing is recorded, and the call may be retried.
    pub async fn record_callbacks(
        &self,
        events: &[&StatusEvent],
        news: Vec<&DeliveryNews>,
        locked: Locked,
    ) -> Result<(), DatabaseError> {
        let columns = Columns::of(news);
        let sids: Vec<Option<&str>> = events.iter().map(|one| one.sid.as_deref()).collect();
        let message_ids: Vec<Option<Uuid>> = events
            .iter()
            .map(|one| one.message_id.map(Uuid::from))
            .collect();
        let statuses: Vec<Option<&str>> = events.iter().map(|one| one.status.as_deref()).collect();
        let error_codes: Vec<Option<i32>> = events.iter().map(|one| one.error_code).collect();
        let payloads: Vec<&str> = events.iter().map(|one| one.payload.as_str()).collect();
        sqlx::query_scalar!(
            "
            with kept as (
              insert into private.twilio_events (kind, sid, message_id, status, error_code, payload)
              select 'status', e.sid, e.message_id, e.status, e.error_code, e.payload
              from unnest($1::text[], $2::uuid[], $3::text[], $4::integer[], $5::text[])
                e (sid, message_id, status, error_code, payload)
            )
            select private.record_deliveries($6, $7, $8, $9, $10, $11, $12, $13)
            ",
            &sids as &[Option<&str>],
            &message_ids as &[Option<Uuid>],
            &statuses as &[Option<&str>],
            &error_codes as &[Option<i32>],
            &payloads as &[&str],
            &columns.message_ids as &[Option<Uuid>],
            &columns.sids as &[&str],
            &columns.statuses as &[&str],
            &columns.reasons as &[Option<&str>],
            &columns.error_codes as &[Option<i32>],
            &columns.error_messages as &[Option<&str>],
            &columns.suppress,
            locked == Locked::PutOff,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(())
    }

    /// Records what was put off because it was locked; returns how many updates are still locked.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing is recorded.
    pub async fn apply_late(&self) -> Result<i32, DatabaseError> {
        let left = sqlx::query_scalar!(r#"select private.apply_late_deliveries() as "left!""#)
            .fetch_one(self.pool())
            .await?;
        Ok(left)
    }

    /// Makes the coming days' partitions of `private.twilio_events` and drops those older than `kept_days`, or than
    /// `private.retention` says;
    /// returns how many it dropped.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn keep_events(&self, kept_days: Option<i32>) -> Result<i32, DatabaseError> {
        let dropped = sqlx::query_scalar!(
            r#"select private.keep_twilio_events($1) as "dropped!""#,
            kept_days
        )
        .fetch_one(self.pool())
        .await?;
        Ok(dropped)
    }
}
