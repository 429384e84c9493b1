//! Errors of read-only requests to Twilio.

use std::time::Duration;

/// Why a read-only request failed. Reading is harmless, so all but `Refused` may be retried.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Too many requests.
    #[error("throttled")]
    Throttled {
        /// How long Twilio asks to wait, if it says.
        retry_after: Option<Duration>,
    },
    /// Twilio refused.
    #[error("refused with HTTP status {http_status}, code {code:?}")]
    Refused {
        /// The HTTP status.
        http_status: u16,
        /// Twilio's error code, if the body has one.
        code: Option<u32>,
    },
    /// Twilio failed.
    #[error("failed with HTTP status {0}")]
    Failed(u16),
    /// No complete answer.
    #[error("no answer")]
    Transport(#[source] reqwest::Error),
    /// An answer in an unexpected format.
    #[error("the answer can't be read")]
    Unreadable(#[from] serde_json::Error),
    /// A page link to another origin: following it would leak the credentials.
    #[error("a page link leads away from Twilio")]
    ForeignLink,
}

impl RequestError {
    /// Whether a retry may succeed soon, and the request was not answered (and billed) yet.
    pub(crate) fn is_worth_repeating(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::Failed(_) => true,
            Self::Transport(error) => error.is_connect(),
            Self::Refused { .. } | Self::Unreadable(_) | Self::ForeignLink => false,
        }
    }

    /// Whether Twilio certainly billed nothing: the request never arrived, or was refused.
    #[must_use]
    pub fn is_unbilled(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::Refused { .. } => true,
            Self::Transport(error) => error.is_connect() || error.is_builder(),
            Self::Failed(_) | Self::Unreadable(_) | Self::ForeignLink => false,
        }
    }
}
