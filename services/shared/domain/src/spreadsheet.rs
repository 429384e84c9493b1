//! Cells that a spreadsheet must not take for formulas.
//!
//! A text that starts with one of `= + - @`, a tab or a carriage return is evaluated when somebody
//! opens the file (OWASP, "CSV Injection"). An apostrophe in front makes it a text.

use std::borrow::Cow;

fn starts_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// Whether the text would lose an apostrophe by being read again.
fn looks_escaped(text: &str) -> bool {
    text.strip_prefix('\'')
        .is_some_and(|rest| starts_a_formula(rest.trim_start_matches('\'')))
}

/// The cell to write for `text`. [`unescape`] gives the text back, whatever it is.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if starts_a_formula(text) || looks_escaped(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that a cell stands for: without the apostrophe that [`escape`] put in front.
#[must_use]
pub fn unescape(cell: &str) -> &str {
    if looks_escaped(cell) {
        &cell[1..]
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_texts_and_come_back() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+14155552671", "'+14155552671"),
            ("-x", "'-x"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("'=x", "''=x"),
            ("''=x", "'''=x"),
            ("'tis", "'tis"),
            ("Ann", "Ann"),
            ("", ""),
        ] {
            assert_eq!(escape(text), cell);
            assert_eq!(unescape(cell), text);
        }
    }
}
