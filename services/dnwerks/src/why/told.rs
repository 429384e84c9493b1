//! A story that is ready to be told.

use anyhow::Result;
use serde_json::Value;

use super::event::Event;
use crate::story::Line;

/// A story to tell: what happened, and how things stand now.
pub(super) struct Told {
    pub(super) json: Value,
    pub(super) lines: Vec<Line>,
    pub(super) verdict: String,
}

/// The lines of the events in a story.
pub(super) fn lines_of(events: &mut Value) -> Result<Vec<Line>> {
    let events: Vec<Event> = serde_json::from_value(events["events"].clone())?;
    Ok(events.iter().map(Event::line).collect())
}
