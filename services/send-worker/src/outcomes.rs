//! Maps Twilio's answers to recorded outcomes.

use std::time::Duration;

use rows_as_service::sending::MessageOutcome;
use tokio::time::Instant;
use twilio::{Consequence, ErrorMeaning, Outcome};

use crate::brake::Brake;

/// A full queue at Twilio takes longer to clear than a rate limit.
const CONGESTED: Duration = Duration::from_secs(5);
/// A daily cap resets at midnight; trying every hour costs nothing.
const CAPPED: Duration = Duration::from_hours(1);
const UNREACHABLE: Duration = Duration::from_secs(1);

/// What to do after one answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What to record; `None` for a message in doubt.
    pub record: Option<MessageOutcome>,
    /// How long this sender must pause.
    pub hold: Option<Duration>,
    /// Why the campaign can't continue: a stable code and a text.
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

    /// Evaluates `outcome`. Side effect: updates the brake.
    pub fn of(outcome: Outcome, brake: &Brake) -> Self {
        match outcome {
            Outcome::Accepted { sid, .. } => {
                brake.answered();
                Self::record(MessageOutcome::Sent { sid })
            }
            Outcome::Refused { code, meaning } => Self::of_refusal(code, meaning, brake),
            Outcome::Throttled { retry_after } => {
                Self::again_after(brake.throttled(retry_after, Instant::now()))
            }
            Outcome::NotSent => Self::again_after(brake.hold(UNREACHABLE, Instant::now())),
            Outcome::Unknown { reason } => {
                tracing::warn!(%reason, "sending.in_doubt");
                Self::in_doubt(brake)
            }
        }
    }

    fn of_refusal(code: Option<u32>, meaning: &ErrorMeaning, brake: &Brake) -> Self {
        let (suppress, stop) = match meaning.consequence {
            Consequence::WaitBriefly => {
                return Self::again_after(brake.hold(CONGESTED, Instant::now()));
            }
            Consequence::WaitAnHour => {
                return Self::again_after(brake.hold(CAPPED, Instant::now()));
            }
            // The client maps these to `Outcome::Unknown`; any other case stays in doubt.
            Consequence::Reconcile => return Self::in_doubt(brake),
            Consequence::Fail => (false, None),
            Consequence::SuppressRecipient => (true, None),
            Consequence::StopCampaign(reason) => (false, Some((reason, meaning.text.to_owned()))),
        };
        brake.answered();
        Self {
            record: Some(MessageOutcome::Failed {
                error_code: code.and_then(|code| i32::try_from(code).ok()),
                error_message: meaning.text.to_owned(),
                suppress,
            }),
            hold: None,
            stop,
        }
    }

    fn in_doubt(brake: &Brake) -> Self {
        Self {
            record: None,
            hold: brake.unknown(Instant::now()),
            stop: None,
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
            meaning: ErrorMeaning::of(code),
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
