//! Words of a file that nobody told the meaning of.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use utoipa::ToSchema;

use crate::words::key;

/// Different words of one column that are counted.
const MOST_WORDS: usize = 200;
/// Words that an answer names.
const MOST_NAMED: usize = 10;
/// Characters of a word that it shows.
const MOST_SHOWN: usize = 60;

/// Which kind of column is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The customers' status.
    Status,
    /// Whether somebody may be texted.
    Consent,
    /// Whether somebody must not be texted.
    OptOut,
}

impl Subject {
    /// The parameter that tells what a word means.
    const fn parameter(self) -> &'static str {
        match self {
            Self::Status => "status_values",
            Self::Consent | Self::OptOut => "consent_values",
        }
    }

    /// What `mapping[…]=` calls the column.
    const fn field(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Consent => "consent",
            Self::OptOut => "opt_out",
        }
    }

    const fn choices(self) -> &'static str {
        match self {
            Self::Status => "active, inactive, unsubscribed, ignore or reject",
            Self::Consent | Self::OptOut => "yes (may be texted), no or ignore",
        }
    }
}

/// A word that is not known, and in how many rows it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnknownWord {
    /// The word as the file spells it, cut to 60 characters.
    #[schema(example = "abonniert")]
    pub word: String,
    /// Rows with it.
    pub rows: u64,
}

/// What an import asks about one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Question {
    /// The kind of column.
    pub field: Subject,
    /// Its header as the file spells it.
    #[schema(example = "Newsletter")]
    pub column: String,
    /// The parameter that answers it: `<parameter>[<word>]=…`.
    #[schema(example = "consent_values")]
    pub parameter: &'static str,
    /// Rows with words that are not known.
    pub rows: u64,
    /// The most frequent of those words.
    pub words: Vec<UnknownWord>,
}

impl Question {
    /// For each word the parameter that tells what it means, and what it may be.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (String, String)> {
        let choices = self.field.choices();
        self.words.iter().map(move |unknown| {
            (
                format!("{}[{}]", self.parameter, unknown.word),
                format!("{} rows; this may be {choices}.", unknown.rows),
            )
        })
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "The column \"{}\" has words that are not known in {} rows:",
            self.column, self.rows
        )?;
        for (index, unknown) in self.words.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma} \"{}\" ({})", unknown.word, unknown.rows)?;
        }
        let example = self.words.first().map_or("*", |unknown| &unknown.word);
        write!(
            f,
            ". Say what each means by {}[{example}]=…, which may be {}; what all others mean by {0}[*]=…; or take nothing from the column by mapping[{}]=.",
            self.parameter,
            self.field.choices(),
            self.field.field(),
        )
    }
}

/// Everything that has to be asked before a file can be imported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Questions(pub Vec<Question>);

impl fmt::Display for Questions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nothing was imported.")?;
        self.0.iter().try_for_each(|one| write!(f, " {one}"))
    }
}

#[derive(Debug, Default)]
struct Column {
    rows: u64,
    /// By the word as it is compared: how it is spelt first, and in how many rows.
    words: BTreeMap<String, (String, u64)>,
}

impl Column {
    fn count(&mut self, key: String, word: &str, rows: u64) {
        if self.words.len() < MOST_WORDS || self.words.contains_key(&key) {
            self.words
                .entry(key)
                .or_insert_with(|| (word.to_owned(), 0))
                .1 += rows;
        }
    }
}

/// Counts words that are not known.
#[derive(Debug, Default)]
pub(crate) struct Unknown(BTreeMap<(Subject, String), Column>);

impl Unknown {
    pub(crate) fn add(&mut self, subject: Subject, column: &str, word: &str) {
        let known = self.0.entry((subject, column.to_owned())).or_default();
        known.rows += 1;
        let shown: String = word.chars().take(MOST_SHOWN).collect();
        known.count(key(&shown), &shown, 1);
    }

    /// Takes in another checker's.
    pub(crate) fn merge(&mut self, other: Self) {
        for (column, theirs) in other.0 {
            let known = self.0.entry(column).or_default();
            known.rows += theirs.rows;
            for (key, (word, rows)) in theirs.words {
                known.count(key, &word, rows);
            }
        }
    }

    /// What has to be asked before `total_rows` rows are imported. A consent is never guessed. Of a status, a
    /// single odd row, or one in a hundred, is a reject like any other; more is how this file speaks.
    pub(crate) fn questions(&self, total_rows: u64) -> Questions {
        let asked = self.0.iter().filter(|((subject, _), column)| {
            *subject != Subject::Status || column.rows > (total_rows / 100).max(1)
        });
        let questions = asked.map(|((subject, name), column)| {
            let mut words: Vec<_> = column.words.values().collect();
            words.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
            Question {
                field: *subject,
                column: name.clone(),
                parameter: subject.parameter(),
                rows: column.rows,
                words: words
                    .into_iter()
                    .take(MOST_NAMED)
                    .map(|(word, rows)| UnknownWord {
                        word: word.clone(),
                        rows: *rows,
                    })
                    .collect(),
            }
        });
        Questions(questions.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_status_is_no_question_and_one_odd_consent_is() {
        let mut unknown = Unknown::default();
        unknown.add(Subject::Status, "Status", "Lead");
        assert_eq!(unknown.questions(3), Questions::default());
        let mut more = Unknown::default();
        more.add(Subject::Status, "Status", "LEAD");
        more.add(Subject::Status, "Status", "Customer");
        more.add(Subject::Consent, "SMS", "maybe");
        unknown.merge(more);
        assert_eq!(unknown.questions(300).0.len(), 1);
        let questions = unknown.questions(3);
        let text = questions.to_string();
        assert!(
            text.contains(
                "\"Status\" has words that are not known in 3 rows: \"Lead\" (2), \"Customer\" (1)"
            ) && text.contains("status_values[Lead]=")
                && text.contains("consent_values[maybe]=")
                && text.contains("mapping[consent]="),
            "{text}"
        );
    }

    #[test]
    fn a_column_of_different_words_needs_little_memory_and_a_short_answer() {
        let mut unknown = Unknown::default();
        for word in 0..10_000 {
            unknown.add(
                Subject::Consent,
                "Consent",
                &format!("{word} {}", "x".repeat(500)),
            );
        }
        let questions = unknown.questions(10_000);
        assert_eq!(questions.0[0].rows, 10_000);
        assert!(questions.to_string().len() < 2_000);
    }
}
