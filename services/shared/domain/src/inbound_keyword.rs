//! What a person's text asks for: to stop, to start again, for help, or nothing of the kind.
//!
//! Texts are folded before they are compared, because the law asks what was meant and not how it was typed: full-width
//! letters, accents, case, punctuation, emoji and spaces don't count. What is neither exactly a keyword nor certainly
//! something else is a likely revocation: a person decides, and until then nobody is texted.

mod folding;
mod reaction;
mod words;

use folding::fold;
use reaction::is_reaction;
use words::{
    ADDRESSED, FILLERS, HELP, HOLDS_UP, LIKELY, LIKELY_WITHIN, NEGATIONS, NOT_AFTER_STOP,
    NOT_BEFORE_STOP, SHORT_FORMS, START, STOP, STOP_SIGNS, TOLD_TO_STOP, TWILIO_ANSWERS,
};

/// What a text asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InboundKeyword {
    /// Never to be texted again.
    Stop,
    /// To be texted again.
    Start,
    /// Who we are.
    Help,
    /// Probably to be texted no more, in words of their own: a person decides.
    LikelyRevocation,
    /// Nothing that we act on.
    Other,
}

impl InboundKeyword {
    /// What a text asks for. Twilio's own verdict, where it gives one (`OptOutType`), wins over the words.
    #[must_use]
    pub fn of(body: &str, opt_out_type: Option<&str>) -> Self {
        opt_out_type
            .and_then(Self::of_opt_out_type)
            .unwrap_or_else(|| Self::of_words(body))
    }

    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Start => "start",
            Self::Help => "help",
            Self::LikelyRevocation => "likely_revocation",
            Self::Other => "other",
        }
    }

    fn of_opt_out_type(kind: &str) -> Option<Self> {
        match kind.trim().to_ascii_uppercase().as_str() {
            "STOP" => Some(Self::Stop),
            "START" => Some(Self::Start),
            "HELP" => Some(Self::Help),
            _ => None,
        }
    }

    fn of_words(body: &str) -> Self {
        // What it quotes are our words: every text of ours says how to stop.
        if is_reaction(body) {
            return Self::Other;
        }
        let folded = fold(body);
        let words: Vec<&str> = folded
            .split(' ')
            .filter(|word| !word.is_empty())
            .map(written_out)
            .collect();
        if words.is_empty() {
            return if body.contains(STOP_SIGNS) {
                Self::LikelyRevocation
            } else {
                Self::Other
            };
        }
        let exact = words.concat();
        let compact = without_long_runs(&exact);
        let is = |list: &[&str]| list.contains(&compact.as_str());
        if is(STOP) || is_stop_among_fillers(&words) {
            Self::Stop
        // To the letter: what lifts an opt-out is no "YESSS" in answer to something else.
        } else if START.contains(&exact.as_str()) {
            Self::Start
        } else if is(HELP) {
            Self::Help
        } else if is_likely(&words, &compact) {
            Self::LikelyRevocation
        } else {
            Self::Other
        }
    }
}

/// Whether Twilio answers a text itself, so that we must not answer as well: it said so, or the text is exactly one of the
/// words that every sender of Twilio's knows.
#[must_use]
pub fn twilio_answers(body: &str, opt_out_type: Option<&str>) -> bool {
    opt_out_type
        .and_then(InboundKeyword::of_opt_out_type)
        .is_some()
        || TWILIO_ANSWERS.contains(&body.trim().to_ascii_uppercase().as_str())
}

/// The word that people shorten.
fn written_out(word: &str) -> &str {
    SHORT_FORMS
        .iter()
        .find(|(short, _)| *short == word)
        .map_or(word, |(_, long)| long)
}

/// "stoooop" is "stop": a letter that occurs three times in a row or more counts once.
fn without_long_runs(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters
        .chunk_by(|left, right| left == right)
        .flat_map(|run| &run[..if run.len() >= 3 { 1 } else { run.len() }])
        .collect()
}

/// "Ok, please stop now. Thanks", "opt out please": keywords for stopping, and besides them only words that don't change
/// the meaning.
fn is_stop_among_fillers(words: &[&str]) -> bool {
    let rest: Vec<String> = words
        .iter()
        .filter(|word| !FILLERS.contains(word))
        .map(|word| without_long_runs(word))
        .collect();
    let is_stop = |word: &String| STOP.contains(&word.as_str());
    !rest.is_empty() && (rest.iter().all(is_stop) || is_stop(&rest.concat()))
}

fn is_likely(words: &[&str], compact: &str) -> bool {
    let without_fillers: String = words
        .iter()
        .filter(|word| !FILLERS.contains(word))
        .copied()
        .collect();
    HOLDS_UP.contains(&without_fillers.as_str())
        || LIKELY_WITHIN.iter().any(|part| compact.contains(part))
        || LIKELY.iter().any(|phrase| has_phrase(words, phrase))
        || says_stop(words)
}

/// Whether the words of `phrase` occur one after another, not after a negation ("don't stop texting me").
fn has_phrase(words: &[&str], phrase: &str) -> bool {
    let wanted: Vec<&str> = phrase.split(' ').collect();
    words
        .windows(wanted.len())
        .enumerate()
        .any(|(place, found)| found == wanted && !is_negated(&words[..place]))
}

/// Whether a text begins or ends with "stop" as an order, not as in "stop by the shop" or "the bus stop".
fn says_stop(words: &[&str]) -> bool {
    words.iter().enumerate().any(|(place, word)| {
        let before = &words[..place];
        let after = words.get(place + 1);
        let polite = before.iter().all(|word| FILLERS.contains(word));
        let is_told = matches!(before, [.., who, "to"] if TOLD_TO_STOP.contains(who));
        without_long_runs(word) == "stop"
            && (polite || after.is_none())
            && !is_negated(before)
            && (is_told
                || !before
                    .last()
                    .is_some_and(|last| NOT_BEFORE_STOP.contains(last)))
            && !after.is_some_and(|next| NOT_AFTER_STOP.contains(next))
    })
}

/// Whether one of the two words before turns it round. "Why won't you stop" does not: that is a complaint.
fn is_negated(before: &[&str]) -> bool {
    let is_addressed = |place: usize| {
        before
            .get(place)
            .is_some_and(|word| ADDRESSED.contains(word))
    };
    (before.len().saturating_sub(2)..before.len()).any(|place| {
        NEGATIONS.contains(&before[place])
            && !is_addressed(place + 1)
            && !place.checked_sub(1).is_some_and(is_addressed)
    })
}

#[cfg(test)]
mod tests;
