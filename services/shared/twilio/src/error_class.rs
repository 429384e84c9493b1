//! What Twilio's error codes ask of a sender.

/// What an error code asks of a sender. Sources: Twilio's error dictionary, and practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// Not a number that can receive SMS: fail, and mark the customer inactive.
    InvalidNumber,
    /// The recipient replied STOP: suppress until START.
    OptedOut,
    /// Blocked, unknown, a landline, or a known litigator: suppress.
    Suppress,
    /// No route or permission for the country: fail; stop if many.
    NoRoute,
    /// Handset off: at most two more tries, hours apart.
    HandsetUnreachable,
    /// The carrier does not say: at most one more try, later.
    CarrierUnknown,
    /// A limit or a full queue: slow down and repeat.
    Congestion,
    /// The day's cap is used up: pause until midnight Pacific.
    DailyCap,
    /// Twilio can't say whether it took the message: reconcile before anything else.
    OutcomeUnknown,
    /// The recipient's quiet hours: reschedule.
    QuietHours,
    /// The text is not acceptable: stop the campaign.
    BadContent,
    /// Filtered by the carrier: pause the campaign past a threshold.
    Filtered,
    /// Credentials or the account: stop everything.
    Account,
    /// The sender is misconfigured: stop the campaign.
    SenderMisconfigured,
    /// The sender is not registered with the carriers: stop the campaign.
    SenderUnregistered,
    /// A code this code does not know: that recipient fails, without another try.
    Other,
}

impl ErrorClass {
    /// The class of a code, whether it came with a refusal or with a later status.
    #[must_use]
    pub const fn of(code: u32) -> Self {
        match code {
            21211 | 21614 | 21604 | 21265 | 21268 => Self::InvalidNumber,
            21610 => Self::OptedOut,
            30004 | 30005 | 30006 | 30640 => Self::Suppress,
            21612 | 21408 => Self::NoRoute,
            30003 => Self::HandsetUnreachable,
            30008 => Self::CarrierUnknown,
            30017 | 30022 | 20429 | 21611 | 30001 | 30036 => Self::Congestion,
            30023 | 30027 => Self::DailyCap,
            30410 | 20500 | 20503 => Self::OutcomeUnknown,
            30610 => Self::QuietHours,
            21602 | 21617 | 21619 | 21620 | 21654..=21656 => Self::BadContent,
            30007 => Self::Filtered,
            20003 | 20404 | 30002 => Self::Account,
            21603 | 21212 | 21606 | 21607 | 21659 | 21660 | 21701..=21705 => {
                Self::SenderMisconfigured
            }
            30018 | 30024 | 30032..=30035 => Self::SenderUnregistered,
            _ => Self::Other,
        }
    }

    /// The class of a refusal by its code, or by its HTTP status where the body names none.
    #[must_use]
    pub const fn of_refusal(http_status: u16, code: Option<u32>) -> Self {
        match (http_status, code) {
            // Whatever the code: credentials that are refused will be refused for everyone.
            (401, _) | (403, None) => Self::Account,
            (_, Some(code)) => Self::of(code),
            (_, None) => Self::Other,
        }
    }

    /// Whether no other message of any campaign can fare better.
    #[must_use]
    pub const fn stops_everything(self) -> bool {
        matches!(self, Self::Account)
    }

    /// Whether no other message of the same campaign can fare better.
    #[must_use]
    pub const fn stops_campaign(self) -> bool {
        matches!(
            self,
            Self::Account | Self::BadContent | Self::SenderMisconfigured | Self::SenderUnregistered
        )
    }

    /// Whether this number must not be tried again, in any campaign.
    #[must_use]
    pub const fn suppresses_recipient(self) -> bool {
        matches!(self, Self::InvalidNumber | Self::OptedOut | Self::Suppress)
    }
}
