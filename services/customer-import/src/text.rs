//! From the bytes of a file to UTF-8.

use std::borrow::Cow;

use encoding_rs::{Decoder, DecoderResult};

use crate::failure::ImportFailure;

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

    /// UTF-16 without a mark: text of ours has a NUL in every second byte then.
    pub(crate) fn of_zeros(bytes: &[u8]) -> Option<Self> {
        let start = &bytes[..bytes.len().min(64) & !1];
        let zeros = |offset| {
            start
                .iter()
                .skip(offset)
                .step_by(2)
                .filter(|&&byte| byte == 0)
                .count()
        };
        let half = start.len() / 2;
        match (zeros(0), zeros(1)) {
            (0, odd) if odd > half / 2 => Some(Self::Utf16Le),
            (even, 0) if even > half / 2 => Some(Self::Utf16Be),
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

/// How single cells are read, after [`Transcoder`]: as UTF-8. Where neither the file nor its sender says
/// what it is (`None`), a cell that is no UTF-8 is taken for Windows-1252.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CellEncoding(pub(crate) Option<Encoding>);

impl CellEncoding {
    /// A cell's text; owned only where it was no UTF-8.
    ///
    /// # Errors
    /// [`ImportFailure::InvalidEncoding`].
    pub(crate) fn text(self, row: i32, cell: &[u8]) -> Result<Cow<'_, str>, ImportFailure> {
        match (std::str::from_utf8(cell), self.0) {
            (Ok(text), _) => Ok(Cow::Borrowed(text)),
            (Err(_), None) => Ok(as_windows_1252(cell)),
            (Err(_), Some(encoding)) => Err(ImportFailure::InvalidEncoding(row, encoding.name())),
        }
    }

    /// A cell as it can be kept whatever is in it: Postgres stores no NUL.
    pub(crate) fn text_to_keep(self, cell: &[u8]) -> String {
        let text = match (std::str::from_utf8(cell), self.0) {
            (Ok(text), _) => Cow::Borrowed(text),
            (Err(_), None) => as_windows_1252(cell),
            (Err(_), Some(_)) => String::from_utf8_lossy(cell),
        };
        text.replace('\0', "\u{fffd}")
    }

    pub(crate) const fn name(self, found_windows_1252: bool) -> &'static str {
        match self.0 {
            None if found_windows_1252 => Encoding::Windows1252.name(),
            None => Encoding::Utf8.name(),
            Some(encoding) => encoding.name(),
        }
    }
}

fn as_windows_1252(cell: &[u8]) -> Cow<'_, str> {
    encoding_rs::WINDOWS_1252
        .decode_without_bom_handling(cell)
        .0
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

/// Whether a file starts as workbooks, pictures, documents and archives do.
pub(crate) fn is_binary(start: &[u8]) -> bool {
    const MAGIC: [&[u8]; 6] = [
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0",
        b"%PDF",
        b"\x89PNG",
        b"\x1f\x8b",
        b"\xff\xd8\xff",
    ];
    MAGIC.iter().any(|magic| start.starts_with(magic))
}

/// The delimiter that a first line `sep=;` names, as spreadsheets write it, and the line's length.
pub(crate) fn separator_line(text: &[u8]) -> Option<(u8, usize)> {
    let (&delimiter, rest) = text.strip_prefix(b"sep=")?.split_first()?;
    let line_end = match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => return None,
    };
    matches!(delimiter, b',' | b';' | b'\t' | b'|').then_some((delimiter, 5 + line_end))
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
    fn utf_16_without_a_mark_and_a_separator_line_are_told() {
        let little = b"p\0h\0o\0n\0e\0";
        assert_eq!(Encoding::of_zeros(little), Some(Encoding::Utf16Le));
        let big = b"\0p\0h\0o\0n\0e";
        assert_eq!(Encoding::of_zeros(big), Some(Encoding::Utf16Be));
        assert_eq!(Encoding::of_zeros(b"phone\0,email"), None);
        assert_eq!(Encoding::of_zeros(b""), None);
        assert_eq!(separator_line(b"sep=;\r\nphone"), Some((b';', 7)));
        assert_eq!(separator_line(b"sep,phone\n"), None);
        assert!(is_binary(b"PK\x03\x04rest") && !is_binary(b"phone"));
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
