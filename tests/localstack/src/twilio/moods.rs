//! Moods: how the next create requests to one number are handled.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

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
    /// Refuses the message with this HTTP status: with Twilio's JSON if `code` is given, with a page
    /// of HTML, as from a proxy, otherwise.
    RefuseWith {
        /// The HTTP status.
        http_status: u16,
        /// Twilio's error code.
        #[serde(default)]
        code: Option<u32>,
    },
    /// Does not accept the message and never answers: until the client hangs up, or for 120 s.
    Hang,
    /// Accepts the message so many milliseconds after the request came in, and answers nothing before.
    Late(u64),
    /// Refuses the message with 429 and code 20429.
    Throttle,
}

impl Mood {
    pub(super) fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Accept | Self::AcceptAndFail | Self::Hang | Self::Late(_) => None,
            Self::Fail => Some(Refusal::of(20500)),
            Self::Refuse(code) => Some(Refusal::of(code)),
            Self::RefuseWith { http_status, code } => Some(Refusal::with(http_status, code)),
            Self::Throttle => Some(Refusal::of(20429)),
        }
    }

    /// How much later than its request the message is accepted, if at all.
    pub(super) const fn lateness(self) -> Option<Duration> {
        match self {
            Self::Late(milliseconds) => Some(Duration::from_millis(milliseconds)),
            _ => None,
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
