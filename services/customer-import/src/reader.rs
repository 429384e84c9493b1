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
    /// Whether a quote opens in it that was never meant as one, or is closed nowhere. Its cells are as they stand then.
    pub(crate) has_open_quote: bool,
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

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    Yes,
    /// A quoted cell of it holds other rows: the record is read again, line by line.
    HoldsRows,
}

/// A reader of comma-separated values that is fed piece by piece. Lines may end in LF, CRLF or CR;
/// empty lines are skipped.
///
/// A quote that was never meant as one, such as that of `"Ben`, would glue all rows together up to the next quote.
/// Where that shows, the glued part is read again with every line a record; see [`stray_quotes`].
pub(crate) struct RecordReader {
    csv: csv_core::Reader,
    /// The same, to which quotes are signs like any other; and whether that one reads.
    plain: csv_core::Reader,
    reads_plainly: bool,
    delimiter: u8,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    bytes_used: usize,
    ends_used: usize,
    row: i32,
    /// The record under way as it came in earlier pieces.
    begun: Vec<u8>,
}

impl RecordReader {
    pub(crate) fn new(delimiter: u8) -> Self {
        let mut builder = ReaderBuilder::new();
        builder.delimiter(delimiter);
        Self {
            csv: builder.build(),
            plain: builder.quoting(false).build(),
            reads_plainly: false,
            delimiter,
            bytes: vec![0; 4096],
            ends: vec![0; 32],
            bytes_used: 0,
            ends_used: 0,
            row: 1,
            begun: Vec::new(),
        }
    }

    /// The number of the record that is being read.
    pub(crate) const fn row(&self) -> i32 {
        self.row
    }

