//! What a subscriber wants of a table: the kind of change, and filters like `status=eq.sent,id=in.(1,2)`.

use serde_json::Value;

use super::pgoutput::Kind;

/// An entry of `config.postgres_changes`, read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Wanted {
    pub(super) event: Event,
    /// `*` for each.
    pub(super) schema: String,
    /// `*` for each.
    pub(super) table: String,
    /// All have to hold.
    pub(super) filters: Vec<Filter>,
    /// The columns that are wanted besides the key; each, if absent.
    pub(super) select: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Event {
    All,
    Insert,
    Update,
    Delete,
}

impl Event {
    fn named(name: &str) -> Self {
        match name.to_ascii_uppercase().as_str() {
            "INSERT" => Self::Insert,
            "UPDATE" => Self::Update,
            "DELETE" => Self::Delete,
            _ => Self::All,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::All => "*",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }

    pub(super) fn covers(self, kind: Kind) -> bool {
        matches!(
            (self, kind),
            (Self::All, _)
                | (Self::Insert, Kind::Insert)
                | (Self::Update, Kind::Update)
                | (Self::Delete, Kind::Delete)
        )
    }
}

/// A condition on one column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Filter {
    pub(super) column: String,
    pub(super) operator: Operator,
    pub(super) value: String,
    pub(super) is_negated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operator {
    /// One that compares, in SQL.
    Compare(&'static str, &'static str),
    In,
    Is,
}

impl Operator {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "eq" => Self::Compare("eq", "="),
            "neq" => Self::Compare("neq", "<>"),
            "lt" => Self::Compare("lt", "<"),
            "lte" => Self::Compare("lte", "<="),
            "gt" => Self::Compare("gt", ">"),
            "gte" => Self::Compare("gte", ">="),
            "like" => Self::Compare("like", "like"),
            "ilike" => Self::Compare("ilike", "ilike"),
            "match" => Self::Compare("match", "~"),
            "imatch" => Self::Compare("imatch", "~*"),
            "isdistinct" => Self::Compare("isdistinct", "is distinct from"),
            "in" => Self::In,
            "is" => Self::Is,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Compare(name, _) => name,
            Self::In => "in",
            Self::Is => "is",
        }
    }
}

impl Wanted {
    /// Reads an entry. The error is what Realtime answers.
    pub(super) fn read(parameters: &Value) -> Result<Self, String> {
        let text = |name: &str| parameters[name].as_str();
        let (schema, table) = match (text("schema"), text("table")) {
            (None, None) => {
                return Err(format!(
                    "No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: {parameters}"
                ));
            }
            (schema, table) => (schema.unwrap_or("public"), table.unwrap_or("*")),
        };
        let filters = read_filters(text("filter").unwrap_or_default())
            .map_err(|why| format!("Error parsing `filter` params: {why}"))?;
        let select = parameters["select"].as_array().map(|columns| {
            let named = columns.iter().filter_map(Value::as_str);
            named.map(ToOwned::to_owned).collect::<Vec<_>>()
        });
        let select = select.filter(|columns| !columns.is_empty());
        if select.is_some() && (schema == "*" || table == "*") {
            return Err("Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.".to_owned());
        }
        Ok(Self {
            event: Event::named(text("event").unwrap_or_default()),
            schema: schema.to_owned(),
            table: table.to_owned(),
            filters,
            select,
        })
    }

    /// The entry as Realtime writes it into errors.
    pub(super) fn words(&self) -> String {
        let filters = self.filters.iter().map(|filter| {
            format!(
                "{{{:?}, {:?}, {:?}, {}}}",
                filter.column,
                filter.operator.name(),
                filter.value,
                filter.is_negated
            )
        });
        let select = self
            .select
            .as_ref()
            .map_or_else(|| "nil".to_owned(), |columns| format!("{columns:?}"));
        format!(
            "event: {}, schema: {}, table: {}, filters: [{}], select: {select}",
            self.event.name(),
            self.schema,
            self.table,
            filters.collect::<Vec<_>>().join(", ")
        )
    }
}

fn read_filters(text: &str) -> Result<Vec<Filter>, String> {
    match text.trim() {
        "" => Ok(Vec::new()),
        text => split(text).into_iter().map(read_filter).collect(),
    }
}

/// Splits at the commas that are neither in parentheses nor in a quoted value.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut begins, mut depth, mut is_quoted) = (Vec::new(), 0, 0_u32, false);
    let mut before = ' ';
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' if is_quoted => {
                characters.next();
            }
            '"' if is_quoted => is_quoted = false,
            _ if is_quoted => {}
            '"' if matches!(before, '.' | '(' | ',') => is_quoted = true,
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[begins..at]);
                begins = at + 1;
            }
            _ => {}
        }
        before = character;
    }
    parts.push(&text[begins..]);
    parts
}

