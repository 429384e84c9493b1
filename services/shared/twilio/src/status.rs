//! A message's status at Twilio.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// A message's status at Twilio. Twilio adds values unannounced, so unknown ones are kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum MessageStatus {
    /// Accepted by a messaging service that has not chosen the sending number yet.
    Accepted,
    /// Waiting for its `SendAt`.
    Scheduled,
    /// Queued for the sending number.
    Queued,
    /// Being passed to the carrier.
    Sending,
    /// Accepted by the carrier; some carriers report nothing further.
    Sent,
    /// Delivered, according to the carrier.
    Delivered,
    /// Read by the recipient (not SMS).
    Read,
    /// Delivered to some recipients of a group.
    PartiallyDelivered,
    /// Accepted by the carrier but not delivered.
    Undelivered,
    /// Never left Twilio.
    Failed,
    /// Cancelled before it was sent.
    Canceled,
    /// An inbound message on its way to us.
    Receiving,
    /// An inbound message.
    Received,
    /// An unknown value.
    Other(String),
}

impl MessageStatus {
    /// Parses Twilio's value; never fails.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "accepted" => Self::Accepted,
            "scheduled" => Self::Scheduled,
            "queued" => Self::Queued,
            "sending" => Self::Sending,
            "sent" => Self::Sent,
            "delivered" => Self::Delivered,
            "read" => Self::Read,
            "partially_delivered" => Self::PartiallyDelivered,
            "undelivered" => Self::Undelivered,
            "failed" => Self::Failed,
            "canceled" => Self::Canceled,
            "receiving" => Self::Receiving,
            "received" => Self::Received,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Twilio's value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Accepted => "accepted",
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::PartiallyDelivered => "partially_delivered",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Receiving => "receiving",
            Self::Received => "received",
            Self::Other(word) => word,
        }
    }

    /// Whether the message has reached the recipient, one of several at least.
    #[must_use]
    pub const fn is_delivery(&self) -> bool {
        matches!(
            self,
            Self::Delivered | Self::Read | Self::PartiallyDelivered
        )
    }

    /// Whether the message will never reach the recipient.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        matches!(self, Self::Undelivered | Self::Failed | Self::Canceled)
    }
}

impl fmt::Display for MessageStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for MessageStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;
        impl serde::de::Visitor<'_> for Word {
            type Value = MessageStatus;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a message status")
            }
            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<MessageStatus, E> {
                Ok(MessageStatus::parse(word))
            }
        }
        deserializer.deserialize_str(Word)
    }
}

#[cfg(test)]
mod tests {
    use super::MessageStatus;

    #[test]
    fn an_unknown_status_is_kept_as_it_came() {
        let status = MessageStatus::parse("teleported");
        assert_eq!(status.as_str(), "teleported");
    }
}
