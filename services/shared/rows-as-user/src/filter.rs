use std::fmt::Write as _;

use postgrest::Builder;

/// A condition. Columns are ours (`&'static str`); values are untrusted and quoted, so
/// that no text is parsed as PostgREST syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Equal to the value.
    Equal(&'static str, String),
    /// One of the values.
    OneOf(&'static str, Vec<String>),
    /// At least the value.
    AtLeast(&'static str, String),
    /// Less than the value.
    Below(&'static str, String),
    /// Contains the text, ignoring case, in at least one of the columns.
    AnyContains(Vec<(&'static str, String)>),
}

/// The sort direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// Which rows of a table, in which order.
#[derive(Debug, Clone)]
pub struct Selection {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static str,
    pub(crate) filters: Vec<Filter>,
    pub(crate) order: Option<(&'static str, Direction)>,
    pub(crate) breaks_ties: bool,
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

impl Selection {
    /// The first 100 rows of `table`, with `columns` in PostgREST's notation (`*`, `id,name`).
    #[must_use]
    pub fn new(table: &'static str, columns: &'static str) -> Self {
        Self {
            table,
            columns,
            filters: Vec::new(),
            order: None,
            breaks_ties: true,
            offset: 0,
            limit: 100,
        }
    }

    /// Adds a condition.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// Ordered by `column`, then by `id`, so that pages never overlap. Nulls come last.
    #[must_use]
    pub fn order(mut self, column: &'static str, direction: Direction) -> Self {
        self.order = Some((column, direction));
        self
    }

    /// Ordered by `column`, which is unique per row.
    #[must_use]
    pub fn only_order(mut self, column: &'static str, direction: Direction) -> Self {
        self.order = Some((column, direction));
        self.breaks_ties = false;
        self
    }

    /// `limit` rows, from row number `offset`, counted from 0.
    #[must_use]
    pub fn page(mut self, offset: usize, limit: usize) -> Self {
        self.offset = offset;
        self.limit = limit.max(1);
        self
    }

    /// What is left of the page behind its first `rows`.
    pub(crate) fn behind(&self, rows: usize) -> Self {
        let (offset, left) = (self.offset + rows, self.limit.saturating_sub(rows));
        self.clone().page(offset, left)
    }

    pub(crate) fn apply(&self, request: Builder) -> Builder {
        let mut request = filtered(request.select(self.columns), &self.filters);
        if let Some((column, direction)) = self.order {
            let way = match direction {
                Direction::Ascending => "asc",
                Direction::Descending => "desc",
            };
            let tie = if self.breaks_ties {
                format!(",id.{way}")
            } else {
                String::new()
            };
            request = request.order(format!("{column}.{way}.nullslast{tie}"));
        }
        request.range(self.offset, self.offset.saturating_add(self.limit - 1))
    }
}

pub(crate) fn filtered(mut request: Builder, filters: &[Filter]) -> Builder {
    // All searches go into one `and`: a repeated `or` is not supported everywhere.
    let mut searches = Vec::new();
    for filter in filters {
        request = match filter {
            // Everything after `eq.` is the value: PostgREST parses no syntax there.
            Filter::Equal(column, value) => request.eq(column, value),
            Filter::AtLeast(column, value) => request.gte(column, value),
            Filter::Below(column, value) => request.lt(column, value),
            Filter::OneOf(column, values) => {
                request.in_(column, values.iter().map(|value| quoted(value)))
            }
            Filter::AnyContains(columns) => {
                searches.push(any_contains(columns));
                request
            }
        };
    }
    match searches.as_slice() {
        [] => request,
        [one] => request.or(one),
        many => request.and(
            many.iter()
                .map(|search| format!("or({search})"))
                .collect::<Vec<_>>()
                .join(","),
        ),
    }
}

fn any_contains(columns: &[(&'static str, String)]) -> String {
    let mut out = String::new();
    for (column, text) in columns {
        let comma = if out.is_empty() { "" } else { "," };
        let pattern = quoted(&format!("*{}*", literal(text)));
        // Writing to a String cannot fail.
        let _ = write!(out, "{comma}{column}.ilike.{pattern}");
    }
    out
}

/// A value in double quotes, as PostgREST requires for values with reserved characters.
fn quoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// Escapes a text for `like`. PostgREST turns every `*` into `%` before Postgres sees
/// it, so a star can only be matched as "any one character".
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' | '_' | '\\' => out.extend(['\\', c]),
            '*' => out.push('_'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::writer::{Writer, written};

    fn query(selection: &Selection) -> Vec<(String, String)> {
        let builder = Writer::new().unwrap().at("http://localhost/t".to_owned());
        let request = written(selection.apply(builder)).unwrap();
        request.url().query_pairs().into_owned().collect()
    }

    fn value_of(filter: Filter, name: &str) -> String {
        let pairs = query(&Selection::new("customers", "*").filter(filter));
        pairs.into_iter().find(|(key, _)| key == name).unwrap().1
    }

    #[test]
    fn texts_from_outside_stay_values() {
        let evil = r#"x),user_id.neq.(1,"\"#;
        assert_eq!(
            value_of(
                Filter::OneOf("state", vec![evil.into(), "CA".into()]),
                "state"
            ),
            r#"in.("x),user_id.neq.(1,\"\\","CA")"#
        );
        assert_eq!(
            value_of(Filter::AnyContains(vec![("email", evil.into())]), "or"),
            r#"(email.ilike."*x),user\\_id.neq.(1,\"\\\\*")"#
        );
        assert_eq!(
            value_of(Filter::Equal("status", evil.into()), "status"),
            format!("eq.{evil}")
        );
    }

    #[test]
    fn wildcards_in_a_search_match_themselves() {
        assert_eq!(
            value_of(Filter::AnyContains(vec![("email", "50%_*".into())]), "or"),
            r#"(email.ilike."*50\\%\\__*")"#
        );
    }

    #[test]
    fn several_words_must_all_be_found() {
        let word = |text: &str| Filter::AnyContains(vec![("a", text.into()), ("b", text.into())]);
        let pairs = query(&Selection::new("t", "*").filter(word("x")).filter(word("y")));
        assert!(pairs.contains(&(
            "and".into(),
            r#"(or(a.ilike."*x*",b.ilike."*x*"),or(a.ilike."*y*",b.ilike."*y*"))"#.into()
        )));
    }

    #[test]
    fn an_order_ends_with_the_id_so_that_pages_do_not_overlap() {
        let pairs = query(&Selection::new("t", "*").order("name", Direction::Descending));
        assert!(pairs.contains(&("order".into(), "name.desc.nullslast,id.desc".into())));
    }
}
