//! Cells that a spreadsheet must not take for formulas.
//!
//! A text that starts with one of `= + - @`, a tab or a carriage return is evaluated when somebody opens the file
//! (OWASP, "CSV Injection"); with full-width signs too. An apostrophe in front makes it a text. Where lists are
//! separated by semicolons, and in programs that end a record at every line feed, a cell begins in the middle of ours.

use std::borrow::Cow;

/// Where some program begins a new cell, whatever quotes say.
const CELL_ENDS: [char; 4] = [';', '\n', '\r', '\t'];

/// Whether a cell would be evaluated, or lose an apostrophe by being read again.
fn starts_a_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'')
        .starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
}

/// What begins as a cell of its own in some program: the text's parts, each with the sign that ends it.
fn cells(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut start = 0;
    text.split_inclusive(CELL_ENDS).map(move |cell| {
        let begins = starts_a_formula(&text[start..]);
        start += cell.len();
        (cell, begins)
    })
}

/// The cell to write for `text`. [`unescape`] gives the text back, whatever it is.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if !cells(text).any(|(_, is_formula)| is_formula) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 1);
    for (cell, is_formula) in cells(text) {
        if is_formula {
            out.push('\'');
        }
        out.push_str(cell);
    }
    Cow::Owned(out)
}

/// The text that a cell stands for: without the apostrophes that [`escape`] put in.
#[must_use]
pub fn unescape(cell: &str) -> Cow<'_, str> {
    // Most cells have none at all.
    if !cell.contains('\'') {
        return Cow::Borrowed(cell);
    }
    let is_escaped = |(part, is_formula): (&str, bool)| is_formula && part.starts_with('\'');
    if !cells(cell).any(is_escaped) {
        return Cow::Borrowed(cell);
    }
    let texts = cells(cell).map(|part| {
        if is_escaped(part) {
            &part.0[1..]
        } else {
            part.0
        }
    });
    Cow::Owned(texts.collect())
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
            // Full-width signs, which spreadsheets of Asian locales read as the narrow ones.
            ("＝1+1", "'＝1+1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠x", "'＠x"),
            // Where a cell begins in other locales and programs.
            ("a;=1+1", "a;'=1+1"),
            ("a;'=1+1", "a;''=1+1"),
            ("a\n=1\r\n-2", "a\n'=1\r\n'-2"),
            ("a\t@x", "a\t'@x"),
            ("=a;b;+c", "'=a;b;'+c"),
            ("a; b - c", "a; b - c"),
            ("a;b'c", "a;b'c"),
        ] {
            assert_eq!(escape(text), cell, "{text:?}");
            assert_eq!(unescape(cell), text, "{cell:?}");
        }
    }

    #[test]
    fn any_text_comes_back() {
        // Every text of up to five of these characters.
        let signs = ['\'', '=', ';', '\n', '\r', 'a'];
        let mut texts = vec![String::new()];
        for _ in 0..5 {
            let longer = texts
                .iter()
                .flat_map(|text| signs.map(|sign| format!("{text}{sign}")));
            texts = longer.collect();
            for text in &texts {
                assert_eq!(unescape(&escape(text)), *text);
                // What is written of a cell that was written before is the same again.
                let again = escape(&unescape(text)).into_owned();
                assert_eq!(escape(&unescape(&again)), again);
                assert!(
                    !cells(&escape(text))
                        .any(|(cell, is_formula)| is_formula && !cell.starts_with('\''))
                );
            }
        }
    }
}
