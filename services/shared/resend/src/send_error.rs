//! Why Resend did not confirm a mail, and what to do next.

use std::time::Duration;

use serde::Deserialize;

/// Which quota is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// The daily quota.
    Daily,
    /// The monthly quota.
    Monthly,
}

/// Why Resend did not confirm a mail. Source: Resend's API reference, "Errors".
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// More requests per second than the account may make.
    #[error("rate limit exceeded")]
    RateLimited {
        /// How long Resend asks to wait, if it says.
        retry_after: Option<Duration>,
    },
    /// The first request with this key is still running.
    #[error("a request with the same idempotency key is running")]
    ConcurrentRequest,
    /// The key was used within 24 hours for another mail: a bug, or a changed template.
    #[error("the idempotency key belongs to another mail")]
    IdempotencyMismatch,
    /// A quota is used up; retrying before it renews is useless.
    #[error("{0:?} quota exceeded")]
    QuotaExceeded(Quota),
    /// This mail is invalid, most often its recipient; a retry would fail too.
    #[error("refused as {name} with HTTP status {http_status}")]
    Refused {
        /// The HTTP status.
        http_status: u16,
        /// Resend's name of the error.
        name: String,
    },
    /// The key, its permissions, or the sending domain: no mail can be sent.
    #[error("credentials or sending address refused as {name} with HTTP status {http_status}")]
    Account {
        /// The HTTP status.
        http_status: u16,
        /// Resend's name of the error.
        name: String,
    },
    /// No connection: Resend does not have the mail.
    #[error("no connection")]
    Unreachable(#[source] reqwest::Error),
    /// Timeout or broken connection: Resend may have the mail.
    #[error("no complete answer")]
    NoAnswer(#[source] reqwest::Error),
    /// Resend failed, or answered a success without a mail id: it may have the mail.
    #[error("no usable answer, HTTP status {0}")]
    Unclear(u16),
}

/// What to do after a [`SendError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Retry with the **same** key, no sooner than after this time (`None`: use your own back-off).
    Repeat(Option<Duration>),
    /// Wait until the quota renews.
    AwaitQuota(Quota),
    /// Give this mail up.
    GiveUp,
    /// Give up nothing and send nothing: an operator has to fix the account.
    AwaitOperator,
}

impl SendError {
    /// What to do about it.
    #[must_use]
    pub const fn next_step(&self) -> NextStep {
        match self {
            Self::RateLimited { retry_after } => NextStep::Repeat(*retry_after),
            Self::ConcurrentRequest
            | Self::Unreachable(_)
            | Self::NoAnswer(_)
            | Self::Unclear(_) => NextStep::Repeat(None),
            Self::QuotaExceeded(quota) => NextStep::AwaitQuota(*quota),
            Self::IdempotencyMismatch | Self::Refused { .. } => NextStep::GiveUp,
            Self::Account { .. } => NextStep::AwaitOperator,
        }
    }

    /// A short stable name, for a database column or a metric.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "rate_limited",
            Self::ConcurrentRequest => "concurrent_request",
            Self::IdempotencyMismatch => "idempotency_mismatch",
            Self::QuotaExceeded(Quota::Daily) => "daily_quota_exceeded",
            Self::QuotaExceeded(Quota::Monthly) => "monthly_quota_exceeded",
            Self::Refused { .. } => "refused",
            Self::Account { .. } => "account",
            Self::Unreachable(_) => "unreachable",
            Self::NoAnswer(_) => "no_answer",
            Self::Unclear(_) => "unclear",
        }
    }

    /// Whether the key is good, but may only send mails.
    #[must_use]
    pub fn is_send_only_key(&self) -> bool {
        matches!(self, Self::Account { name, .. } if name == "restricted_api_key")
    }

    /// Classifies an error response.
    pub(crate) fn of_answer(http_status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Body {
            name: String,
        }
        let name = serde_json::from_slice::<Body>(body)
            .map(|body| body.name)
            .unwrap_or_default();
        match (http_status, name.as_str()) {
            (_, "daily_quota_exceeded") => Self::QuotaExceeded(Quota::Daily),
            (_, "monthly_quota_exceeded") => Self::QuotaExceeded(Quota::Monthly),
            (_, "concurrent_idempotent_requests") => Self::ConcurrentRequest,
            (_, "invalid_idempotent_request") => Self::IdempotencyMismatch,
            (429, _) => Self::RateLimited { retry_after },
            // 403 covers an unverified domain, 404 and 405 a wrong origin.
            (401 | 403 | 404 | 405, _)
            | (
                _,
                "missing_api_key"
                | "restricted_api_key"
                | "invalid_api_key"
                | "invalid_from_address"
                | "invalid_access"
                | "invalid_region",
            ) => Self::Account { http_status, name },
            (400..=499, _) if http_status != 408 => Self::Refused { http_status, name },
            _ => Self::Unclear(http_status),
        }
    }
}
