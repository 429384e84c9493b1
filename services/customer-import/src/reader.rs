//! Splits a file that arrives in pieces into records.

use csv_core::{ReadRecordResult, ReaderBuilder};

use crate::failure::ImportFailure;

/// Most bytes of one record. Real ones have some hundred; more is mostly a quote left open.
const MOST_RECORD_BYTES: usize = 256 * 1024;
/// Most columns of one record.
const MOST_COLUMNS: usize = 2048;

/// One record of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    /// The number of the record, the header being row 1. Empty lines are not counted.
    pub(crate) row: i32,
    bytes: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Record<'a> {
    /// How many cells the record has.
    pub(crate) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// All cells, one after another.
    pub(crate) const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where each cell ends in [`Record::bytes`].
    pub(crate) const fn ends(&self) -> &'a [usize] {
        self.ends
    }

    /// A cell's bytes; empty where the record is too short to have it.
    pub(crate) fn cell(&self, index: usize) -> &'a [u8] {
        let Some(&end) = self.ends.get(index) else {
            return b"";
        };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..end]
    }
}

/// A reader of comma-separated values that is fed piece by piece. Lines may end in LF, CRLF or CR;
/// empty lines are skipped.
pub(crate) struct RecordReader {
    csv: csv_core::Reader,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    bytes_used: usize,
    ends_used: usize,
    row: i32,
}

impl RecordReader {
    pub(crate) fn new(delimiter: u8) -> Self {
        Self {
            csv: ReaderBuilder::new().delimiter(delimiter).build(),
            bytes: vec![0; 4096],
            ends: vec![0; 32],
            bytes_used: 0,
            ends_used: 0,
            row: 1,
        }
    }

    /// The number of the record that is being read.
    pub(crate) const fn row(&self) -> i32 {
        self.row
    }

    /// Hands every record that `input` completes to `each`.
    pub(crate) fn push(
        &mut self,
        mut input: &[u8],
        each: &mut impl FnMut(Record<'_>) -> Result<(), ImportFailure>,
    ) -> Result<(), ImportFailure> {
        // To csv-core an empty input means the end.
        while !input.is_empty() {
            input = &input[self.step(input, each)?.1..];
        }
        Ok(())
    }

    /// Hands over the last record, where no line break ends it.
    ///
    /// # Errors
    /// [`ImportFailure::UnclosedQuote`] where the file ends inside a quoted cell.
    pub(crate) fn finish(
        mut self,
        each: &mut impl FnMut(Record<'_>) -> Result<(), ImportFailure>,
    ) -> Result<(), ImportFailure> {
        // A line break ends every record but one whose quote is open.
        self.push(b"\n", each)?;
        if self.bytes_used > 0 || self.ends_used > 0 {
            return Err(ImportFailure::UnclosedQuote(self.row));
        }
        while self.step(b"", each)?.0 != ReadRecordResult::End {}
        Ok(())
    }

    /// One call of csv-core: its result and how much of `input` it took.
    fn step(
        &mut self,
        input: &[u8],
        each: &mut impl FnMut(Record<'_>) -> Result<(), ImportFailure>,
    ) -> Result<(ReadRecordResult, usize), ImportFailure> {
        let (result, taken, written, ended) = self.csv.read_record(
            input,
            &mut self.bytes[self.bytes_used..],
            &mut self.ends[self.ends_used..],
        );
        self.bytes_used += written;
        self.ends_used += ended;
        match result {
            ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            ReadRecordResult::OutputFull => {
                if self.bytes.len() >= MOST_RECORD_BYTES {
                    return Err(ImportFailure::RowTooLong {
                        row: self.row,
                        limit: MOST_RECORD_BYTES,
                    });
                }
                self.bytes.resize(self.bytes.len() * 2, 0);
            }
            ReadRecordResult::OutputEndsFull => {
                if self.ends.len() >= MOST_COLUMNS {
                    return Err(ImportFailure::TooManyColumns {
                        row: self.row,
                        limit: MOST_COLUMNS,
                    });
                }
                self.ends.resize(self.ends.len() * 2, 0);
            }
            ReadRecordResult::Record => {
                each(Record {
                    row: self.row,
                    bytes: &self.bytes[..self.bytes_used],
                    ends: &self.ends[..self.ends_used],
                })?;
                self.bytes_used = 0;
                self.ends_used = 0;
                self.row = self.row.checked_add(1).ok_or(ImportFailure::TooManyRows)?;
            }
        }
        Ok((result, taken))
    }
}

#[cfg(test)]
mod tests;
