//! What reading and checking a whole file found.

use crate::{columns::Columns, crew::Checked};

/// What was found, once every thread came to the end of the file.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) checked: Checked,
    pub(crate) columns: Columns,
    pub(crate) has_header: bool,
    pub(crate) delimiter: u8,
    pub(crate) encoding: &'static str,
    /// SHA-256.
    pub(crate) file_hash: [u8; 32],
    pub(crate) bytes: u64,
}
