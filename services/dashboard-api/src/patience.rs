//! How long we wait for the database.

use std::time::Duration;

/// Longer than Postgres gives a statement of a person's, so that its own word is heard.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// The same where the database gives a function a minute: it may look through a million customers, or change tens of
/// thousands of messages.
pub(crate) const PATIENCE_FOR_A_MINUTE: Duration = Duration::from_secs(65);
/// The same where it gives one five minutes: launching, deleting, undoing.
pub(crate) const PATIENCE_FOR_FIVE_MINUTES: Duration = Duration::from_secs(310);
