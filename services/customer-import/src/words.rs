//! What a caller says that the words of a file mean: `consent_values[maybe]=no`, `status_values[Lead]=active`.

use std::collections::BTreeMap;

use domain::CustomerStatus;

use crate::said::{Said, is_no, plain};

/// What stands for every word that is not known.
const ANY: &str = "*";

/// What a word of a status column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StatusWord {
    Is(CustomerStatus),
    /// Inactive, because they asked not to be texted.
    Unsubscribed,
    /// As if the cell were empty.
    Nothing,
    /// The row is rejected.
    Rejected,
}

/// Words with what a caller says that they mean.
#[derive(Debug, Clone)]
pub(crate) struct Meanings<T> {
    by_word: BTreeMap<String, T>,
    others: Option<T>,
}

impl<T> Default for Meanings<T> {
    fn default() -> Self {
        Self {
            by_word: BTreeMap::new(),
            others: None,
        }
    }
}

impl<T: Copy> Meanings<T> {
    fn set(&mut self, word: &str, meaning: T) {
        if word.trim() == ANY {
            self.others = Some(meaning);
        } else {
            self.by_word.insert(key(word), meaning);
        }
    }

    /// What the caller says of this word, else what is `known` of it, else what the caller says of all others.
    fn of(&self, word: &str, known: Option<T>) -> Option<T> {
        if self.by_word.is_empty() {
            return known.or(self.others);
        }
        let told = self.by_word.get(&key(word)).copied();
        told.or(known).or(self.others)
    }
}

/// What is known of a file's words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    consent: Meanings<Said>,
    status: Meanings<StatusWord>,
}

impl Words {
    /// Takes in `consent_values[word]=meaning` or `status_values[word]=meaning`; false where it is neither.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> bool {
        let word_of = |prefix: &str| {
            let word = name.strip_prefix(prefix)?.strip_suffix(']')?;
            (!word.trim().is_empty()).then_some(word)
        };
        if let Some(word) = word_of("consent_values[") {
            let meaning = match value {
                "yes" | "given" => Said::Yes,
                "no" | "declined" => Said::No,
                "ignore" => Said::Nothing,
                _ => return false,
            };
            self.consent.set(word, meaning);
            return true;
        }
        if let Some(word) = word_of("status_values[") {
            let meaning = match value {
                "active" => StatusWord::Is(CustomerStatus::Active),
                "inactive" => StatusWord::Is(CustomerStatus::Inactive),
                "unsubscribed" => StatusWord::Unsubscribed,
                "ignore" => StatusWord::Nothing,
                "reject" => StatusWord::Rejected,
                _ => return false,
            };
            self.status.set(word, meaning);
            return true;
        }
        false
    }

    /// What a cell of a consent's column says, where the column itself would have it say `known`.
    pub(crate) fn consent(&self, cell: &str, known: Option<Said>) -> Option<Said> {
        self.consent.of(cell, known)
    }

    /// What a cell of a status says; `None` where its word is not known.
    pub(crate) fn status(&self, cell: &str) -> Option<StatusWord> {
        self.status.of(cell, known_status(cell))
    }
}

fn known_status(cell: &str) -> Option<StatusWord> {
    if is_no(cell) {
        return Some(StatusWord::Unsubscribed);
    }
    match plain(cell).as_str() {
        "active" | "subscribed" | "optedin" | "optin" | "yes" | "enabled" => {
            Some(StatusWord::Is(CustomerStatus::Active))
        }
        "inactive" | "no" | "disabled" => Some(StatusWord::Is(CustomerStatus::Inactive)),
        _ => None,
    }
}

/// A word as it is compared: `Opted-In` is `opted in`. One of signs alone is itself.
pub(crate) fn key(word: &str) -> String {
    let plain = plain(word);
    if plain.is_empty() {
        word.trim().to_lowercase()
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_word_comes_before_ours_and_a_star_after() {
        let mut words = Words::default();
        for (name, value) in [
            ("status_values[Lead]", "active"),
            ("status_values[stop]", "inactive"),
            ("consent_values[?]", "no"),
        ] {
            assert!(words.set(name, value), "{name}");
        }
        let active = Some(StatusWord::Is(CustomerStatus::Active));
        let inactive = Some(StatusWord::Is(CustomerStatus::Inactive));
        assert_eq!(words.status("LEAD"), active);
        assert_eq!(words.status("Stop"), inactive);
        assert_eq!(words.status("Opted-Out"), Some(StatusWord::Unsubscribed));
        assert_eq!(words.status("Customer"), None);
        assert_eq!(words.consent(" ? ", None), Some(Said::No));
        assert!(words.set("status_values[*]", "reject"));
        assert_eq!(words.status("Customer"), Some(StatusWord::Rejected));
        assert_eq!(words.status("active"), active);
        for (name, value) in [
            ("status_values[Lead]", "maybe"),
            ("status_values[]", "active"),
            ("consent_values[x", "yes"),
            ("values[x]", "yes"),
        ] {
            assert!(!words.set(name, value), "{name}={value}");
        }
    }
}
