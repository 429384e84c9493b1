//! Twilio's error codes in words for the people whose campaign it is.

/// What a code means to the sender of a campaign, for those that campaigns meet.
#[must_use]
pub const fn error_text(code: u32) -> Option<&'static str> {
    Some(match code {
        21211 | 21614 | 21604 | 21265 | 21268 => "This is not a number that can receive messages.",
        21610 => "The recipient has opted out.",
        21408 => "The account may not send to this country.",
        21612 => "There is no route from this sender to this number.",
        21602 | 21619 => "The message has no text.",
        21617 => "The message is too long.",
        21620 | 21654..=21656 => "Twilio does not accept the message's content.",
        21603 | 21212 | 21606 | 21607 | 21659 | 21660 | 21701..=21705 => {
            "The sending number or messaging service is not set up to send this."
        }
        20003 => "Twilio refused the credentials.",
        20404 => "Twilio does not know the account.",
        30001 | 30017 | 30022 | 21611 | 20429 => "Too many messages at once.",
        30002 => "The Twilio account is suspended.",
        30003 => "The handset is switched off or out of reach.",
        30004 => "The recipient blocks messages from this sender.",
        30005 => "The number is unknown or no longer in service.",
        30006 => "This is a landline or a number that can't receive messages.",
        30007 => "The carrier filtered the message.",
        30008 => "The carrier could not deliver the message and does not say why.",
        30018 | 30024 | 30032..=30035 => "The sender is not registered with the carriers.",
        30023 | 30027 => "The day's limit of messages is used up.",
        30036 => "The message was not sent in time.",
        30610 => "The recipient's quiet hours.",
        30640 => "This number must not be texted.",
        _ => return None,
    })
}
