//! Delivery updates from Twilio, written in batches.

use domain::CampaignMessageId;
use uuid::Uuid;

use crate::DatabaseError;

handle! {
    /// Delivery updates from Twilio.
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
    const fn as_str(self) -> &'static str {
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

impl Deliveries {
    /// Records updates in one statement; each `sid` may occur in `news` once. Late and
    /// repeated updates change nothing, and unknown messages are skipped. Returns how many
    /// messages changed.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing is recorded, and the call may be retried.
    pub async fn record(&self, news: &[DeliveryNews]) -> Result<u64, DatabaseError> {
        let mut news: Vec<&DeliveryNews> = news.iter().collect();
        // All statements lock rows in the order of their ids.
        news.sort_unstable_by_key(|one| one.message_id);
        let ids: Vec<Option<Uuid>> = news
            .iter()
            .map(|one| one.message_id.map(Uuid::from))
            .collect();
        let sids: Vec<&str> = news.iter().map(|one| one.sid.as_str()).collect();
        let words: Vec<&str> = news.iter().map(|one| one.status.as_str()).collect();
        let reasons: Vec<Option<&str>> = news.iter().map(|one| one.reason).collect();
        let codes: Vec<Option<i32>> = news.iter().map(|one| one.error_code).collect();
        let texts: Vec<Option<&str>> = news
            .iter()
            .map(|one| one.error_message.as_deref())
            .collect();
        let suppressed: Vec<bool> = news.iter().map(|one| one.suppress).collect();
        let changed = sqlx::query_scalar!(
            "select private.record_deliveries($1, $2, $3, $4, $5, $6, $7)",
            &ids as &[Option<Uuid>],
            &sids as &[&str],
            &words as &[&str],
            &reasons as &[Option<&str>],
            &codes as &[Option<i32>],
            &texts as &[Option<&str>],
            &suppressed,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(changed.map_or(0, |changed| u64::try_from(changed).unwrap_or_default()))
    }
}
