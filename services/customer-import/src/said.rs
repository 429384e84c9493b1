//! What the cell of a column about consent says.

use crate::consent::Says;

/// What a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// May be texted.
    Yes,
    /// Must not be texted.
    No,
    /// Neither.
    Nothing,
}

/// A "yes" in the sense of the header: in a column of opt-outs it says that somebody opted out.
const BARE_YES: [&str; 23] = [
    "yes",
    "y",
    "true",
    "t",
    "1",
    "10",
    "x",
    "on",
    "ok",
    "checked",
    "si",
    "sí",
    "given",
    "granted",
    "accepted",
    "accepts",
    "agreed",
    "allowed",
    "confirmed",
    "approved",
    "active",
    "enabled",
    "set",
];
/// A "no" in the sense of the header.
const BARE_NO: [&str; 18] = [
    "no",
    "n",
    "false",
    "f",
    "0",
    "00",
    "off",
    "unchecked",
    "declined",
    "denied",
    "refused",
    "rejected",
    "notgiven",
    "notgranted",
    "notaccepted",
    "notallowed",
    "inactive",
    "disabled",
];
/// What means "may be texted" under any header.
const CLEAR_YES: [&str; 21] = [
    "subscribed",
    "subscriber",
    "subscribe",
    "optedin",
    "optin",
    "optsin",
    "singleoptin",
    "doubleoptin",
    "confirmedoptin",
    "singleoptedin",
    "doubleoptedin",
    "explicitoptin",
    "consented",
    "consent",
    "consentgiven",
    "hasconsent",
    "explicit",
    "express",
    "expresswritten",
    "expresswrittenconsent",
    "oktotext",
];
/// What means "must not be texted" under any header.
const CLEAR_NO: [&str; 32] = [
    "unsubscribed",
    "unsubscribe",
    "unsub",
    "neversubscribed",
    "notsubscribed",
    "nonsubscribed",
    "nonsubscriber",
    "optedout",
    "optout",
    "optsout",
    "notoptedin",
    "neveroptedin",
    "noconsent",
    "notconsented",
    "consentrevoked",
    "consentwithdrawn",
    "revoked",
    "withdrawn",
    "stop",
    "stopped",
    "stopall",
    "quit",
    "blocked",
    "blacklisted",
    "suppressed",
    "donottext",
    "donttext",
    "donotcontact",
    "donotdisturb",
    "dnt",
    "dnc",
    "dnd",
];
const NOTHING: [&str; 14] = [
    "",
    "na",
    "none",
    "null",
    "nil",
    "unknown",
    "notset",
    "unset",
    "notspecified",
    "unspecified",
    "notprovided",
    "notasked",
    "blank",
    "undefined",
];
/// Channels, where a cell lists those that somebody agreed to.
const CHANNELS: [&str; 15] = [
    "sms", "mms", "text", "texts", "mobile", "email", "emails", "mail", "web", "push", "phone",
    "call", "calls", "whatsapp", "and",
];
const TEXT_CHANNELS: [&str; 5] = ["sms", "mms", "text", "texts", "mobile"];

/// Reads a cell under a header that says `says`. `None` where its words are not known.
pub(crate) fn read(says: Says, cell: &str) -> Option<Said> {
    let word = plain(cell);
    let is = |known: &[&str]| known.contains(&word.as_str());
    if is(&CLEAR_NO) {
        return Some(Said::No);
    }
    if is(&CLEAR_YES) {
        return Some(Said::Yes);
    }
    if is(&NOTHING) {
        return Some(Said::Nothing);
    }
    let bare_yes = is(&BARE_YES);
    match says {
        Says::Consent if bare_yes => Some(Said::Yes),
        Says::Consent if is(&BARE_NO) => Some(Said::No),
        Says::OptOut if bare_yes => Some(Said::No),
        // Who has not opted out has not agreed to anything either.
        Says::OptOut if is(&BARE_NO) => Some(Said::Nothing),
        // A list of channels is a "yes" where it holds texts.
        Says::Consent | Says::OptOut => agreed_channels(cell).map(|texts| match (texts, says) {
            (false, _) => Said::Nothing,
            (true, Says::OptOut) => Said::No,
            (true, _) => Said::Yes,
        }),
        Says::Either => None,
    }
}

