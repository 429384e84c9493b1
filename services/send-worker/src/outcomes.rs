//! Maps Twilio's answers to recorded outcomes.

use std::time::Duration;

use rows_as_service::sending::MessageOutcome;
use twilio::{Consequence, ErrorMeaning, Outcome, UnknownReason};

/// What to do after one answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What to record; `None` for a message in doubt.
    pub record: Option<MessageOutcome>,
    /// How the sender is held.
    pub hold: Option<Hold>,
    /// Whether Twilio works: it took the message, or refused it for itself.
    pub works: bool,
}

/// How long a sender waits: twice as long each time in a row, from `base` to `longest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// A stable code.
    pub reason: &'static str,
    /// The first time.
    pub base: Duration,
    /// At most.
    pub longest: Duration,
}

const LONGEST: Duration = Duration::from_secs(30);
/// Twilio's limiter often has room a moment later, and asks for growing pauses otherwise.
const BRIEFLY: Duration = Duration::from_millis(100);

/// Twilio's own limiter, and full queues.
const fn throttled(base: Duration) -> Hold {
    Hold {
        reason: "throttled",
        base,
        longest: LONGEST,
    }
}

/// Twilio can't be reached, or answers without deciding.
pub const UNREACHABLE: Hold = Hold {
    reason: "twilio_unreachable",
    base: Duration::from_millis(500),
    longest: LONGEST,
};
const ACCOUNT: Hold = Hold {
    reason: "account_refused",
    base: Duration::from_secs(1),
    longest: LONGEST,
};
/// A daily cap resets at midnight; trying every hour costs nothing.
const DAILY_LIMIT: Hold = Hold {
    reason: "daily_limit",
    base: Duration::from_hours(1),
    longest: Duration::from_hours(1),
};
const QUIET_HOURS: Duration = Duration::from_hours(1);

impl Verdict {
    pub const fn released() -> Self {
        Self {
            record: Some(MessageOutcome::Released {
                retry_after: Duration::ZERO,
                reason: None,
            }),
            hold: None,
            works: false,
        }
    }

    const fn held(hold: Hold) -> Self {
        Self {
            record: Some(MessageOutcome::Released {
                retry_after: Duration::ZERO,
                reason: Some(hold.reason),
            }),
            hold: Some(hold),
            works: false,
        }
    }

    /// Evaluates `outcome`.
    pub fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Accepted { sid, .. } => Self {
                record: Some(MessageOutcome::Sent { sid }),
                hold: None,
                works: true,
            },
            Outcome::Refused { code, meaning } => Self::of_refusal(code, meaning),
            Outcome::Throttled { retry_after } => Self::held(throttled(
                retry_after.map_or(BRIEFLY, |asked| asked.min(LONGEST)),
            )),
            Outcome::NotSent => Self::held(UNREACHABLE),
            Outcome::Unknown { reason } => {
                tracing::warn!(%reason, "sending.in_doubt");
                Self {
                    record: None,
                    // A 429 of somebody in between asks for patience as well.
                    hold: (reason == UnknownReason::Status(429))
                        .then_some(throttled(Duration::from_secs(1))),
                    works: false,
                }
            }
        }
    }

    fn of_refusal(code: Option<u32>, meaning: &ErrorMeaning) -> Self {
        let suppress = match meaning.consequence {
            Consequence::HoldBriefly => return Self::held(throttled(BRIEFLY)),
            Consequence::HoldAnHour => return Self::held(DAILY_LIMIT),
            Consequence::HoldUntilItWorks => return Self::held(ACCOUNT),
            Consequence::RetryLater => {
                return Self {
                    record: Some(MessageOutcome::Released {
                        retry_after: QUIET_HOURS,
                        reason: Some(meaning.class.reason()),
                    }),
                    hold: None,
                    works: true,
                };
            }
            // The client maps these to `Outcome::Unknown`; any other case stays in doubt.
            Consequence::Reconcile => {
                return Self {
                    record: None,
                    hold: None,
                    works: false,
                };
            }
            Consequence::Fail => false,
            Consequence::SuppressRecipient => true,
        };
        Self {
            record: Some(MessageOutcome::Failed {
                reason: meaning.class.reason(),
                error_code: code.and_then(|code| i32::try_from(code).ok()),
                error_message: meaning.text.to_owned(),
                suppress,
            }),
            hold: None,
            works: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: u32) -> Verdict {
        Verdict::of(Outcome::Refused {
            code: Some(code),
            meaning: ErrorMeaning::of(code),
        })
    }

    #[test]
    fn an_unknown_outcome_is_never_recorded_nor_repeated() {
        let verdict = Verdict::of(Outcome::Unknown {
            reason: UnknownReason::Timeout,
        });
        assert_eq!(verdict.record, None);
    }

    #[test]
    fn trouble_of_the_account_or_the_network_holds_the_sender_and_fails_nothing() {
        for verdict in [
            Verdict::of(Outcome::NotSent),
            Verdict::of(Outcome::Throttled { retry_after: None }),
            refusal(20003),
            refusal(30002),
            refusal(21611),
            refusal(63038),
        ] {
            assert!(matches!(
                verdict.record,
                Some(MessageOutcome::Released { .. })
            ));
            assert!(verdict.hold.is_some());
        }
    }

    #[test]
    fn trouble_of_one_recipient_fails_or_waits_alone() {
        for code in [21602, 21606, 21610, 21617, 21659, 30034] {
            let verdict = refusal(code);
            assert!(matches!(
                verdict.record,
                Some(MessageOutcome::Failed { .. })
            ));
            assert_eq!(verdict.hold, None);
        }
        let quiet = refusal(30610);
        assert!(matches!(
            quiet.record,
            Some(MessageOutcome::Released { retry_after, .. }) if retry_after == QUIET_HOURS
        ));
        assert_eq!(quiet.hold, None);
    }
}
