//! What one row says about being texted, and the words that it says it with.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use domain::PhoneNumber;
use serde::Serialize;

use crate::{
    consent::Says,
    questions::{Subject, Unknown},
    said::{self, Said},
    when,
    words::Words,
};

/// Characters of a cell that are kept as evidence.
const MOST_KEPT: usize = 200;

/// A row's cells about consent: what their column says, its header, the cell.
pub(crate) type ConsentCells<'a> = [(Says, &'a str, Cow<'a, str>)];

/// A cell with words that are not known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnknownCell<'a> {
    pub(crate) column: &'a str,
    pub(crate) words: &'a str,
}

/// What a row says.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowConsent<'a> {
    /// Whether somebody may be texted, where that is said.
    pub(crate) verdict: Option<bool>,
    /// The header and the words that say so.
    column: &'a str,
    words: &'a str,
    /// When it was said.
    at: Option<DateTime<Utc>>,
    at_words: &'a str,
    source: &'a str,
}

/// The row's words as evidence keeps them.
#[derive(Serialize)]
struct Evidence {
    /// Of a row that is rejected: who must not be texted all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    column: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    words: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "String::is_empty")]
    at_words: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    source: String,
}

impl<'a> RowConsent<'a> {
    /// Reads the row's cells. Where several columns speak, a "no" in any of them is a no.
    ///
    /// # Errors
    /// The first cell whose words are not known, unless another one says "no"; `unknown` counts it.
    pub(crate) fn read(
        cells: &'a ConsentCells<'a>,
        words: &Words,
        unknown: &mut Unknown,
    ) -> Result<Self, UnknownCell<'a>> {
        let mut row = Self::default();
        let mut asked = None;
        for (says, column, cell) in cells {
            let cell = cell.trim();
            if cell.is_empty() {
                continue;
            }
            let known = said::read(*says, cell);
            let at = known.is_none().then(|| when::parse(cell)).flatten();
            let known = known.or(match (says, at) {
                (Says::Consent, Some(_)) => Some(Said::Yes),
                (Says::OptOut, Some(_)) => Some(Said::No),
                _ => None,
            });
            let verdict = match words.consent(cell, known) {
                Some(Said::Nothing) => continue,
                Some(said) => said == Said::Yes,
                None => {
                    let subject = match says {
                        Says::OptOut => Subject::OptOut,
                        Says::Consent | Says::Either => Subject::Consent,
                    };
                    unknown.add(subject, column, cell);
                    asked = asked.or(Some(UnknownCell {
                        column,
                        words: cell,
                    }));
                    continue;
                }
            };
            if row.verdict.is_none() || (row.verdict == Some(true) && !verdict) {
                row = Self {
                    verdict: Some(verdict),
                    column,
                    words: cell,
                    at,
                    ..Self::default()
                };
            }
        }
        match asked {
            Some(cell) if row.verdict != Some(false) => Err(cell),
            _ => Ok(row),
        }
    }

    /// The same where the status says "no": that is one, too.
    pub(crate) fn or_no(self, column: &'a str, words: &'a str) -> Self {
        if self.verdict == Some(false) {
            return self;
        }
        Self {
            verdict: Some(false),
            column,
            words,
            at: None,
            ..self
        }
    }

    /// The same with the cells that tell when and where it was said.
    pub(crate) fn with_circumstances(self, at_words: &'a str, source: &'a str) -> Self {
        let at = match self.verdict {
            // The date beside a "no" is mostly that of an earlier "yes".
            Some(false) => self.at,
            _ => self.at.or_else(|| when::parse(at_words)),
        };
        Self {
            at,
            at_words,
            source,
            ..self
        }
    }

    /// The evidence as JSON; nothing where nothing is said. `rejected` is the phone of a row that is not imported.
    pub(crate) fn evidence(&self, rejected: Option<&PhoneNumber>) -> Option<String> {
        if self.verdict.is_none() && self.at_words.is_empty() && self.source.is_empty() {
            return None;
        }
        let evidence = Evidence {
            phone: rejected.map(|phone| phone.as_str().to_owned()),
            column: kept(self.column),
            words: kept(self.words),
            at: self.at,
            at_words: kept(self.at_words),
            source: kept(self.source),
        };
        // Texts and a time can always be written.
        serde_json::to_string(&evidence).ok()
    }
}

/// A text as Postgres can keep it.
fn kept(text: &str) -> String {
    let visible = text.trim().chars().filter(|c| !c.is_control());
    visible.take(MOST_KEPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a>(cells: &'a ConsentCells<'a>) -> Result<RowConsent<'a>, UnknownCell<'a>> {
        RowConsent::read(cells, &Words::default(), &mut Unknown::default())
    }

    #[test]
    fn a_no_in_any_column_is_a_no() {
        let cells = [
            (Says::Consent, "Accepts SMS", Cow::from("yes")),
            (Says::OptOut, "Do Not Text", Cow::from("x")),
            (Says::Consent, "SMS Consent", Cow::from("perhaps")),
        ];
        let row = read(&cells).unwrap();
        assert_eq!(row.verdict, Some(false));
        assert_eq!(
            row.evidence(None).unwrap(),
            r#"{"column":"Do Not Text","words":"x"}"#
        );
        assert_eq!(read(&cells[2..]).unwrap_err().words, "perhaps");
        assert_eq!(read(&cells[..1]).unwrap().verdict, Some(true));
        assert_eq!(read(&[]).unwrap().evidence(None), None);
    }

    #[test]
    fn a_date_in_place_of_a_yes_is_one_and_tells_when() {
        let cells = [(Says::Consent, "SMS Opt-In", Cow::from("2024-03-05"))];
        let row = read(&cells).unwrap().with_circumstances("", "Web\0form");
        assert_eq!(
            row.evidence(None).unwrap(),
            r#"{"column":"SMS Opt-In","words":"2024-03-05","at":"2024-03-05T00:00:00Z","source":"Webform"}"#
        );
        let cells = [(Says::OptOut, "SMS Opt-Out", Cow::from("2024-03-05"))];
        assert_eq!(read(&cells).unwrap().verdict, Some(false));
    }

    #[test]
    fn the_status_may_say_no_and_the_date_of_a_yes_is_not_the_noes() {
        let cells = [(Says::Consent, "SMS", Cow::from("yes"))];
        let row = read(&cells).unwrap().with_circumstances("2024-03-05", "");
        assert!(row.at.is_some());
        let row = read(&cells)
            .unwrap()
            .or_no("Status", "Unsubscribed")
            .with_circumstances("2024-03-05", "");
        assert_eq!(
            row.evidence(None).unwrap(),
            r#"{"column":"Status","words":"Unsubscribed","at_words":"2024-03-05"}"#
        );
    }
}
