use std::borrow::Cow;

use crate::one_line::{has_control_character, is_longer_than, tidy};

/// A word that groups customers: trimmed, in Unicode's normal form C, without control characters and
/// without what separates tags in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag<'a>(Cow<'a, str>);

/// The different tags of one customer, in the order in which they were given. The check on
/// `customers.tags` has the same limits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags<'a>(Vec<Tag<'a>>);

/// Why a text is no tag, or a list of texts no customer's tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TagRejection {
    /// Blank, more than [`Tag::MAX_CHARS`], or with a character that no tag has.
    #[error(
        "a tag has 1 to {} characters, none of them a comma, semicolon, bar, line break or control character",
        Tag::MAX_CHARS
    )]
    Invalid,
    /// More than [`Tags::MAX`] different ones.
    #[error("a customer has at most {} tags", Tags::MAX)]
    TooMany,
}

impl TagRejection {
    /// The reason as a stable code, for reports and for `errors[].code`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invalid => "tag_invalid",
            Self::TooMany => "too_many_tags",
        }
    }
}

impl<'a> Tag<'a> {
    /// Longest tag, in characters.
    pub const MAX_CHARS: usize = 64;
    /// What separates tags where they stand in one cell of a file.
    pub const SEPARATORS: [char; 3] = [',', ';', '|'];

    /// Reads a tag.
    ///
    /// # Errors
    /// [`TagRejection::Invalid`].
    pub fn parse(text: &'a str) -> Result<Self, TagRejection> {
        let tag = tidy(text);
        let is_fit = !tag.is_empty()
            && !is_longer_than(Self::MAX_CHARS, &tag)
            && !has_control_character(&tag)
            && !tag.contains(Self::SEPARATORS);
        is_fit.then_some(Self(tag)).ok_or(TagRejection::Invalid)
    }

    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'a> Tags<'a> {
    /// Most tags of one customer.
    pub const MAX: usize = 50;

    /// Reads tags; what is given twice counts once.
    ///
    /// # Errors
    /// What is wrong with one of them, or with their number.
    pub fn parse(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, TagRejection> {
        let mut tags = Vec::new();
        for text in texts {
            let tag = Tag::parse(text)?;
            if tags.contains(&tag) {
                continue;
            }
            if tags.len() == Self::MAX {
                return Err(TagRejection::TooMany);
            }
            tags.push(tag);
        }
        Ok(Self(tags))
    }

    /// Reads the tags in one cell of a file, which [`Tag::SEPARATORS`] separate; empty ones are dropped.
    ///
    /// # Errors
    /// As [`Tags::parse`].
    pub fn split(cell: &'a str) -> Result<Self, TagRejection> {
        let texts = cell.split(Tag::SEPARATORS);
        Self::parse(texts.filter(|text| !text.trim().is_empty()))
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Tag::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_split_and_counted_once() {
        let tags = Tags::split("vip, gold;;vip | 2026 spring ").unwrap();
        assert_eq!(
            tags.iter().collect::<Vec<_>>(),
            ["vip", "gold", "2026 spring"]
        );
        let joined = Tags::parse(["Zoë", "Zoe\u{308}"]).unwrap();
        assert_eq!(joined.iter().count(), 1);
        assert_eq!(
            Tags::split(&"x".repeat(Tag::MAX_CHARS + 1)),
            Err(TagRejection::Invalid)
        );
        let many = |most: usize| (0..most).map(|n| n.to_string()).collect::<Vec<_>>();
        assert!(Tags::split(&many(Tags::MAX).join(",")).is_ok());
        assert_eq!(
            Tags::split(&many(Tags::MAX + 1).join(",")),
            Err(TagRejection::TooMany)
        );
    }

    #[test]
    fn a_tag_that_a_file_could_not_hold_is_refused() {
        for text in ["", " ", "a,b", "a;b", "a|b", "a\nb", "a\u{85}b"] {
            assert_eq!(Tag::parse(text), Err(TagRejection::Invalid), "{text:?}");
        }
        assert!(Tag::parse(&"ë".repeat(Tag::MAX_CHARS)).is_ok());
    }
}
