//! Texts as they are compared.

use unicode_normalization::UnicodeNormalization as _;

/// Texts of SMS have at most 1,600 characters; what is beyond changes nothing.
const MOST_CHARACTERS: usize = 4000;

/// Lower-case words with one space between them: without accents, apostrophes and invisible characters; everything else
/// that is no letter or digit separates words.
pub(super) fn fold(body: &str) -> String {
    body.chars()
        .take(MOST_CHARACTERS)
        .nfkc()
        .nfd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c) && !is_ignored(*c))
        .flat_map(char::to_lowercase)
        // Lower-casing can make new marks, as with the Turkish İ.
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        // The letters of Korean syllables are no marks.
        .nfc()
        .collect()
}

/// What stands within words without meaning anything: apostrophes ("don't"), and characters that nobody sees.
const fn is_ignored(c: char) -> bool {
    matches!(
        c,
        '\'' | '`' | '\u{b4}' | '\u{2018}' | '\u{2019}' | '\u{2bc}' | '\u{ad}' | '\u{61c}'
            | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}
