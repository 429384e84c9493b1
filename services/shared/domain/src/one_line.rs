//! Text as people type it into a field of one line: how it is tidied, and which characters it may hold.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use crate::visible::visible;

/// [Tidy](tidy), and with a single space where a line break or a tab stood: spreadsheets leave such breaks in names,
/// and the person behind the name should not be lost for it.
/// Other control characters stay; see [`has_control_character`].
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    if !text.trim().contains(is_break) {
        return tidy(text);
    }
    let text = visible(text);
    let words: Vec<_> = text
        .split(is_break)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    Cow::Owned(tidy(&words.join(" ")).into_owned())
}

/// The text as it is stored: without what is [invisible](visible) in it, trimmed, and in normal form C.
pub(crate) fn tidy(text: &str) -> Cow<'_, str> {
    let tidied = match visible(text) {
        Cow::Borrowed(text) => normal_form(text.trim()),
        Cow::Owned(text) => Cow::Owned(normal_form(text.trim()).into_owned()),
    };
    match &tidied {
        // In normal form it may have another letter beside a joiner, which then says nothing.
        Cow::Owned(text) if visible(text) != text.as_str() => Cow::Owned(tidy(text).into_owned()),
        _ => tidied,
    }
}

/// The same text in Unicode's normal form C, so that an accented letter is stored in one way only.
/// Text of ASCII, which most is, passes untouched.
fn normal_form(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
}

/// Whether a control character (Unicode's class Cc) is in it. The columns' checks spell the same ones out.
pub(crate) fn has_control_character(text: &str) -> bool {
    if text.is_ascii() {
        return text.bytes().any(|byte| byte.is_ascii_control());
    }
    text.chars().any(char::is_control)
}

/// Whether it has more than `most` characters. Counts only where the bytes leave it open.
pub(crate) fn is_longer_than(most: usize, text: &str) -> bool {
    text.len() > most && text.chars().count() > most
}

fn is_break(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_and_tabs_become_one_space_and_inner_spaces_stay() {
        for (text, line) in [
            (" Ann  Lee ", "Ann  Lee"),
            ("two\nlines", "two lines"),
            ("two \r\n\t lines\n", "two lines"),
            ("a\u{2028}b\u{85}c", "a b c"),
            ("\n", ""),
            ("\u{feff}two\u{200b}\nlines\u{ad}", "two lines"),
            ("\u{200b} Ann\u{200b} ", "Ann"),
        ] {
            assert_eq!(one_line(text), line, "{text:?}");
        }
    }

    #[test]
    fn a_joiner_stays_where_it_joins_and_only_there() {
        for (text, tidied) in [
            ("👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧"),
            ("👨\u{200d}👩\u{200b} Zoe\u{308}", "👨\u{200d}👩 Zoë"),
            // In normal form the sign is the letter K.
            ("\u{212a}\u{200d}李", "K李"),
        ] {
            assert_eq!(tidy(text), tidied, "{text:?}");
            assert_eq!(one_line(text), tidied, "{text:?}");
            assert_eq!(one_line(&format!("{text}\n")), tidied, "{text:?}");
            assert_eq!(one_line(&format!("a\n{text}")), format!("a {tidied}"));
        }
    }

    #[test]
    fn ordinary_text_is_borrowed_and_a_loose_accent_is_joined() {
        for text in ["Ann", "Zoë", "李", "O'Hara"] {
            assert!(matches!(one_line(text), Cow::Borrowed(_)), "{text}");
        }
        assert_eq!(one_line("Zoe\u{308}"), "Zoë");
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert!(!is_longer_than(2, "ëë"));
        assert!(is_longer_than(2, "ëëa"));
    }
}
