//! Records on their way to a checker.

use crate::reader::Record;

/// What a record counts for at least.
const LEAST_BYTES: usize = 16;

/// Records in one piece of memory.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    /// Where each cell of each record ends in `bytes`.
    ends: Vec<usize>,
    /// Each record's number, and where its cells end in `ends`.
    records: Vec<(i32, usize)>,
    /// The numbers of those with an open quote, ascending.
    open_quotes: Vec<i32>,
}

impl Batch {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes + bytes / 8),
            ends: Vec::with_capacity(bytes / 8),
            records: Vec::with_capacity(bytes / 40),
            open_quotes: Vec::new(),
        }
    }

    /// Bytes of all cells; a record counts for some even when its cells are empty, so that a file
    /// of empty rows makes batches too.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len().max(self.records.len() * LEAST_BYTES)
    }

    pub(crate) fn push(&mut self, record: &Record<'_>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(record.bytes());
        self.ends
            .extend(record.ends().iter().map(|end| start + end));
        self.records.push((record.row, self.ends.len()));
        if record.has_open_quote {
            self.open_quotes.push(record.row);
        }
    }

    /// Whether a quote opens in this record and is not closed.
    pub(crate) fn has_open_quote(&self, row: i32) -> bool {
        !self.open_quotes.is_empty() && self.open_quotes.binary_search(&row).is_ok()
    }

    /// The records with their numbers.
    pub(crate) fn records(&self) -> impl Iterator<Item = (i32, Cells<'_>)> {
        let mut start = 0;
        let mut first = 0;
        self.records.iter().map(move |&(row, last)| {
            let cells = Cells {
                bytes: &self.bytes,
                start,
                ends: &self.ends[first..last],
            };
            start = cells.ends.last().copied().unwrap_or(start);
            first = last;
            (row, cells)
        })
    }
}

/// The cells of one record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells<'a> {
    bytes: &'a [u8],
    start: usize,
    ends: &'a [usize],
}

impl<'a> Cells<'a> {
    pub(crate) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// A cell's bytes; empty where the record is too short to have it.
    pub(crate) fn get(&self, index: usize) -> &'a [u8] {
        let Some(&end) = self.ends.get(index) else {
            return b"";
        };
        let start = index
            .checked_sub(1)
            .map_or(self.start, |before| self.ends[before]);
        &self.bytes[start..end]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        let this = *self;
        (0..this.len()).map(move |index| this.get(index))
    }

    /// Whether there is nothing but white space in it.
    pub(crate) fn are_blank(&self) -> bool {
        self.iter().all(|cell| cell.trim_ascii().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_empty_rows_make_batches_too() {
        let batch = Batch {
            records: vec![(1, 0); 1_000],
            ..Batch::default()
        };
        assert_eq!(batch.len(), 1_000 * LEAST_BYTES);
    }
}
