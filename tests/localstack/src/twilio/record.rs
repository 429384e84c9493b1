//! One message as stored by the stand-in.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

/// Statuses of an outbound message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Accepted,
    Queued,
    Sent,
    Delivered,
    Undelivered,
    Failed,
    Canceled,
}

impl Status {
    pub(super) const ALL: [Self; 7] = [
        Self::Accepted,
        Self::Queued,
        Self::Sent,
        Self::Delivered,
        Self::Undelivered,
        Self::Failed,
        Self::Canceled,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// The next one on the way to `error_code` (0: delivery).
    pub(super) const fn next(self, error_code: u32) -> Option<Self> {
        match self {
            Self::Accepted => Some(Self::Queued),
            Self::Queued if never_leaves(error_code) => Some(Self::Failed),
            Self::Queued => Some(Self::Sent),
            Self::Sent if error_code == 0 => Some(Self::Delivered),
            Self::Sent => Some(Self::Undelivered),
            Self::Delivered | Self::Undelivered | Self::Failed | Self::Canceled => None,
        }
    }
}

/// Errors of Twilio's own, before any carrier has the message.
const fn never_leaves(error_code: u32) -> bool {
    matches!(
        error_code,
        30001 | 30002 | 30017..=30024 | 30027 | 30036 | 30410 | 30610 | 30640
    )
}

/// One message. A million of them must fit, so texts are boxed and the sid follows from the index.
pub(super) struct Record {
    pub to: Box<str>,
    pub from: Option<Box<str>>,
    pub service: Option<Box<str>>,
    pub body: Box<str>,
    pub callback: Option<Box<str>>,
    /// When its create request came in.
    pub requested: DateTime<Utc>,
    pub created: DateTime<Utc>,
    pub updated: DateTime<Utc>,
    pub sent: Option<DateTime<Utc>>,
    /// The previous message to the same recipient.
    pub previous: Option<u32>,
    /// Its final error code; shown only once it has ended.
    pub ends_with: u32,
    pub segments: u16,
    pub status: Status,
}

impl Record {
    /// The error code to show: none before the message has failed.
    pub(super) fn error_code(&self) -> Option<u32> {
        (matches!(self.status, Status::Undelivered | Status::Failed) && self.ends_with != 0)
            .then_some(self.ends_with)
    }

    /// Twilio's message resource.
    pub(super) fn resource(&self, account_sid: &str, sid: &str) -> Value {
        let uri = format!("/2010-04-01/Accounts/{account_sid}/Messages/{sid}");
        json!({
            "account_sid": account_sid,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": rfc_2822(self.created),
            "date_sent": self.sent.map(rfc_2822),
            "date_updated": rfc_2822(self.updated),
            "direction": "outbound-api",
            "error_code": self.error_code(),
            "error_message": null,
            "from": self.from,
            "messaging_service_sid": self.service,
            "num_media": "0",
            "num_segments": self.segments.to_string(),
            "price": null,
            "price_unit": "USD",
            "sid": sid,
            "status": self.status,
            "subresource_uris": {"media": format!("{uri}/Media.json")},
            "to": self.to,
            "uri": format!("{uri}.json"),
        })
    }
}

fn rfc_2822(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
