use unicode_segmentation::UnicodeSegmentation as _;

/// The longest `Body` that Twilio takes, in characters (Message resource).
pub const MAX_BODY_CHARACTERS: usize = 1600;

/// How a body travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Seven bits a unit; `^{}\[]~|€` and form feed take two units.
    Gsm7,
    /// UTF-16 units.
    Ucs2,
}

/// What Twilio bills for a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segments {
    /// How the body travels.
    pub encoding: Encoding,
    /// Length in units of that encoding.
    pub units: usize,
    /// Number of segments, at least 1.
    pub count: usize,
}

/// A body longer than [`MAX_BODY_CHARACTERS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text has {characters} characters; Twilio takes at most {MAX_BODY_CHARACTERS}")]
pub struct TooLong {
    /// Length of the refused body.
    pub characters: usize,
}

impl Segments {
    /// Counts the segments that Twilio bills for `body`: 160 GSM-7 units or 70 UTF-16 units in
    /// one, 153 or 67 each once split. What a reader sees as one character is never divided
    /// between segments, which can cost one more than the lengths alone.
    ///
    /// # Errors
    /// [`TooLong`] above 1,600 characters (Twilio, Message resource, `Body`).
    pub fn count(body: &str) -> Result<Self, TooLong> {
        let characters = body.chars().count();
        if characters > MAX_BODY_CHARACTERS {
            return Err(TooLong { characters });
        }
        if let Some(units) = gsm7_units(body) {
            let count = if units <= 160 {
                1
            } else {
                packed(body.chars().filter_map(gsm7_width), 153)
            };
            return Ok(Self {
                encoding: Encoding::Gsm7,
                units,
                count,
            });
        }
        let units = body.encode_utf16().count();
        let count = if units <= 70 {
            1
        } else {
            packed(ucs2_widths(body), 67)
        };
        Ok(Self {
            encoding: Encoding::Ucs2,
            units,
            count,
        })
    }
}

/// UTF-16 units of each character as a reader sees it; a line's end may be divided.
fn ucs2_widths(body: &str) -> impl Iterator<Item = usize> {
    body.graphemes(true)
        .flat_map(|grapheme| match grapheme {
            "\r\n" => [1, 1],
            _ => [grapheme.encode_utf16().count(), 0],
        })
        .filter(|&width| width > 0)
}

/// Number of segments of `capacity` units that hold `widths` in order, none divided.
fn packed(widths: impl Iterator<Item = usize>, capacity: usize) -> usize {
    let (count, _) = widths.fold((1, 0), |(count, used), width| {
        if used + width > capacity && used > 0 {
            (count + 1, width)
        } else {
            (count, used + width)
        }
    });
    count
}

fn gsm7_units(body: &str) -> Option<usize> {
    body.chars().map(gsm7_width).sum()
}

/// Units that a character takes in GSM 03.38, `None` where it has none.
fn gsm7_width(c: char) -> Option<usize> {
    match c {
        '\n'
        | '\r'
        | ' '..='Z'
        | '_'
        | 'a'..='z'
        | '£'
        | '¥'
        | 'è'
        | 'é'
        | 'ù'
        | 'ì'
        | 'ò'
        | 'Ç'
        | 'Ø'
        | 'ø'
        | 'Å'
        | 'å'
        | 'Δ'
        | 'Φ'
        | 'Γ'
        | 'Λ'
        | 'Ω'
        | 'Π'
        | 'Ψ'
        | 'Σ'
        | 'Θ'
        | 'Ξ'
        | 'Æ'
        | 'æ'
        | 'ß'
        | 'É'
        | '¤'
        | '¡'
        | 'Ä'
        | 'Ö'
        | 'Ñ'
        | 'Ü'
        | '§'
        | '¿'
        | 'ä'
        | 'ö'
        | 'ñ'
        | 'ü'
        | 'à' => Some(1),
        '\u{c}' | '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, repetitions, encoding and segments as npm `sms-segments-calculator` 1.3.0 counts them.
    #[test]
    fn counts_equal_those_of_twilios_own_calculator() {
        for (text, times, encoding, count) in [
            ("Hello", 1, Encoding::Gsm7, 1),
            ("a", 160, Encoding::Gsm7, 1),
            ("a", 161, Encoding::Gsm7, 2),
            ("a", 306, Encoding::Gsm7, 2),
            ("a", 307, Encoding::Gsm7, 3),
            ("^", 80, Encoding::Gsm7, 1),
            ("^", 81, Encoding::Gsm7, 2),
            ("€a", 53, Encoding::Gsm7, 1),
            ("€a", 54, Encoding::Gsm7, 2),
            ("a^", 76, Encoding::Gsm7, 2),
            ("a^", 77, Encoding::Gsm7, 2),
            ("é", 70, Encoding::Gsm7, 1),
            ("é", 161, Encoding::Gsm7, 2),
            ("ё", 70, Encoding::Ucs2, 1),
            ("ё", 71, Encoding::Ucs2, 2),
            ("ё", 134, Encoding::Ucs2, 2),
            ("ё", 135, Encoding::Ucs2, 3),
            ("😀", 35, Encoding::Ucs2, 1),
            ("😀", 36, Encoding::Ucs2, 2),
            ("😀", 67, Encoding::Ucs2, 3),
            ("😀", 68, Encoding::Ucs2, 3),
            ("a\r\n", 54, Encoding::Gsm7, 2),
            ("ё\r\n", 24, Encoding::Ucs2, 2),
            ("👨‍👩‍👧", 9, Encoding::Ucs2, 2),
            ("👨‍👩‍👧", 13, Encoding::Ucs2, 2),
            ("👨‍👩‍👧", 19, Encoding::Ucs2, 3),
            ("e\u{301}", 24, Encoding::Ucs2, 1),
            ("`", 1, Encoding::Ucs2, 1),
            ("ç", 71, Encoding::Ucs2, 2),
            ("{ё}", 24, Encoding::Ucs2, 2),
            ("日本", 34, Encoding::Ucs2, 1),
            ("日本", 36, Encoding::Ucs2, 2),
            ("🇺🇸", 17, Encoding::Ucs2, 1),
            ("🇺🇸", 18, Encoding::Ucs2, 2),
            ("🇺🇸", 34, Encoding::Ucs2, 3),
            ("\t", 1, Encoding::Ucs2, 1),
            ("“q”", 20, Encoding::Ucs2, 1),
        ] {
            let segments = Segments::count(&text.repeat(times)).unwrap();
            assert_eq!(
                (segments.encoding, segments.count),
                (encoding, count),
                "{text:?} x {times}"
            );
        }
    }

    #[test]
    fn an_empty_body_is_one_segment_of_nothing() {
        let segments = Segments::count("").unwrap();
        assert_eq!((segments.units, segments.count), (0, 1));
    }

    #[test]
    fn bodies_above_what_twilio_takes_are_refused() {
        assert!(Segments::count(&"x".repeat(1600)).is_ok());
        assert_eq!(
            Segments::count(&"ё".repeat(1601)),
            Err(TooLong { characters: 1601 })
        );
    }
}
