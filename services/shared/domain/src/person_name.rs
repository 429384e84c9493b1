use std::{borrow::Cow, fmt};

use crate::one_line::{has_control_character, is_longer_than, one_line};

/// A first or last name: one line, trimmed, in Unicode's normal form C. A line break or a tab inside
/// becomes a space. The checks on `customers.first_name` and `customers.last_name` have the same limits.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonName<'a>(Cow<'a, str>);

/// Why a text is no name of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PersonNameRejection {
    /// More than [`PersonName::MAX_CHARS`].
    #[error("a name has at most {} characters", PersonName::MAX_CHARS)]
    TooLong,
    /// A control character that is neither a line break nor a tab.
    #[error("a name holds a control character")]
    InvalidCharacter,
}

impl PersonNameRejection {
    /// The reason as a stable code, for reports and for `errors[].code`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLong => "name_too_long",
            Self::InvalidCharacter => "name_invalid_character",
        }
    }
}

impl<'a> PersonName<'a> {
    /// Longest name, in characters.
    pub const MAX_CHARS: usize = 200;

    /// Reads a name; a blank text is none. Text that is stored as it came is borrowed.
    ///
    /// # Errors
    /// [`PersonNameRejection`] says what is wrong with it.
    pub fn parse(text: &'a str) -> Result<Option<Self>, PersonNameRejection> {
        let name = one_line(text);
        if name.is_empty() {
            return Ok(None);
        }
        if is_longer_than(Self::MAX_CHARS, &name) {
            return Err(PersonNameRejection::TooLong);
        }
        if has_control_character(&name) {
            return Err(PersonNameRejection::InvalidCharacter);
        }
        Ok(Some(Self(name)))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Says nothing: a `{:?}` in a log must not name a person.
impl fmt::Debug for PersonName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Option<String>, PersonNameRejection> {
        Ok(PersonName::parse(text)?.map(|name| name.as_str().to_owned()))
    }

    #[test]
    fn a_name_is_tidied_and_a_blank_one_is_none() {
        assert_eq!(parsed(" Ann\nLee "), Ok(Some("Ann Lee".to_owned())));
        assert_eq!(parsed("Zoe\u{308}"), Ok(Some("Zoë".to_owned())));
        assert_eq!(parsed(" \n\u{3000}"), Ok(None));
    }

    #[test]
    fn the_limit_is_in_characters_of_the_normal_form() {
        assert!(parsed(&"ë".repeat(PersonName::MAX_CHARS)).is_ok());
        assert!(parsed(&"e\u{308}".repeat(PersonName::MAX_CHARS)).is_ok());
        assert_eq!(
            parsed(&"ë".repeat(PersonName::MAX_CHARS + 1)),
            Err(PersonNameRejection::TooLong)
        );
    }

    #[test]
    fn control_characters_are_refused() {
        for text in ["a\0b", "a\u{7f}", "a\u{9f}b"] {
            assert_eq!(
                parsed(text),
                Err(PersonNameRejection::InvalidCharacter),
                "{text:?}"
            );
        }
    }
}