    /// Hands every record that `input` completes to `each`.
    pub(crate) fn push(
        &mut self,
        input: &[u8],
        each: &mut impl FnMut(Record<'_>) -> Result<Taken, ImportFailure>,
    ) -> Result<(), ImportFailure> {
        let (mut start, mut at) = (0, 0);
        // To csv-core an empty input means the end.
        while at < input.len() {
            let (result, taken) = self.step(&input[at..])?;
            at += taken;
            match result {
                Step::Record => self.end_record(&input[start..at], each)?,
                Step::TooLong => self.split_too_long(&input[start..at], each)?,
                Step::Under => continue,
            }
            start = at;
        }
        self.begin(&input[start..]);
        Ok(())
    }

    /// Hands over the last record, where no line break ends it.
    pub(crate) fn finish(
        mut self,
        each: &mut impl FnMut(Record<'_>) -> Result<Taken, ImportFailure>,
    ) -> Result<(), ImportFailure> {
        // A line break ends every record but one whose quote is open.
        self.push(b"\n", each)?;
        let rest = std::mem::take(&mut self.begun);
        self.read_lines(&rest, each)
    }

    /// Keeps the beginning of a record. Empty lines before it are none of it.
    fn begin(&mut self, input: &[u8]) {
        let skipped = if self.begun.is_empty() {
            input.iter().take_while(|byte| is_break(**byte)).count()
        } else {
            0
        };
        self.begun.extend_from_slice(&input[skipped..]);
    }

    /// A record is there, whose last piece is `input`.
    fn end_record(
        &mut self,
        input: &[u8],
        each: &mut impl FnMut(Record<'_>) -> Result<Taken, ImportFailure>,
    ) -> Result<(), ImportFailure> {
        let bytes = &self.bytes[..self.bytes_used];
        if !bytes.contains(&b'\n') && !bytes.contains(&b'\r') {
            self.begun.clear();
            return self.hand_over(false, each).map(drop);
        }
        self.begin(input);
        let raw = std::mem::take(&mut self.begun);
        if stray_quotes(&raw, self.delimiter) || self.hand_over(false, each)? == Taken::HoldsRows {
            self.read_lines(&raw, each)?;
        }
        Ok(())
    }

    /// A record is too long, and `input` its last piece so far: mostly a quote left open. Its last line goes on.
    fn split_too_long(
        &mut self,
        input: &[u8],
        each: &mut impl FnMut(Record<'_>) -> Result<Taken, ImportFailure>,
    ) -> Result<(), ImportFailure> {
        self.begin(input);
        let raw = std::mem::take(&mut self.begun);
        let Some(last) = raw.iter().rposition(|byte| is_break(*byte)) else {
            return Err(ImportFailure::RowTooLong {
                row: self.row,
                limit: MOST_RECORD_BYTES,
            });
        };
        self.read_lines(&raw[..=last], each)?;
        self.push(&raw[last + 1..], each)
    }

    /// Reads each line as a record of its own, however its quotes stand.
    fn read_lines(
        &mut self,
        raw: &[u8],
        each: &mut impl FnMut(Record<'_>) -> Result<Taken, ImportFailure>,
    ) -> Result<(), ImportFailure> {
        let lines = raw.split(|byte| is_break(*byte));
        for line in lines.filter(|line| !line.is_empty()) {
            self.restart(false);
            let has_open_quote = !self.read_line(line)?;
            if has_open_quote {
                self.restart(true);
                self.read_line(line)?;
            }
            self.hand_over(has_open_quote, each)?;
        }
        self.restart(false);
        Ok(())
    }

    /// Reads a line and its end; whether a record came of it.
    fn read_line(&mut self, line: &[u8]) -> Result<bool, ImportFailure> {
        let mut result = Step::Under;
        for mut input in [line, b"\n"] {
            while !input.is_empty() {
                let (step, taken) = self.step(input)?;
                if step == Step::TooLong {
                    return Err(ImportFailure::RowTooLong {
                        row: self.row,
                        limit: MOST_RECORD_BYTES,
                    });
                }
                input = &input[taken..];
                result = step;
            }
        }
        Ok(result == Step::Record)
    }

    /// Forgets the record under way.
    fn restart(&mut self, plainly: bool) {
        self.reads_plainly = plainly;
        self.csv.reset();
        self.plain.reset();
        self.bytes_used = 0;
        self.ends_used = 0;
    }

    /// One call of csv-core: what came of it, and how much of `input` it took.
    fn step(&mut self, input: &[u8]) -> Result<(Step, usize), ImportFailure> {
        let reader = if self.reads_plainly {
            &mut self.plain
        } else {
            &mut self.csv
        };
        let (result, taken, written, ended) = reader.read_record(
            input,
            &mut self.bytes[self.bytes_used..],
            &mut self.ends[self.ends_used..],
        );
        self.bytes_used += written;
        self.ends_used += ended;
        let step = match result {
            ReadRecordResult::InputEmpty | ReadRecordResult::End => Step::Under,
            ReadRecordResult::OutputFull if self.bytes.len() >= MOST_RECORD_BYTES => Step::TooLong,
            ReadRecordResult::OutputFull => {
                self.bytes.resize(self.bytes.len() * 2, 0);
                Step::Under
            }
            ReadRecordResult::OutputEndsFull => {
                if self.ends.len() >= MOST_COLUMNS {
                    return Err(ImportFailure::TooManyColumns {
                        row: self.row,
                        limit: MOST_COLUMNS,
                    });
                }
                self.ends.resize(self.ends.len() * 2, 0);
                Step::Under
            }
            ReadRecordResult::Record => Step::Record,
        };
        Ok((step, taken))
    }

    fn hand_over(
        &mut self,
        has_open_quote: bool,
        each: &mut impl FnMut(Record<'_>) -> Result<Taken, ImportFailure>,
    ) -> Result<Taken, ImportFailure> {
        let taken = each(Record {
            row: self.row,
            has_open_quote,
            bytes: &self.bytes[..self.bytes_used],
            ends: &self.ends[..self.ends_used],
        })?;
        self.bytes_used = 0;
        self.ends_used = 0;
        if taken == Taken::Yes {
            self.row = self.row.checked_add(1).ok_or(ImportFailure::TooManyRows)?;
        }
        Ok(taken)
    }
}

/// What one call of csv-core came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The record goes on.
    Under,
    Record,
    TooLong,
}

/// Whether a quoted cell of the record spans lines and something follows its closing quote: then that quote opened
/// another cell, and what stands between the two are rows.
fn stray_quotes(record: &[u8], delimiter: u8) -> bool {
    let mut rest = record;
    loop {
        if let [b'"', inside @ ..] = rest {
            let Some(length) = quoted_length(inside) else {
                return true;
            };
            let (cell, after) = inside.split_at(length);
            let next = after
                .iter()
                .find(|&&byte| byte == delimiter || !matches!(byte, b' ' | b'\t'));
            let ends = next.is_none_or(|&byte| byte == delimiter || is_break(byte));
            if !ends && cell.iter().any(|byte| is_break(*byte)) {
                return true;
            }
            rest = after;
        }
        match rest
            .iter()
            .position(|&byte| byte == delimiter || is_break(byte))
        {
            Some(end) if rest[end] == delimiter => rest = &rest[end + 1..],
            _ => return false,
        }
    }
}

/// The length of a quoted cell behind its first quote, with the last one; `None` where that is missing.
fn quoted_length(inside: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += inside[at..].iter().position(|&byte| byte == b'"')? + 1;
        if inside.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

const fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

#[cfg(test)]
mod tests;
