//! Twilio's error codes: one table of meaning, consequence and wording.

/// What a code is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// Not a number that can receive SMS.
    InvalidNumber,
    /// The recipient replied STOP.
    OptedOut,
    /// Blocked, unknown, a landline, or a known litigator.
    Unreachable,
    /// No route to the country, or no permission to send there.
    NoRoute,
    /// The handset is off.
    HandsetOff,
    /// The carrier gives no reason.
    CarrierUnknown,
    /// A rate limit or a full queue.
    Congestion,
    /// The daily cap is used up.
    DailyCap,
    /// Twilio does not know whether it accepted the message.
    OutcomeUnknown,
    /// The recipient's quiet hours.
    QuietHours,
    /// The text is not acceptable.
    BadContent,
    /// Filtered by the carrier.
    Filtered,
    /// The credentials or the account.
    Account,
    /// The sender is not set up to send this.
    SenderMisconfigured,
    /// The sender is not registered with the carriers.
    SenderUnregistered,
    /// A code that is not in this table.
    Other,
}

impl ErrorClass {
    /// The class as a stable code, for `campaign_messages.reason`.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::InvalidNumber => "invalid_number",
            Self::OptedOut => "opted_out",
            Self::Unreachable => "unreachable",
            Self::NoRoute => "no_route",
            Self::HandsetOff => "handset_off",
            Self::CarrierUnknown => "carrier_unknown",
            Self::Congestion => "congestion",
            Self::DailyCap => "daily_limit",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::QuietHours => "quiet_hours",
            Self::BadContent => "content_refused",
            Self::Filtered => "filtered",
            Self::Account => "account_refused",
            Self::SenderMisconfigured => "sender_misconfigured",
            Self::SenderUnregistered => "sender_unregistered",
            Self::Other => "refused",
        }
    }
}

/// What to do about a code. The worker and the callbacks act only on this. Nothing here ends a campaign:
/// one odd answer is about one recipient, and trouble of the account passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Consequence {
    /// The message has failed. Other recipients may succeed; too many failures pause the campaign.
    Fail,
    /// The message has failed, and no campaign texts its number again.
    SuppressRecipient,
    /// Twilio did not accept the message: it is released, and waits an hour. Others go on.
    RetryLater,
    /// Twilio did not accept the message: it is released, and its sender waits some seconds.
    HoldBriefly,
    /// Twilio did not accept the message: it is released, and its sender waits an hour.
    HoldAnHour,
    /// Twilio accepts nothing: the message is released, and its sender tries one at a time until it works.
    HoldUntilItWorks,
    /// Unknown whether Twilio accepted the message: look it up first.
    Reconcile,
}

impl Consequence {
    /// Whether no campaign may text the number again.
    #[must_use]
    pub const fn suppresses_recipient(self) -> bool {
        matches!(self, Self::SuppressRecipient)
    }
}

/// One row of the table: codes with the same meaning for us.
#[derive(Debug, PartialEq, Eq)]
pub struct ErrorMeaning {
    codes: &'static [u32],
    /// The codes' meaning.
    pub class: ErrorClass,
    /// The consequence.
    pub consequence: Consequence,
    /// The codes in words, for the campaign's owner.
    pub text: &'static str,
}

const fn line(
    codes: &'static [u32],
    class: ErrorClass,
    consequence: Consequence,
    text: &'static str,
) -> ErrorMeaning {
    ErrorMeaning {
        codes,
        class,
        consequence,
        text,
    }
}

static ACCOUNT: ErrorMeaning = line(
    &[20003],
    ErrorClass::Account,
    Consequence::HoldUntilItWorks,
    "Twilio refused the credentials.",
);
static THROTTLED: ErrorMeaning = line(
    &[],
    ErrorClass::Congestion,
    Consequence::HoldBriefly,
    "Too many messages at once.",
);
static OTHER: ErrorMeaning = line(
    &[],
    ErrorClass::Other,
    Consequence::Fail,
    "Twilio refused this message.",
);

