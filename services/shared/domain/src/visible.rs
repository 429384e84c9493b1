//! Characters that nobody sees, and that make two equal texts differ: pages and programs leave them in what is
//! copied from them.

use std::borrow::Cow;

/// The text without what is invisible in it: soft hyphens, zero-width characters, marks of direction, fillers, tags.
/// The two joiners stay where they change what is seen, which is between letters of a script that joins them, and
/// between emoji. The checks on `customers` refuse the same characters.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.contains(|c| is_invisible(c) || is_joiner(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().filter(|&c| !is_invisible(c)).peekable();
    while let Some(c) = chars.next() {
        let mut joins = || {
            out.chars().next_back().is_some_and(is_joined)
                && chars.peek().copied().is_some_and(is_joined)
        };
        if !is_joiner(c) || joins() {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Zero width non-joiner and joiner.
const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Whether a joiner may stand beside it: neither Latin, Greek, Cyrillic nor Hebrew, nor a sign of these scripts.
const fn is_joined(c: char) -> bool {
    !matches!(c, '\0'..='\u{5ff}' | '\u{1e00}'..='\u{206f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_dropped() {
        for (text, seen) in [
            ("\u{202a}+13125550161\u{202c}", "+13125550161"),
            ("A\u{200b}n\u{ad}n", "Ann"),
            ("\u{feff}Ed\u{2060}", "Ed"),
            ("\u{2066}Di\u{2069}\u{200e}", "Di"),
            ("\u{3164}", ""),
            ("A\u{200d}nn\u{200c}", "Ann"),
            ("\u{200d}é\u{200d}", "é"),
            ("\u{e0041}x", "x"),
        ] {
            assert_eq!(visible(text), seen, "{text:?}");
        }
    }

    #[test]
    fn a_joiner_stays_where_it_changes_what_is_seen() {
        for text in [
            "👩\u{200d}👧",
            "❤\u{fe0f}\u{200d}🔥",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
        ] {
            assert!(
                matches!(visible(text), Cow::Borrowed(_)) || visible(text) == text,
                "{text:?}"
            );
        }
        assert_eq!(visible("م\u{200b}\u{200c}\u{200c}ن"), "م\u{200c}ن");
    }

    #[test]
    fn ordinary_text_is_borrowed() {
        for text in ["Ann", "Zoë", "李", "O'Hara", ""] {
            assert!(matches!(visible(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
