//! What we answer to keywords.

use crate::settings::Settings;

/// What is answered where Twilio does not answer by itself; `None`: nothing.
#[derive(Debug)]
pub struct Answers {
    pub stop: Option<String>,
    pub help: Option<String>,
}

impl Answers {
    pub fn new(settings: &Settings) -> Self {
        let text = |reply: &str| Some(reply.trim().to_owned()).filter(|reply| !reply.is_empty());
        Self {
            stop: text(&settings.stop_reply),
            help: text(&settings.help_reply),
        }
    }
}
