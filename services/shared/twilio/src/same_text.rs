//! Whether a text that Twilio shows may be one that we sent.

use unicode_normalization::UnicodeNormalization as _;

/// Whether `theirs` may be `ours` after what Twilio does to texts: a trial account's texts get a prefix, Smart
/// Encoding replaces punctuation, spaces, full-width letters and fractions. So only letters and digits
/// are compared, in compatibility form and without case. A text without any is compared as it is.
#[must_use]
pub fn may_be_same_text(ours: &str, theirs: &str) -> bool {
    let kept = letters_and_digits(ours);
    if kept.is_empty() {
        return theirs.trim_end().ends_with(ours.trim());
    }
    letters_and_digits(theirs).ends_with(&kept)
}

fn letters_and_digits(text: &str) -> String {
    text.nfkd()
        .filter(|c| c.is_alphanumeric() && !is_modifier(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Letters that only change others, such as ʼ: Twilio replaces them like punctuation.
const fn is_modifier(c: char) -> bool {
    matches!(c, '\u{2b0}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::may_be_same_text;

    #[test]
    fn what_twilio_does_to_a_text_does_not_hide_it() {
        for (ours, theirs) in [
            ("Hi Zoë — 20% off “today”!", "Hi Zoë - 20% off \"today\"!"),
            (
                "Hi Zoë — 20% off “today”!",
                "Sent from your Twilio trial account - Hi Zoë — 20% off “today”!",
            ),
            ("ＳＡＬＥ: ½ off", "SALE: 1/2 off"),
            ("itʼs here…", "it's here..."),
            ("🎉🎉", "Sent from your Twilio trial account - 🎉🎉"),
        ] {
            assert!(may_be_same_text(ours, theirs), "{ours} {theirs}");
        }
    }

    #[test]
    fn a_text_without_letters_is_not_every_text() {
        assert!(!may_be_same_text("🎉🎉", "Your code is 1234"));
        assert!(!may_be_same_text("!!!", "Hello"));
        assert!(!may_be_same_text("Hello Ann", "Hello Bob"));
    }
}
