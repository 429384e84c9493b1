use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::visible::visible;

/// An e-mail address whose form is right; whether anybody reads it, only a mail can tell.
/// The part after `@` is in lower case; the part before is kept, as mail servers may tell cases apart.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

/// Why a text is no e-mail address. `as_str` is a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum EmailRejection {
    /// Nothing but blanks.
    #[error("the e-mail address is empty")]
    Empty,
    /// More than [`EmailAddress::MAX_CHARS`], or more than 64 before `@` (RFC 5321).
    #[error("the e-mail address is too long")]
    TooLong,
    /// No `@`, or nothing on one side of it.
    #[error("an e-mail address has the form name@example.com")]
    MissingPart,
    /// A character or a placing of dots that no ordinary mailbox has.
    #[error("the part before @ is not valid")]
    InvalidName,
    /// The part after `@` is no host name with at least two labels.
    #[error("the part after @ is not a valid domain")]
    InvalidDomain,
}

impl EmailRejection {
    /// The reason as a stable code, for reports and for `errors[].code`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "email_empty",
            Self::TooLong => "email_too_long",
            Self::MissingPart => "email_missing_part",
            Self::InvalidName => "email_invalid_name",
            Self::InvalidDomain => "email_invalid_domain",
        }
    }
}

impl EmailAddress {
    /// Longest address, in characters, all of which are ASCII. The check on `customers.email` has the same limit.
    pub const MAX_CHARS: usize = 254;

    /// Reads an address, blanks around it and what is invisible in it set aside.
    ///
    /// # Errors
    /// [`EmailRejection`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, EmailRejection> {
        let text = visible(text);
        let text = text.trim();
        if text.is_empty() {
            return Err(EmailRejection::Empty);
        }
        if text.len() > Self::MAX_CHARS {
            return Err(EmailRejection::TooLong);
        }
        let (name, domain) = text.rsplit_once('@').ok_or(EmailRejection::MissingPart)?;
        if name.is_empty() || domain.is_empty() {
            return Err(EmailRejection::MissingPart);
        }
        if name.len() > 64 {
            return Err(EmailRejection::TooLong);
        }
        if !name.split('.').all(is_atom) {
            return Err(EmailRejection::InvalidName);
        }
        if !is_domain(domain) {
            return Err(EmailRejection::InvalidDomain);
        }
        let mut address = String::with_capacity(text.len());
        address.push_str(name);
        address.push('@');
        address.extend(domain.chars().map(|c| c.to_ascii_lowercase()));
        Ok(Self(address))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The address as owned text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// RFC 5322 `atom`.
fn is_atom(part: &str) -> bool {
    !part.is_empty()
        && part
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.split('.').all(is_label)
        && domain.rsplit_once('.').is_some_and(|(_, top)| {
            top.len() >= 2
                && (top.bytes().all(|b| b.is_ascii_alphabetic()) || top.starts_with("xn--"))
        })
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Shows the domain only: a `{:?}` in a log must not name a person.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailAddress(…@{})", self.domain())
    }
}

impl AsRef<str> for EmailAddress {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = EmailRejection;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_their_name_and_lower_their_domain() {
        for (text, address) in [
            (" Ann@Example.COM ", "Ann@example.com"),
            ("a.b+tag@mail.example.co.uk", "a.b+tag@mail.example.co.uk"),
            ("o'brien@example.org", "o'brien@example.org"),
            ("x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
            ("x@example.xn--p1ai", "x@example.xn--p1ai"),
            (
                "\u{feff}flo@exam\u{ad}ple.com\u{200b}\u{a0}",
                "flo@example.com",
            ),
        ] {
            assert_eq!(EmailAddress::parse(text).unwrap().as_str(), address);
        }
    }

    #[test]
    fn a_rejection_says_why() {
        for (text, reason) in [
            ("", EmailRejection::Empty),
            ("ann", EmailRejection::MissingPart),
            ("@example.com", EmailRejection::MissingPart),
            ("ann@", EmailRejection::MissingPart),
            ("a b@example.com", EmailRejection::InvalidName),
            ("a..b@example.com", EmailRejection::InvalidName),
            (".a@example.com", EmailRejection::InvalidName),
            ("a@b@example.com", EmailRejection::InvalidName),
            ("ann@localhost", EmailRejection::InvalidDomain),
            ("ann@example..com", EmailRejection::InvalidDomain),
            ("ann@-example.com", EmailRejection::InvalidDomain),
            ("ann@example.c0m", EmailRejection::InvalidDomain),
            ("ann@exa mple.com", EmailRejection::InvalidDomain),
            (
                "ann@example.com\nbcc:x@example.com",
                EmailRejection::InvalidName,
            ),
        ] {
            assert_eq!(EmailAddress::parse(text), Err(reason), "{text:?}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert_eq!(EmailAddress::parse(&long), Err(EmailRejection::TooLong));
    }
}
