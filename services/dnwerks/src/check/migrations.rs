//! The database's migrations beside this program's.

use migrations::Comparison;

use super::finding::Finding;

const PENDING: &str = "database.migrations";
const CHANGED: &str = "database.migrations_changed";
const NEWER: &str = "database.migrations_newer";
const FOREIGN: &str = "database.migrations_foreign";
/// More are only counted.
const NAMED: usize = 3;

/// What the comparison means; `None` if our role may not read the list. `has_tables`: whether our tables are there.
pub fn findings(comparison: Option<&Comparison>, has_tables: bool) -> Vec<Finding> {
    let Some(comparison) = comparison else {
        return vec![Finding::skipped(
            PENDING,
            "This role may not read which migrations are applied.",
            "Run `dnwerks migrate --check` with a SUPABASE_DB_URL of postgres.",
        )];
    };
    let mut found = Vec::new();
    if comparison.applied == 0 && has_tables {
        found.push(Finding::problem(
            PENDING,
            "The tables are there, but no list of the migrations that made them: which are missing can't be told.",
            "If all were applied by hand, record them: `npx supabase migration repair --status applied VERSION …`.",
        ));
    } else if comparison.applied == 0 {
        found.push(Finding::problem(
            PENDING,
            format!(
                "The database is empty: none of {} migrations is applied.",
                comparison.pending.len()
            ),
            "Apply them: `dnwerks migrate`, or `npx supabase db push`.",
        ));
    } else if comparison.pending.is_empty() {
        found.push(Finding::ok(
            PENDING,
            format!("All {} migrations are applied.", comparison.applied),
        ));
    } else {
        found.push(Finding::problem(
            PENDING,
            format!("The database lacks {}.", some(&comparison.pending)),
            "Apply them: `dnwerks migrate`, or `npx supabase db push`.",
        ));
    }
    if !comparison.changed.is_empty() {
        found.push(Finding::problem(
            CHANGED,
            format!("The database has another text of {}.", some(&comparison.changed)),
            "Run the version of dnwerks with which the database was made, or restore the files: a migration that was applied is never changed, a new one is written.",
        ));
    }
    if !comparison.newer.is_empty() {
        found.push(Finding::problem(
            NEWER,
            format!(
                "The database was made by a newer version of dnwerks: it has {}.",
                some(&comparison.newer)
            ),
            "Upgrade this dnwerks before it is started.",
        ));
    }
    if !comparison.foreign.is_empty() {
        found.push(Finding::warning(
            FOREIGN,
            format!(
                "The database has migrations that are not ours: {}.",
                some(&comparison.foreign)
            ),
            "If they are the frontend's own, all is well; otherwise find out who applied them.",
        ));
    }
    found
}

/// The first of some names, and how many more there are.
pub fn some(names: &[String]) -> String {
    let first = names
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
