//! Where records of imports stand, and what they are called.

pub(super) const TABLE: &str = "customer_imports";
pub(super) const COLUMNS: &str = "*";
