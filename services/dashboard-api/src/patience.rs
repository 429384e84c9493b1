//! How long we wait for the database.

use std::time::Duration;

/// Longer than Postgres gives a statement of a person's, so that its own word is heard.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
