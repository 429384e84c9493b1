use std::borrow::Cow;

use crate::one_line::{has_control_character, is_longer_than, tidy};

/// Most attributes of one customer. The check on `customers.attributes` has the same limits as this file.
pub const MAX_ATTRIBUTES: usize = 50;

/// What a business calls an attribute: not blank, trimmed, in Unicode's normal form C, without control and invisible
/// characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeName<'a>(Cow<'a, str>);

/// An attribute's value, which is always kept as a text, so that `3` and `"3"` are one value: trimmed, in Unicode's normal form C. Line breaks and tabs
/// may be in it, other control characters may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeText<'a>(Cow<'a, str>);

/// What is wrong with a customer's attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AttributeRejection {
    /// A blank name, more than [`AttributeName::MAX_CHARS`], or a control character.
    #[error(
        "an attribute's name has 1 to {} characters and no control characters",
        AttributeName::MAX_CHARS
    )]
    InvalidName,
    /// No text, number or boolean; more than [`AttributeText::MAX_CHARS`], or a control character that
    /// is neither a line break nor a tab.
    #[error(
        "an attribute is a number, a boolean, or a text of at most {} characters without control characters other than line breaks and tabs",
        AttributeText::MAX_CHARS
    )]
    InvalidValue,
    /// More than [`MAX_ATTRIBUTES`].
    #[error("a customer has at most {MAX_ATTRIBUTES} attributes")]
    TooMany,
}

impl AttributeRejection {
    /// The reason as a stable code, for reports and for `errors[].code`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidName => "attribute_name_invalid",
            Self::InvalidValue => "attribute_invalid",
            Self::TooMany => "too_many_attributes",
        }
    }
}

impl<'a> AttributeName<'a> {
    /// Longest name, in characters.
    pub const MAX_CHARS: usize = 64;

    /// Reads a name.
    ///
    /// # Errors
    /// [`AttributeRejection::InvalidName`].
    pub fn parse(text: &'a str) -> Result<Self, AttributeRejection> {
        let name = tidy(text);
        let is_fit = !name.is_empty()
            && !is_longer_than(Self::MAX_CHARS, &name)
            && !has_control_character(&name);
        is_fit
            .then_some(Self(name))
            .ok_or(AttributeRejection::InvalidName)
    }

    /// The name as owned text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0.into_owned()
    }
}

impl<'a> AttributeText<'a> {
    /// Longest text, in characters.
    pub const MAX_CHARS: usize = 500;

    /// Reads a value. A blank one is the empty text.
    ///
    /// # Errors
    /// [`AttributeRejection::InvalidValue`].
    pub fn parse(text: &'a str) -> Result<Self, AttributeRejection> {
        let value = tidy(text);
        let is_unfit = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
        if is_longer_than(Self::MAX_CHARS, &value) || value.contains(is_unfit) {
            return Err(AttributeRejection::InvalidValue);
        }
        Ok(Self(value))
    }

    /// The value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value as owned text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_line_and_values_may_be_several() {
        assert_eq!(
            AttributeName::parse(" plan ").unwrap().into_string(),
            "plan"
        );
        let value = AttributeText::parse(" two\r\n\tlines ").unwrap();
        assert_eq!(value.as_str(), "two\r\n\tlines");
        let long = "ë".repeat(AttributeName::MAX_CHARS + 1);
        for text in ["", " ", "a\nb", long.as_str()] {
            let parsed = AttributeName::parse(text);
            assert_eq!(parsed, Err(AttributeRejection::InvalidName), "{text:?}");
        }
        let long = "ë".repeat(AttributeText::MAX_CHARS + 1);
        for text in ["a\0b", "a\u{b}b", "a\u{85}b", long.as_str()] {
            let parsed = AttributeText::parse(text);
            assert_eq!(parsed, Err(AttributeRejection::InvalidValue), "{text:?}");
        }
    }
}