/// Whether a status says that somebody asked not to be texted. Who is only inactive did not.
pub(crate) fn is_no(status: &str) -> bool {
    CLEAR_NO.contains(&plain(status).as_str())
}

/// Whether a cell stands for nothing: `N/A`, `-`, `unknown`.
pub(crate) fn says_nothing(cell: &str) -> bool {
    NOTHING.contains(&plain(cell).as_str())
}

/// Whether a list of channels, such as `email, sms` or `["email"]`, holds texts. `None` for anything else.
fn agreed_channels(cell: &str) -> Option<bool> {
    let words: Vec<String> = cell
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let known = |word: &String| CHANNELS.contains(&word.as_str());
    (!words.is_empty() && words.iter().all(known)).then(|| {
        words
            .iter()
            .any(|word| TEXT_CHANNELS.contains(&word.as_str()))
    })
}

/// Letters and digits in lower case; ticks and crosses as words.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        match c {
            '✓' | '✔' | '☑' | '✅' => plain.push_str("yes"),
            '✗' | '✘' | '☒' | '❌' | '☐' => plain.push_str("no"),
            c if c.is_alphanumeric() => plain.extend(c.to_lowercase()),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_is_read_in_the_sense_of_its_header() {
        for (cell, consent, opt_out) in [
            ("yes", Some(Said::Yes), Some(Said::No)),
            ("TRUE", Some(Said::Yes), Some(Said::No)),
            ("1", Some(Said::Yes), Some(Said::No)),
            ("1.0", Some(Said::Yes), Some(Said::No)),
            ("x", Some(Said::Yes), Some(Said::No)),
            ("✓", Some(Said::Yes), Some(Said::No)),
            ("no", Some(Said::No), Some(Said::Nothing)),
            ("False", Some(Said::No), Some(Said::Nothing)),
            ("0", Some(Said::No), Some(Said::Nothing)),
            ("declined", Some(Said::No), Some(Said::Nothing)),
            // These say what they say under any header.
            ("Subscribed", Some(Said::Yes), Some(Said::Yes)),
            ("opted-in", Some(Said::Yes), Some(Said::Yes)),
            ("DOUBLE_OPT_IN", Some(Said::Yes), Some(Said::Yes)),
            ("Unsubscribed", Some(Said::No), Some(Said::No)),
            ("Never subscribed", Some(Said::No), Some(Said::No)),
            ("NOT_SUBSCRIBED", Some(Said::No), Some(Said::No)),
            ("opted out", Some(Said::No), Some(Said::No)),
            ("STOP", Some(Said::No), Some(Said::No)),
            // Nothing said.
            ("", Some(Said::Nothing), Some(Said::Nothing)),
            ("-", Some(Said::Nothing), Some(Said::Nothing)),
            ("N/A", Some(Said::Nothing), Some(Said::Nothing)),
            ("unknown", Some(Said::Nothing), Some(Said::Nothing)),
            // Channels.
            ("[\"email\",\"sms\"]", Some(Said::Yes), Some(Said::No)),
            ("email", Some(Said::Nothing), Some(Said::Nothing)),
            // Asked about.
            ("maybe", None, None),
            ("pending", None, None),
            ("yes, but only on Sundays", None, None),
        ] {
            assert_eq!(read(Says::Consent, cell), consent, "{cell}");
            assert_eq!(read(Says::OptOut, cell), opt_out, "{cell}");
        }
        assert_eq!(read(Says::Either, "yes"), None);
        assert_eq!(read(Says::Either, "Opt-In"), Some(Said::Yes));
        assert_eq!(read(Says::Either, "Opt-Out"), Some(Said::No));
    }

    #[test]
    fn an_inactive_customer_has_not_said_no() {
        for status in [
            "Unsubscribed",
            "opted out",
            "Opt-Out",
            "STOP",
            "do not text",
        ] {
            assert!(is_no(status), "{status}");
        }
        for status in ["inactive", "no", "active", "Lead", ""] {
            assert!(!is_no(status), "{status}");
        }
    }
}
