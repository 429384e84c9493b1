//! Rows that are not imported, or not all of what they say.

use std::collections::BTreeMap;

use rows_as_service::imports::MOST_ROWS_NAMED;
use serde::Serialize;
use utoipa::ToSchema;

/// A row that was not imported, or was imported without something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reject {
    /// Number of the record in the file, the header being row 1.
    pub row: i32,
    /// The column's header as the file spells it; empty where the row as a whole is wrong.
    #[schema(example = "Mobile")]
    pub column: String,
    /// Stable name of the reason.
    #[schema(example = "phone_too_short")]
    pub code: &'static str,
    /// The reason in words.
    #[schema(example = "too few digits")]
    pub detail: String,
    /// What stood in the cell, cut to 120 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "12")]
    pub value: Option<String>,
}

/// Rejects on their way into a report: all are counted, the first are kept.
#[derive(Debug, Default)]
pub(crate) struct Rejects {
    pub(crate) by_code: BTreeMap<&'static str, u64>,
    pub(crate) kept: Vec<Reject>,
}

impl Rejects {
    /// Takes one in, which is made only where it is kept. The rows come in ascending order.
    pub(crate) fn add(&mut self, code: &'static str, reject: impl FnOnce() -> Reject) {
        *self.by_code.entry(code).or_default() += 1;
        if self.kept.len() < MOST_ROWS_NAMED {
            self.kept.push(reject());
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.by_code.values().sum()
    }

    /// Takes in another checker's.
    pub(crate) fn merge(&mut self, other: Self) {
        for (code, count) in other.by_code {
            *self.by_code.entry(code).or_default() += count;
        }
        self.show(other.kept);
    }

    /// Takes in rejects that are counted elsewhere.
    pub(crate) fn show(&mut self, others: impl IntoIterator<Item = Reject>) {
        self.kept.extend(others);
        self.kept.sort_by_key(|reject| reject.row);
        self.kept.truncate(MOST_ROWS_NAMED);
    }
}
