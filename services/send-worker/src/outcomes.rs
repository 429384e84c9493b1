//! From Twilio's answer to what is recorded.

use std::time::Duration;

use rows_as_service::sending::MessageOutcome;
use tokio::time::Instant;
use twilio::{ErrorClass, Outcome, error_text};

use crate::brake::Brake;

/// A queue at Twilio that is full needs longer than a limiter.
const CONGESTED: Duration = Duration::from_secs(5);
/// A day's cap opens again at midnight; asking every hour costs nothing.
const CAPPED: Duration = Duration::from_hours(1);
const UNREACHABLE: Duration = Duration::from_secs(1);

/// What one answer asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What is recorded; nothing for a message in doubt.
    pub record: Option<MessageOutcome>,
    /// How long this sender should not send.
    pub hold: Option<Duration>,
    /// Why the campaign can't go on: a stable code and a text.
    pub stop: Option<(&'static str, String)>,
}

impl Verdict {
    const fn record(outcome: MessageOutcome) -> Self {
        Self {
            record: Some(outcome),
            hold: None,
            stop: None,
        }
    }

    const fn again_after(hold: Duration) -> Self {
        Self {
            record: Some(MessageOutcome::Released),
            hold: Some(hold),
            stop: None,
        }
    }

    /// Judges `outcome`. Side effect: the brake learns from it.
    pub fn of(outcome: Outcome, brake: &Brake) -> Self {
        match outcome {
            Outcome::Accepted { sid, .. } => {
                brake.answered();
                Self::record(MessageOutcome::Sent { sid })
            }
            Outcome::Refused { code, class } => Self::of_refusal(code, class, brake),
            Outcome::Throttled { retry_after } => {
                Self::again_after(brake.throttled(retry_after, Instant::now()))
            }
            Outcome::NotSent => Self::again_after(brake.hold(UNREACHABLE, Instant::now())),
            Outcome::Unknown { reason } => {
                tracing::warn!(%reason, "sending.in_doubt");
                Self {
                    record: None,
                    hold: brake.unknown(Instant::now()),
                    stop: None,
                }
            }
        }
    }

    fn of_refusal(code: Option<u32>, class: ErrorClass, brake: &Brake) -> Self {
        match class {
            ErrorClass::Congestion => {
                return Self::again_after(brake.hold(CONGESTED, Instant::now()));
            }
            ErrorClass::DailyCap | ErrorClass::QuietHours => {
                return Self::again_after(brake.hold(CAPPED, Instant::now()));
            }
            _ => brake.answered(),
        }
        let text = code.and_then(error_text).map_or_else(
            || "Twilio refused this message.".to_owned(),
            ToOwned::to_owned,
        );
        let reason = match class {
            ErrorClass::Account => Some("twilio_account"),
            ErrorClass::BadContent => Some("message_refused"),
            ErrorClass::SenderMisconfigured => Some("sender_misconfigured"),
            ErrorClass::SenderUnregistered => Some("sender_unregistered"),
            _ => None,
        };
        Self {
            record: Some(MessageOutcome::Failed {
                error_code: code.and_then(|code| i32::try_from(code).ok()),
                error_message: text.clone(),
                suppress: class.suppresses_recipient(),
            }),
            hold: None,
            stop: reason.map(|reason| (reason, text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use twilio::UnknownReason;

    use super::*;

    fn verdict(outcome: Outcome) -> Verdict {
        Verdict::of(outcome, &Brake::default())
    }

    fn refusal(code: u32) -> Verdict {
        verdict(Outcome::Refused {
            code: Some(code),
            class: ErrorClass::of(code),
        })
    }

    #[test]
    fn an_unknown_outcome_is_never_recorded_nor_repeated() {
        let verdict = verdict(Outcome::Unknown {
            reason: UnknownReason::Timeout,
        });
        assert_eq!(verdict.record, None);
    }

    #[test]
    fn what_was_provably_not_taken_may_be_claimed_again() {
        for outcome in [Outcome::NotSent, Outcome::Throttled { retry_after: None }] {
            let verdict = verdict(outcome);
            assert_eq!(verdict.record, Some(MessageOutcome::Released));
            assert!(verdict.hold.is_some());
        }
        assert_eq!(refusal(21611).record, Some(MessageOutcome::Released));
    }

    #[test]
    fn an_opted_out_recipient_fails_and_is_suppressed_but_the_campaign_goes_on() {
        let verdict = refusal(21610);
        assert!(matches!(
            verdict.record,
            Some(MessageOutcome::Failed {
                error_code: Some(21610),
                suppress: true,
                ..
            })
        ));
        assert_eq!(verdict.stop, None);
    }

    #[test]
    fn credentials_content_and_sender_stop_the_campaign() {
        for (code, reason) in [
            (20003, "twilio_account"),
            (21617, "message_refused"),
            (21606, "sender_misconfigured"),
            (30034, "sender_unregistered"),
        ] {
            assert_eq!(refusal(code).stop.map(|(code, _)| code), Some(reason));
        }
    }
}
