//! What a database lacks, and what it has that we don't.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use crate::{Error, Migration, history, statements::split};

/// A database's migrations beside ours, by version and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// How many of ours the database has.
    pub applied: usize,
    /// Ours that it lacks, in order.
    pub pending: Vec<String>,
    /// Ours of which it has another text.
    pub changed: Vec<String>,
    /// Those that it has and we don't know, older than our newest: somebody else's.
    pub foreign: Vec<String>,
    /// Those that it has and that are newer than ours: a newer program made it.
    pub newer: Vec<String>,
}

impl Comparison {
    /// Whether the database is what this program was built for.
    #[must_use]
    pub fn is_up_to_date(&self) -> bool {
        self.pending.is_empty() && self.changed.is_empty() && self.newer.is_empty()
    }
}

/// Compares what `connection`'s database has with `ours`.
///
/// # Errors
/// [`Error::History`].
pub async fn compare(
    connection: &mut PgConnection,
    ours: &[Migration],
) -> Result<Comparison, Error> {
    let applied = history::read(connection).await?;
    Ok(comparison(&applied, ours))
}

fn comparison(applied: &[history::Applied], ours: &[Migration]) -> Comparison {
    let mut theirs: BTreeMap<_, _> = applied
        .iter()
        .map(|applied| (applied.version.as_str(), applied.statements.as_deref()))
        .collect();
    let mut found = Comparison::default();
    for migration in ours {
        let label = format!("{}_{}", migration.version, migration.name);
        let Some(statements) = theirs.remove(&*migration.version) else {
            found.pending.push(label);
            continue;
        };
        found.applied += 1;
        if statements.is_some_and(|statements| {
            plain(statements.iter().map(String::as_str)) != plain([&*migration.sql])
        }) {
            found.changed.push(label);
        }
    }
    let newest = ours.last().map_or("", |newest| &*newest.version);
    for version in theirs.into_keys() {
        let list = if version > newest {
            &mut found.newer
        } else {
            &mut found.foreign
        };
        list.push(version.to_owned());
    }
    found
}

/// The text without what the two tools write differently: where a statement ends, blanks, and the comments before it.
fn plain<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut plain = String::new();
    for text in texts {
        for statement in split(text) {
            let letters = statement.text.chars();
            plain.extend(letters.filter(|c| !c.is_whitespace() && *c != ';'));
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migration(version: &'static str, sql: &'static str) -> Migration {
        Migration {
            version: version.into(),
            name: "x".into(),
            file: String::new(),
            sql: sql.into(),
        }
    }

    fn applied(version: &str, statements: Option<&[&str]>) -> history::Applied {
        history::Applied {
            version: version.to_owned(),
            statements: statements
                .map(|statements| statements.iter().map(ToString::to_string).collect()),
        }
    }

    #[test]
    fn each_difference_has_its_list() {
        let ours = [
            migration("1", "select 1;"),
            migration("2", "select 2;"),
            migration("4", "select 4;"),
        ];
        let there = [
            applied("1", Some(&["select 1"])),
            applied("2", Some(&["select 3"])),
            applied("3", None),
            applied("5", Some(&["select 5"])),
        ];
        let found = comparison(&there, &ours);
        assert_eq!(found.applied, 2);
        assert_eq!(found.pending, ["4_x"]);
        assert_eq!(found.changed, ["2_x"]);
        assert_eq!(found.foreign, ["3"]);
        assert_eq!(found.newer, ["5"]);
        assert!(!found.is_up_to_date());
    }

    #[test]
    fn how_a_tool_cuts_a_file_changes_nothing() {
        let ours = [migration(
            "1",
            "-- A table.\ncreate table t ();\n\n-- And one more.\ncreate table u ();\n",
        )];
        for statements in [
            &["create table t ()", "create table u ()"][..],
            &[
                "-- A table.\ncreate table t ();",
                "-- And one more.\ncreate table u ();",
            ],
            &["create table t ();\ncreate table u ()"],
        ] {
            assert!(comparison(&[applied("1", Some(statements))], &ours).is_up_to_date());
        }
        assert!(comparison(&[applied("1", None)], &ours).is_up_to_date());
    }
}
