use std::borrow::Cow;

use crate::one_line::{has_control_character, is_longer_than, one_line};

/// What a person calls a campaign or a template: one line, not blank, trimmed, in Unicode's normal form C.
/// A line break or a tab inside becomes a space. The checks on `campaigns.name` and
/// `campaign_templates.name` have the same limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label<'a>(Cow<'a, str>);

/// Why a text is no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum LabelRejection {
    /// Nothing but blanks.
    #[error("this field is needed")]
    Blank,
    /// More than [`Label::MAX_CHARS`].
    #[error("a name has at most {} characters", Label::MAX_CHARS)]
    TooLong,
    /// A control character that is neither a line break nor a tab.
    #[error("a name holds a control character")]
    InvalidCharacter,
}

impl LabelRejection {
    /// The reason as a stable code, for `errors[].code`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Blank => "required",
            Self::TooLong => "name_too_long",
            Self::InvalidCharacter => "name_invalid_character",
        }
    }
}

impl<'a> Label<'a> {
    /// Longest label, in characters.
    pub const MAX_CHARS: usize = 200;

    /// Reads a label.
    ///
    /// # Errors
    /// [`LabelRejection`] says what is wrong with it.
    pub fn parse(text: &'a str) -> Result<Self, LabelRejection> {
        let label = one_line(text);
        if label.is_empty() {
            return Err(LabelRejection::Blank);
        }
        if is_longer_than(Self::MAX_CHARS, &label) {
            return Err(LabelRejection::TooLong);
        }
        if has_control_character(&label) {
            return Err(LabelRejection::InvalidCharacter);
        }
        Ok(Self(label))
    }

    /// The label.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_tidied_or_refused() {
        let label = Label::parse(" Spring\tsale ").unwrap();
        assert_eq!(label.as_str(), "Spring sale");
        let long = "ë".repeat(Label::MAX_CHARS + 1);
        for (text, reason) in [
            (" \n", LabelRejection::Blank),
            (long.as_str(), LabelRejection::TooLong),
            ("a\u{1b}b", LabelRejection::InvalidCharacter),
        ] {
            assert_eq!(Label::parse(text), Err(reason), "{text:?}");
        }
    }
}
