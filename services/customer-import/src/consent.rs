//! What a file says about consent to texts: which headers speak of it, and what their cells mean.
//!
//! Every shop and CRM has its own words, so headers are read by the words in them and not by a list.

/// What a header speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Whether somebody may be texted.
    Verdict(Says),
    /// When that was said.
    At,
    /// Where, or how.
    Source,
}

/// What a plain "yes" in a column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// May be texted.
    Consent,
    /// Must not be texted.
    OptOut,
    /// One of these: `Opt-in/Opt-out`. A plain "yes" or "no" says nothing clear there.
    Either,
}

impl Says {
    /// What a mapping and a report call such a column.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Consent | Self::Either => "consent",
            Self::OptOut => "opt_out",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Consent, Self::OptOut]
            .into_iter()
            .find(|says| says.as_str() == text)
    }
}

/// A header's meaning, and whether it names texts: one that does is believed before one that doesn't.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spoken {
    pub(crate) meaning: Meaning,
    pub(crate) names_texts: bool,
}

/// What says that somebody must not be texted, in a header without its spaces.
const OPT_OUT: [&str; 22] = [
    "optout",
    "optsout",
    "optedout",
    "unsubscri",
    "donottext",
    "donotsms",
    "donotcontact",
    "donotcall",
    "donotmessage",
    "donotdisturb",
    "donotsend",
    "donttext",
    "dontcontact",
    "nosms",
    "notexts",
    "blacklist",
    "blocklist",
    "blocked",
    "suppress",
    "revoked",
    "smsstop",
    "stopsms",
];
/// Abbreviations of the same: do not text, contact, disturb.
const OPT_OUT_WORDS: [&str; 3] = ["dnt", "dnc", "dnd"];
/// What says that somebody may be.
const CONSENT: [&str; 18] = [
    "consent",
    "optin",
    "optsin",
    "optedin",
    "subscri",
    "permission",
    "permitted",
    "accept",
    "agree",
    "allow",
    "receive",
    "oktotext",
    "oktosms",
    "oktosend",
    "cantext",
    "maytext",
    "textme",
    "wantstext",
];
/// Headers that don't name texts and are believed all the same, where no other column does. `Accepts
/// Marketing` is none: shops mean e-mail by it.
const GENERAL_CONSENT: [&str; 19] = [
    "consent",
    "consented",
    "consentgiven",
    "consentstatus",
    "hasconsent",
    "hasconsented",
    "givenconsent",
    "optin",
    "optedin",
    "optinstatus",
    "isoptedin",
    "hasoptedin",
    "marketingconsent",
    "marketingoptin",
    "marketingpermission",
    "subscribed",
    "issubscribed",
    "isconsented",
    "consenttomarketing",
];
/// Other channels than texts.
const OTHER_CHANNELS: [&str; 21] = [
    "mail",
    "newsletter",
    "newsletters",
    "fax",
    "postal",
    "letter",
    "letters",
    "push",
    "whatsapp",
    "viber",
    "messenger",
    "voice",
    "calls",
    "cookie",
    "cookies",
    "gdpr",
    "privacy",
    "terms",
    "photo",
    "medical",
    "treatment",
];
/// What makes a header speak of the time.
const TIMES: [&str; 11] = [
    "date",
    "time",
    "timestamp",
    "datetime",
    "when",
    "since",
    "day",
    "updated",
    "changed",
    "utc",
    "ts",
];
/// The same as the last word; elsewhere they mean "on file", "at this number".
const TIMES_AT_THE_END: [&str; 2] = ["at", "on"];
const SOURCES: [&str; 6] = ["source", "method", "origin", "form", "channel", "how"];
/// What makes a header speak of something else.
const OTHER_THINGS: [&str; 26] = [
    "level", "url", "link", "ip", "language", "wording", "version", "type", "id", "count",
    "keyword", "reason", "notes", "note", "code", "campaign", "page", "plan", "price", "provider",
    "carrier", "tier", "amount", "renewal", "expires", "end",
];
/// The same, unless the header says all the same what is asked: "On Do Not Text List", "Phone Number Opt Out".
const PERHAPS_OTHER_THINGS: [&str; 5] = ["by", "number", "list", "lists", "name"];

/// What a header says about consent to texts, if anything.
pub(crate) fn spoken_by(header: &str) -> Option<Spoken> {
    let words = words(header);
    let joined = words.concat();
    let word = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let stem = |known: &[&str]| known.iter().any(|stem| joined.contains(stem));

    let says_texts = stem(&["sms", "texting", "textmessag", "textmarketing", "textopt"])
        || word(&["text", "texts", "txt", "mms"])
        || stem(&[
            "donottext",
            "donttext",
            "notexts",
            "totext",
            "cantext",
            "maytext",
        ]);
    if !says_texts && (joined.contains("email") || word(&OTHER_CHANNELS)) {
        return None;
    }
    let names_texts = says_texts || word(&["mobile", "phone", "cell"]);

    // "opt-in" and "opt-out" share a word in headers such as "Opt In/Out".
    let out = stem(&OPT_OUT)
        || word(&OPT_OUT_WORDS)
        || (word(&["no"]) && says_texts)
        || (joined.contains("optinout") || joined.contains("optedinout"));
    let consent = stem(&["optin", "optedin"])
        || (!out
            && (stem(&CONSENT)
                || (says_texts
                    && word(&[
                        "status",
                        "state",
                        "marketing",
                        "enabled",
                        "opt",
                        "optstatus",
                    ]))));
    if !out && !consent {
        return None;
    }
    let is_plain = out
        || (names_texts
            && stem(&[
                "optin",
                "optedin",
                "consent",
                "agree",
                "receive",
                "subscribed",
            ]));
    if word(&OTHER_THINGS) || (word(&PERHAPS_OTHER_THINGS) && !is_plain) {
        return None;
    }
    let is_time = word(&TIMES)
        || words
            .last()
            .is_some_and(|last| TIMES_AT_THE_END.contains(&last.as_str()))
        || ["date", "timestamp"]
            .iter()
            .any(|end| joined.ends_with(end));
    let general = consent && !names_texts;
    let meaning = if out && consent {
        Meaning::Verdict(Says::Either)
    } else if out && word(&SOURCES) {
        return None;
    } else if out {
        // The date of an opt-out is one.
        Meaning::Verdict(Says::OptOut)
    } else if is_time {
        Meaning::At
    } else if word(&SOURCES) {
        Meaning::Source
    } else {
        Meaning::Verdict(Says::Consent)
    };
    let believed = match meaning {
        Meaning::Verdict(Says::Consent) => !general || GENERAL_CONSENT.contains(&joined.as_str()),
        Meaning::At | Meaning::Source => !general || stem(&["consent", "optin", "optedin"]),
        Meaning::Verdict(_) => true,
    };
    believed.then_some(Spoken {
        meaning,
        names_texts,
    })
}

/// The words of a header in lower case: `smsOptIn`, `SMS_OPT_IN` and `SMS Opt-In` have the same.
fn words(header: &str) -> Vec<String> {
    let chars: Vec<char> = header.trim().chars().collect();
    let mut words = vec![String::new()];
    for (index, &c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| chars[before]);
        let after = chars.get(index + 1).copied();
        let begins_word = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || (before.is_uppercase() && after.is_some_and(char::is_lowercase))
            });
        // An apostrophe is inside a word: "don't".
        if c == '\'' || c == '’' {
            continue;
        }
        if !c.is_alphanumeric() || begins_word {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests;
