//! Where customers stand, what they are called, and how long a statement about them may take.

use std::time::Duration;

pub(super) const TABLE: &str = "customers";
pub(super) const COLUMNS: &str = "*";
/// Longer than Postgres gives a statement of a person's, so that its own word is heard.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