fn read_filter(text: &str) -> Result<Filter, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("filter must not contain empty segments (check for extra commas)".to_owned());
    }
    let (column, condition) = text.split_once('=').ok_or_else(|| format!("[{text:?}]"))?;
    let positive = condition.strip_prefix("not.");
    let is_negated = positive.is_some();
    let condition = positive.unwrap_or(condition);
    let (operator, value) = condition
        .split_once('.')
        .ok_or_else(|| format!("[{condition:?}]"))?;
    let operator = Operator::named(operator).ok_or_else(|| format!("[{operator:?}, {value:?}]"))?;
    let value = match operator {
        Operator::In => value
            .strip_prefix('(')
            .and_then(|value| value.strip_suffix(')'))
            .map(|values| format!("{{{values}}}"))
            .ok_or("`in` filter value must be wrapped by parentheses")?,
        Operator::Is if !["null", "true", "false", "unknown"].contains(&value) => {
            return Err(
                "invalid value for is filter: must be null, true, false, or unknown".to_owned(),
            );
        }
        _ => unquoted(value),
    };
    Ok(Filter {
        column: column.to_owned(),
        operator,
        value,
        is_negated,
    })
}

/// A value in quotes without them.
fn unquoted(value: &str) -> String {
    let inner = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    let Some(inner) = inner else {
        return value.to_owned();
    };
    let mut characters = inner.chars();
    let mut text = String::with_capacity(inner.len());
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            character => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filters(text: &str) -> Result<Vec<(String, &'static str, String, bool)>, String> {
        let wanted = Wanted::read(&json!({ "schema": "public", "table": "t", "filter": text }))?;
        let tuple = |filter: Filter| {
            (
                filter.column,
                filter.operator.name(),
                filter.value,
                filter.is_negated,
            )
        };
        Ok(wanted.filters.into_iter().map(tuple).collect())
    }

    fn filter(
        column: &str,
        operator: &'static str,
        value: &str,
        is_negated: bool,
    ) -> (String, &'static str, String, bool) {
        (column.to_owned(), operator, value.to_owned(), is_negated)
    }

    #[test]
    fn filters_are_read_as_realtime_does() {
        for (text, expected) in [
            ("", vec![]),
            ("  ", vec![]),
            ("a=eq.hey", vec![filter("a", "eq", "hey", false)]),
            ("a=eq.x.y=z", vec![filter("a", "eq", "x.y=z", false)]),
            (
                "a=in.(hi,\"h,o\")",
                vec![filter("a", "in", "{hi,\"h,o\"}", false)],
            ),
            ("a=not.like.hey%", vec![filter("a", "like", "hey%", true)]),
            (
                "id=gt.0,id=lt.100",
                vec![
                    filter("id", "gt", "0", false),
                    filter("id", "lt", "100", false),
                ],
            ),
            (
                "a=eq.\"x,\\\"y\",b=is.null",
                vec![
                    filter("a", "eq", "x,\"y", false),
                    filter("b", "is", "null", false),
                ],
            ),
        ] {
            assert_eq!(filters(text).unwrap(), expected, "{text}");
        }
        for (text, words) in [
            (
                "a=foo.hey",
                r#"Error parsing `filter` params: ["foo", "hey"]"#,
            ),
            (
                "undefined",
                r#"Error parsing `filter` params: ["undefined"]"#,
            ),
            (
                "a=in.1,2",
                "Error parsing `filter` params: `in` filter value must be wrapped by parentheses",
            ),
            (
                "a=eq.1,,b=eq.2",
                "Error parsing `filter` params: filter must not contain empty segments (check for extra commas)",
            ),
        ] {
            assert_eq!(filters(text).unwrap_err(), words);
        }
    }

    #[test]
    fn what_isn_t_named_is_everything() {
        let read = |parameters| Wanted::read(&parameters);
        let all = read(json!({ "schema": "public" })).unwrap();
        assert_eq!((all.event, all.table.as_str()), (Event::All, "*"));
        let table = read(json!({ "table": "t", "event": "update", "filter": "a=eq.1" })).unwrap();
        assert_eq!(
            table.words(),
            r#"event: UPDATE, schema: public, table: t, filters: [{"a", "eq", "1", false}], select: nil"#
        );
        assert!(table.event.covers(Kind::Update) && !table.event.covers(Kind::Insert));
        assert!(
            read(json!({}))
                .unwrap_err()
                .starts_with("No subscription params provided.")
        );
        assert!(read(json!({ "schema": "public", "select": ["a"] })).is_err());
    }
}
