//! The outcome of a create request.

use std::time::Duration;

use serde::Deserialize;

use crate::{Consequence, ErrorMeaning, MessageStatus};

/// The outcome of a create request, which decides whether it may be retried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Twilio has the message.
    Accepted {
        /// Twilio's id.
        sid: String,
        /// Its first status.
        status: MessageStatus,
        /// Billed segments; 0 until a messaging service has chosen the sender.
        segments: u16,
        /// The account's concurrent requests at Twilio (`Twilio-Concurrent-Requests`).
        concurrent_requests: Option<u32>,
    },
    /// Twilio refused it and does not have it.
    Refused {
        /// Twilio's error code, if the body has one.
        code: Option<u32>,
        /// What the code means, and its consequence.
        meaning: &'static ErrorMeaning,
    },
    /// Error 20429: provably not processed, safe to retry later.
    Throttled {
        /// How long Twilio asks to wait, if it says.
        retry_after: Option<Duration>,
    },
    /// Nothing was sent: safe to retry.
    NotSent,
    /// Twilio may have it: reconcile, never retry blindly.
    Unknown {
        /// Why it is in doubt.
        reason: UnknownReason,
    },
}

/// Why a create request is in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownReason {
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke before the answer was complete.
    #[error("the connection broke")]
    BrokenConnection,
    /// A 5xx, a 408, a redirect, or a 429 that is not clearly from Twilio's own limiter.
    #[error("HTTP status {0}")]
    Status(u16),
    /// A success without the message's id.
    #[error("a success without a sid")]
    UnreadableAnswer,
}

#[derive(Deserialize)]
struct Created<'a> {
    #[serde(borrow)]
    sid: std::borrow::Cow<'a, str>,
    status: MessageStatus,
    #[serde(default, borrow)]
    num_segments: Option<std::borrow::Cow<'a, str>>,
}

#[derive(Deserialize)]
struct ErrorBody {
    code: u32,
}

/// The code in an error's body, if it is one of Twilio's.
pub(crate) fn error_code(body: &[u8]) -> Option<u32> {
    serde_json::from_slice::<ErrorBody>(body)
        .ok()
        .map(|body| body.code)
}

impl Outcome {
    /// Classifies a complete answer.
    pub(crate) fn of_answer(
        http_status: u16,
        retry_after: Option<Duration>,
        concurrent_requests: Option<u32>,
        body: &[u8],
    ) -> Self {
        match http_status {
            200..=299 => match serde_json::from_slice::<Created<'_>>(body) {
                Ok(created) if !created.sid.is_empty() => Self::Accepted {
                    sid: created.sid.into_owned(),
                    status: created.status,
                    segments: created
                        .num_segments
                        .and_then(|digits| digits.parse().ok())
                        .unwrap_or(0),
                    concurrent_requests,
                },
                _ => Self::Unknown {
                    reason: UnknownReason::UnreadableAnswer,
                },
            },
            400..=499 if http_status != 408 => {
                let code = error_code(body);
                if code == Some(20429) {
                    return Self::Throttled { retry_after };
                }
                let meaning = ErrorMeaning::of_refusal(http_status, code);
                // A 429 from a proxy in between proves nothing about Twilio.
                if meaning.consequence == Consequence::Reconcile
                    || (http_status == 429 && code.is_none())
                {
                    return Self::Unknown {
                        reason: UnknownReason::Status(http_status),
                    };
                }
                Self::Refused { code, meaning }
            }
            _ => Self::Unknown {
                reason: UnknownReason::Status(http_status),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, UnknownReason};
    use crate::{ErrorClass, MessageStatus};

    fn answer(status: u16, body: &str) -> Outcome {
        Outcome::of_answer(status, None, None, body.as_bytes())
    }

    #[test]
    fn a_created_message_is_accepted() {
        let body = r#"{"sid":"SM00","status":"queued","num_segments":"2","error_code":null}"#;
        assert_eq!(
            answer(201, body),
            Outcome::Accepted {
                sid: "SM00".into(),
                status: MessageStatus::Queued,
                segments: 2,
                concurrent_requests: None
            }
        );
    }

    #[test]
    fn only_twilios_own_limiter_proves_that_nothing_was_processed() {
        assert_eq!(
            answer(429, r#"{"code":20429}"#),
            Outcome::Throttled { retry_after: None }
        );
        assert_eq!(
            answer(429, "slow down"),
            Outcome::Unknown {
                reason: UnknownReason::Status(429)
            }
        );
    }

    #[test]
    fn what_may_have_been_processed_is_in_doubt() {
        let unreadable = Outcome::Unknown {
            reason: UnknownReason::UnreadableAnswer,
        };
        assert_eq!(answer(201, "{}"), unreadable);
        assert_eq!(answer(200, "<html>"), unreadable);
        assert_eq!(answer(201, r#"{"sid":"","status":"queued"}"#), unreadable);
        for status in [302, 408, 500, 502, 503] {
            assert_eq!(
                answer(status, r#"{"code":20500}"#),
                Outcome::Unknown {
                    reason: UnknownReason::Status(status)
                }
            );
        }
        assert_eq!(
            answer(400, r#"{"code":30410}"#),
            Outcome::Unknown {
                reason: UnknownReason::Status(400)
            }
        );
    }

    #[test]
    fn a_refusal_carries_its_code_and_what_to_do() {
        for (status, body, code, class) in [
            (
                400,
                r#"{"code":21211}"#,
                Some(21211),
                ErrorClass::InvalidNumber,
            ),
            (400, r#"{"code":21610}"#, Some(21610), ErrorClass::OptedOut),
            (400, r#"{"code":99999}"#, Some(99999), ErrorClass::Other),
            (
                429,
                r#"{"code":21611}"#,
                Some(21611),
                ErrorClass::Congestion,
            ),
            (401, r#"{"code":20003}"#, Some(20003), ErrorClass::Account),
            (403, "", None, ErrorClass::Account),
            (418, "", None, ErrorClass::Other),
            (
                429,
                r#"{"code":99999}"#,
                Some(99999),
                ErrorClass::Congestion,
            ),
        ] {
            let Outcome::Refused {
                code: found,
                meaning,
            } = answer(status, body)
            else {
                panic!("{status} {body} is a refusal");
            };
            assert_eq!((found, meaning.class), (code, class));
        }
    }
}
