//! From the bytes of a file to UTF-8.

use std::borrow::Cow;

use encoding_rs::{Decoder, DecoderResult};

/// An encoding that files of customers come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Windows1252,
}

impl Encoding {
    /// The encoding that a parameter or a `charset` names.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Some(Self::Utf8),
            "utf-16le" | "utf-16" => Some(Self::Utf16Le),
            "utf-16be" => Some(Self::Utf16Be),
            "windows-1252" | "cp1252" | "iso-8859-1" | "latin1" => Some(Self::Windows1252),
            _ => None,
        }
    }

    /// The encoding that a byte order mark at the start of `bytes` shows, and the mark's length.
    pub(crate) fn of_mark(bytes: &[u8]) -> Option<(Self, usize)> {
        match bytes {
            [0xef, 0xbb, 0xbf, ..] => Some((Self::Utf8, 3)),
            [0xff, 0xfe, ..] => Some((Self::Utf16Le, 2)),
            [0xfe, 0xff, ..] => Some((Self::Utf16Be, 2)),
            _ => None,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
            Self::Windows1252 => "Windows-1252",
        }
    }
}

/// Bytes that the encoding does not know.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Turns a file's bytes into UTF-8, piece by piece. UTF-8 itself passes as it is and is checked
/// cell by cell, where it can be said which row is wrong.
pub(crate) struct Transcoder(Option<Decoder>);

impl Transcoder {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self(match encoding {
            Encoding::Utf8 => None,
            Encoding::Utf16Le => Some(encoding_rs::UTF_16LE.new_decoder_without_bom_handling()),
            Encoding::Utf16Be => Some(encoding_rs::UTF_16BE.new_decoder_without_bom_handling()),
            Encoding::Windows1252 => {
                Some(encoding_rs::WINDOWS_1252.new_decoder_without_bom_handling())
            }
        })
    }

    /// The next piece; `last` says that none follows.
    pub(crate) fn decode<'a>(
        &mut self,
        bytes: &'a [u8],
        last: bool,
    ) -> Result<Cow<'a, [u8]>, Malformed> {
        let Some(decoder) = &mut self.0 else {
            return Ok(Cow::Borrowed(bytes));
        };
        let longest = decoder
            .max_utf8_buffer_length_without_replacement(bytes.len())
            .ok_or(Malformed)?;
        let mut text = vec![0; longest];
        match decoder.decode_to_utf8_without_replacement(bytes, &mut text, last) {
            (DecoderResult::InputEmpty, _, written) => {
                text.truncate(written);
                Ok(Cow::Owned(text))
            }
            _ => Err(Malformed),
        }
    }
}

/// The delimiter of a header: the candidate that occurs most outside quotes, else a comma.
pub(crate) fn delimiter_of(header: &[u8]) -> u8 {
    const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
    let mut counts = [0_usize; 4];
    let mut quoted = false;
    for &byte in header {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted && counts.iter().any(|&count| count > 0) => break,
            _ if quoted => {}
            _ => {
                if let Some(index) = CANDIDATES.iter().position(|&candidate| candidate == byte) {
                    counts[index] += 1;
                }
            }
        }
    }
    let most = counts.iter().copied().max().unwrap_or_default();
    let index = counts
        .iter()
        .position(|&count| count == most)
        .unwrap_or_default();
    CANDIDATES[index]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_the_header_uses() {
        assert_eq!(delimiter_of(b"phone,first;name\n"), b',');
        assert_eq!(
            delimiter_of(b"phone;\"last, first, middle\";email\n1,2,3,4,5"),
            b';'
        );
        assert_eq!(delimiter_of(b"phone\temail"), b'\t');
        assert_eq!(delimiter_of(b"phone|email"), b'|');
        assert_eq!(delimiter_of(b"phone\n"), b',');
    }

    #[test]
    fn a_character_may_be_cut_between_two_pieces() {
        let mut utf16 = Transcoder::new(Encoding::Utf16Le);
        assert_eq!(
            utf16.decode(&[b'a', 0, 0xe9], false).unwrap().as_ref(),
            b"a"
        );
        assert_eq!(utf16.decode(&[0], true).unwrap().as_ref(), "é".as_bytes());
        let mut cut = Transcoder::new(Encoding::Utf16Le);
        assert_eq!(cut.decode(&[b'a', 0, 0xe9], true), Err(Malformed));
        let mut latin = Transcoder::new(Encoding::Windows1252);
        assert_eq!(
            latin.decode(&[0x80, 0xe9], true).unwrap().as_ref(),
            "€é".as_bytes()
        );
    }
}
