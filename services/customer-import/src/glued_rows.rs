//! Rows inside a quoted cell: two stray quotes, of which the second happens to stand where a cell ends, glue together
//! what lies between them, and to every reader of CSV that is one cell.

use domain::visible;

use crate::{columns::Columns, columns::Field, phone_cell, reader::Record};

/// Whether a cell of the record holds lines that are rows of this file: as many cells, and a phone where it stands.
/// A note of several lines is none. In a file of two columns all lines have to be rows: a note may begin with a number.
pub(crate) fn holds_rows(record: &Record<'_>, delimiter: u8, columns: &Columns) -> bool {
    let width = columns.header.len();
    if width < 2 || !has_break(record.bytes()) {
        return false;
    }
    (0..record.len()).any(|index| {
        let mut lines = record.cell(index).split(|byte| is_break(*byte)).peekable();
        // Its first line ends the row that the quote stands in.
        lines.next();
        let mut rows = Vec::new();
        while let Some(line) = lines.next() {
            let behind = if lines.peek().is_none() {
                index + 1..record.len()
            } else {
                0..0
            };
            let cells: Vec<&[u8]> = line
                .split(|byte| *byte == delimiter)
                .chain(behind.map(|index| record.cell(index)))
                .collect();
            if !line.is_empty() {
                rows.push(cells.len() == width && has_phone(&cells, columns));
            }
        }
        let is_row = |is_row: &bool| *is_row;
        !rows.is_empty()
            && if width == 2 {
                rows.iter().all(is_row)
            } else {
                rows.iter().any(is_row)
            }
    })
}

fn has_phone(cells: &[&[u8]], columns: &Columns) -> bool {
    let phone = columns.indexes[Field::Phone as usize];
    phone.iter().chain(&columns.other_phones).any(|&index| {
        let cell = cells.get(index).copied().unwrap_or_default();
        let text = String::from_utf8_lossy(cell);
        phone_cell::parse(visible(&text).trim_matches('"')).is_ok()
    })
}

fn has_break(bytes: &[u8]) -> bool {
    bytes.contains(&b'\n') || bytes.contains(&b'\r')
}

const fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}
