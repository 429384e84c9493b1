//! What one check has found.

use serde::Serialize;

/// How it stands. In the order in which a report shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Something does not work, or is not safe.
    Problem,
    /// It works, but not as one would want.
    Warning,
    /// It could not be seen.
    Skipped,
    /// As it should be.
    Ok,
}

/// One finding. The fields, and the names of checks, are stable: programs read them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Such as `database.migrations`.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// What was found, without secrets.
    pub detail: String,
    /// What to do about it; nothing where all is well.
    pub remedy: Option<String>,
}

impl Finding {
    /// Something that keeps the product from working.
    pub fn problem(
        name: impl Into<String>,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(State::Problem, name, detail, Some(remedy.into()))
    }

    /// Something to know.
    pub fn warning(
        name: impl Into<String>,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(State::Warning, name, detail, Some(remedy.into()))
    }

    /// Something that can't be seen from here; `remedy` says how to look.
    pub fn skipped(
        name: impl Into<String>,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(State::Skipped, name, detail, Some(remedy.into()))
    }

    /// All is well.
    pub fn ok(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(State::Ok, name, detail, None)
    }

    fn new(
        state: State,
        name: impl Into<String>,
        detail: impl Into<String>,
        remedy: Option<String>,
    ) -> Self {
        Self {
            name: name.into(),
            state,
            detail: detail.into(),
            remedy,
        }
    }
}
