//! Moods: how the next create requests to one number are handled.

use std::collections::{HashMap, VecDeque};

use serde::Deserialize;

use super::answer::Refusal;

/// How the stand-in handles one create request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mood {
    /// Accepts the message and says so.
    Accept,
    /// Accepts the message and answers 500, so that the client can't know.
    AcceptAndFail,
    /// Does not accept the message and answers 500.
    Fail,
    /// Refuses the message with this code.
    Refuse(u32),
    /// Refuses the message with 429 and code 20429.
    Throttle,
}

impl Mood {
    pub(super) const fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Accept | Self::AcceptAndFail => None,
            Self::Fail => Some(Refusal::of(20500)),
            Self::Refuse(code) => Some(Refusal::of(code)),
            Self::Throttle => Some(Refusal::of(20429)),
        }
    }
}

/// Pending moods, by recipient.
#[derive(Default)]
pub(super) struct Moods(HashMap<String, VecDeque<Mood>>);

impl Moods {
    pub(super) fn set(&mut self, to: String, moods: impl IntoIterator<Item = Mood>) {
        self.0.insert(to, moods.into_iter().collect());
    }

    /// The mood for the current request to `to`.
    pub(super) fn next(&mut self, to: &str) -> Mood {
        self.0
            .get_mut(to)
            .and_then(VecDeque::pop_front)
            .unwrap_or(Mood::Accept)
    }
}
