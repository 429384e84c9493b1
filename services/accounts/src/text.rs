//! What people write.

/// A text without blanks at its ends, and without NUL, which Postgres does not store; `None` if nothing is left.
pub(crate) fn trimmed(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().replace('\0', ""))
        .filter(|text| !text.is_empty())
}
