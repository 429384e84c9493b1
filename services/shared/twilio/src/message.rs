//! Messages: to send, and as stored by Twilio.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};

use crate::MessageStatus;

/// A message to send.
#[derive(Clone, Copy)]
pub struct CreateMessage<'a> {
    /// The sending number, E.164; this or a messaging service, or both.
    pub from: Option<&'a str>,
    /// The messaging service that picks the sending number.
    pub messaging_service_sid: Option<&'a str>,
    /// The recipient, E.164.
    pub to: &'a str,
    /// The text, 1 to 1,600 characters.
    pub body: &'a str,
    /// The URL for status callbacks, with our message's id in its query.
    pub status_callback: Option<&'a str>,
    /// Seconds that Twilio may queue the message before giving up, 1 to 36,000 (Twilio's default:
    /// ten hours, which reaches into the night). Values outside are clamped.
    pub validity_period: Option<u32>,
}

// Neither the number nor the text may be logged.
impl fmt::Debug for CreateMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateMessage")
            .field("validity_period", &self.validity_period)
            .finish_non_exhaustive()
    }
}

/// A message stored by Twilio.
#[derive(Clone, Deserialize)]
pub struct Message {
    /// Twilio's id, `SM` or `MM` and 32 hex digits.
    pub sid: String,
    /// Its status.
    pub status: MessageStatus,
    /// The recipient, E.164.
    pub to: String,
    /// The sending number; `None` until a messaging service has chosen it.
    pub from: Option<String>,
    /// The messaging service it was sent through.
    pub messaging_service_sid: Option<String>,
    /// The text.
    #[serde(default)]
    pub body: Option<String>,
    /// Why it failed.
    pub error_code: Option<u32>,
    /// Billed segments; 0 until a messaging service has chosen the sender.
    #[serde(default, deserialize_with = "number_in_string")]
    pub num_segments: u16,
    /// When Twilio accepted it.
    #[serde(default, deserialize_with = "rfc_2822")]
    pub date_created: Option<DateTime<Utc>>,
    /// When it was passed to the carrier.
    #[serde(default, deserialize_with = "rfc_2822")]
    pub date_sent: Option<DateTime<Utc>>,
    /// When its status last changed.
    #[serde(default, deserialize_with = "rfc_2822")]
    pub date_updated: Option<DateTime<Utc>>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("sid", &self.sid)
            .field("status", &self.status)
            .field("error_code", &self.error_code)
            .field("num_segments", &self.num_segments)
            .field("date_created", &self.date_created)
            .field("date_sent", &self.date_sent)
            .finish_non_exhaustive()
    }
}

/// One page of the list resource.
#[derive(Deserialize)]
pub(crate) struct MessagePage<M = Message> {
    pub messages: Vec<M>,
    pub next_page_uri: Option<String>,
}

fn number_in_string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0))
}

fn rfc_2822<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    Option::<String>::deserialize(deserializer)?
        .map(|date| DateTime::parse_from_rfc2822(&date).map(|date| date.with_timezone(&Utc)))
        .transpose()
        .map_err(serde::de::Error::custom)
}
