//! Where campaigns stand, and how long a statement about one of them may take.

use std::time::Duration;

pub(super) const TABLE: &str = "campaigns";
/// Longer than Postgres gives a statement of a person's, so that its own word is heard.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
