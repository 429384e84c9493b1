//! Password rules.

use secrecy::{ExposeSecret, SecretString};
use zxcvbn::Score;

/// The minimum length in characters.
pub const SHORTEST: usize = 10;
/// The maximum length in bytes: bcrypt, which Auth uses, ignores the rest.
pub const LONGEST: usize = 72;

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Fewer than 10 characters.
    #[error("A password has at least 10 characters.")]
    TooShort,
    /// More than 72 bytes.
    #[error("A password has at most 72 bytes.")]
    TooLong,
    /// On a list of common passwords, or guessed within about a million attempts.
    #[error("This password is too easy to guess.")]
    TooCommon,
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::TooCommon => "password_too_common",
        }
    }
}

/// Checks a password; one derived from the user's own address counts as common.
///
/// # Errors
/// [`Refusal`] says what is wrong with it.
pub fn judge(password: &SecretString, email: &str) -> Result<(), Refusal> {
    let password = password.expose_secret();
    if password.chars().count() < SHORTEST {
        return Err(Refusal::TooShort);
    }
    if password.len() > LONGEST {
        return Err(Refusal::TooLong);
    }
    let (name, domain) = email.split_once('@').unwrap_or((email, ""));
    let estimate = zxcvbn::zxcvbn(password, &[email, name, domain, "dnwerks"]);
    if estimate.score() < Score::Two {
        return Err(Refusal::TooCommon);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(password: &str) -> Result<(), Refusal> {
        judge(&password.to_owned().into(), "ann.lee@example.com")
    }

    #[test]
    fn common_short_and_overlong_passwords_are_refused() {
        assert_eq!(verdict("short-1A"), Err(Refusal::TooShort));
        assert_eq!(verdict(&"long ".repeat(15)), Err(Refusal::TooLong));
        for common in [
            "password123",
            "qwertyuiop",
            "1234567890",
            "aaaaaaaaaaaa",
            "ann.lee@example.com",
        ] {
            assert_eq!(verdict(common), Err(Refusal::TooCommon), "{common}");
        }
    }

    #[test]
    fn ordinary_good_passwords_pass() {
        for good in [
            "correct horse battery",
            "Tr4mpolin-Wiese",
            "мой-длинный-пароль",
        ] {
            assert_eq!(verdict(good), Ok(()), "{good}");
        }
    }
}