/// Sources: Twilio's error dictionary, and experience.
#[rustfmt::skip]
static TABLE: [ErrorMeaning; 24] = {
    use Consequence::{Fail, HoldAnHour, HoldBriefly, HoldUntilItWorks, Reconcile, RetryLater, SuppressRecipient};
    use ErrorClass as Class;
    [
        line(&[21211, 21614, 21604, 21265, 21268], Class::InvalidNumber, SuppressRecipient, "This is not a number that can receive messages."),
        line(&[21610], Class::OptedOut, SuppressRecipient, "The recipient has opted out."),
        line(&[30004], Class::Unreachable, SuppressRecipient, "The recipient blocks messages from this sender."),
        line(&[30005], Class::Unreachable, SuppressRecipient, "The number is unknown or no longer in service."),
        line(&[30006], Class::Unreachable, SuppressRecipient, "This is a landline or a number that can't receive messages."),
        line(&[30640], Class::Unreachable, SuppressRecipient, "This number must not be texted."),
        line(&[21408], Class::NoRoute, Fail, "The account may not send to this country."),
        line(&[21612], Class::NoRoute, Fail, "There is no route from this sender to this number."),
        line(&[30003], Class::HandsetOff, Fail, "The handset is switched off or out of reach."),
        line(&[30007], Class::Filtered, Fail, "The carrier filtered the message."),
        line(&[30008], Class::CarrierUnknown, Fail, "The carrier could not deliver the message and does not say why."),
        line(&[20429, 21611, 30001, 30017, 30022], Class::Congestion, HoldBriefly, "Too many messages at once."),
        // One recipient's: a loop of replies with it, or traffic to it that looks like pumping. Others need not wait.
        line(&[14107, 30450], Class::Congestion, RetryLater, "Too many messages to this number at once."),
        line(&[30036], Class::Congestion, Fail, "The message was not sent in time."),
        line(&[30023, 30027, 63038], Class::DailyCap, HoldAnHour, "The daily message limit is used up."),
        line(&[30610, 30615], Class::QuietHours, RetryLater, "The recipient's quiet hours."),
        line(&[30410, 20500, 20503], Class::OutcomeUnknown, Reconcile, "Twilio does not say whether it accepted the message."),
        line(&[21602, 21619], Class::BadContent, Fail, "The message has no text."),
        line(&[21617], Class::BadContent, Fail, "The message is too long."),
        line(&[21620, 21654, 21655, 21656], Class::BadContent, Fail, "Twilio does not accept the message's content."),
        line(&[20404], Class::Account, HoldUntilItWorks, "Twilio does not know the account."),
        line(&[30002], Class::Account, HoldUntilItWorks, "The Twilio account is suspended."),
        line(&[21603, 21212, 21606, 21607, 21659, 21660, 21701, 21702, 21703, 21704, 21705], Class::SenderMisconfigured, Fail, "The sending number or messaging service is not set up to send this."),
        line(&[30018, 30024, 30032, 30033, 30034, 30035], Class::SenderUnregistered, Fail, "The sender is not registered with the carriers."),
    ]
};

impl ErrorMeaning {
    /// What a code means, whether it came with a refusal or with a later status.
    #[must_use]
    pub fn of(code: u32) -> &'static Self {
        TABLE
            .iter()
            .chain([&ACCOUNT])
            .find(|line| line.codes.contains(&code))
            .unwrap_or(&OTHER)
    }

    /// What a refusal means, by its code, or by its HTTP status if the body has no code.
    #[must_use]
    pub fn of_refusal(http_status: u16, code: Option<u32>) -> &'static Self {
        match (http_status, code) {
            // Whatever the code: refused credentials will be refused for every message.
            (401, _) | (403, None) => &ACCOUNT,
            // A 429 says "too many", whatever its code.
            (429, Some(code)) if Self::of(code).class == ErrorClass::Other => &THROTTLED,
            (_, Some(code)) => Self::of(code),
            (_, None) => &OTHER,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_stands_once_and_has_a_text() {
        let mut seen = HashSet::new();
        for line in TABLE.iter().chain([&ACCOUNT]) {
            assert!(line.text.ends_with('.'), "{line:?}");
            for code in line.codes {
                assert!(seen.insert(code), "{code} stands twice");
                assert_eq!(ErrorMeaning::of(*code), line);
            }
        }
    }

    #[test]
    fn what_is_about_one_recipient_does_not_hold_the_sender() {
        for code in [14107, 30450] {
            assert_eq!(ErrorMeaning::of(code).consequence, Consequence::RetryLater);
        }
    }

    #[test]
    fn an_unknown_code_fails_its_message_and_nothing_else() {
        assert_eq!(ErrorMeaning::of(99999).consequence, Consequence::Fail);
        assert_eq!(ErrorMeaning::of(99999).class, ErrorClass::Other);
    }
}
