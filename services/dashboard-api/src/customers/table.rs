//! Where customers stand, and what they are called.

pub(super) const TABLE: &str = "customers";
pub(super) const COLUMNS: &str = "*";
