//! The columns of embedded rows: `books(title,by:facts->>by,added::date)`.
//!
//! `postrust` takes the first name of each and loses the rest, a star's neighbours too, and lets a column
//! that the embedded table has not be one of the table around it. So each is sent to it as the name of a
//! column that is all of the text, and found again in the statement.

use std::sync::LazyLock;

use postrust_core::{
    api_request::{Field, JsonOperand, JsonOperation, SelectItem, query_params::parse_select},
    plan::CoercibleField,
    query::QueryBuilder,
};
use regex::{Captures, Regex};

use super::expression::expression;

const MARK: &str = "embedded ";
/// A marked column in a statement, and its alias.
static MARKED: LazyLock<Regex> =
    LazyLock::new(|| expression(r#""embedded ((?:[^"]|"")+)" AS ("(?:[^"]|"")*")"#));
/// The end of embedded rows, with the alias of their table.
static END: LazyLock<Regex> = LazyLock::new(|| expression(r#"^\) "(e\d+)_j""#));

/// The selection with the columns of its embedded rows marked.
pub(super) fn mark(select: &str) -> String {
    let mut marked = String::new();
    // For each parenthesis that is open, whether a spread opened it.
    let mut open = Vec::new();
    let mut quoted = false;
    let mut begun = 0;
    for (at, letter) in select.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '(' | ')' | ',' if !quoted => {
                let item = &select[begun..at];
                let column = match (letter, open.last()) {
                    ('(', _) | (_, None) => None,
                    (_, Some(in_spread)) => marked_column(item, *in_spread),
                };
                marked.push_str(column.as_deref().unwrap_or(item));
                marked.push(letter);
                begun = at + 1;
                match letter {
                    '(' => open.push(item.trim_start().starts_with("...")),
                    ')' => drop(open.pop()),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    marked + &select[begun..]
}

/// None for what is no column, and for the star of a spread, whose columns `postrust` looks up.
fn marked_column(item: &str, in_spread: bool) -> Option<String> {
    let quoted = |name: &str| {
        let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{escaped}\"")
    };
    let (field, alias, _) = column(item)?;
    let name = quoted(&format!("{MARK}{}", item.trim()));
    if field.name == "*" {
        return (!in_spread).then_some(name);
    }
    let last_key = field.json_path.iter().rev().find_map(|step| match step {
        JsonOperation::Arrow(JsonOperand::Key(key))
        | JsonOperation::DoubleArrow(JsonOperand::Key(key)) => Some(key.clone()),
        _ => None,
    });
    let alias = alias.or(last_key).unwrap_or(field.name);
    Some(format!("{}:{name}", quoted(&alias)))
}

/// A column, its alias and its cast.
fn column(item: &str) -> Option<(Field, Option<String>, Option<String>)> {
    match parse_select(item.trim()).ok()?.pop()? {
        SelectItem::Field {
            field, alias, cast, ..
        } if !field.name.is_empty() => Some((field, alias, cast)),
        _ => None,
    }
}

/// The statement with each marked column as PostgREST writes it, with the name of its table.
pub(super) fn unmark(sql: &str) -> String {
    let written = |found: &Captures<'_>| {
        let rest = &sql[found.get(0).map_or(0, |whole| whole.end())..];
        let table = table_of(rest)?;
        let (field, _, cast) = column(&found[1].replace("\"\"", "\""))?;
        if field.name == "*" {
            return Some(format!("\"{table}\".*"));
        }
        // Of no known type, so that a path may begin at any.
        let field = CoercibleField::from_field(&field, "");
        let value = QueryBuilder::qualified_column_sql(Some(&table), &field);
        let value = cast.map_or(value.clone(), |cast| format!("CAST({value} AS {cast})"));
        Some(format!("{value} AS {}", &found[2]))
    };
    MARKED
        .replace_all(sql, |found: &Captures<'_>| {
            written(found).unwrap_or_else(|| found[0].to_owned())
        })
        .into_owned()
}

/// The table that embedded rows are selected from, where `rest` begins within them.
fn table_of(rest: &str) -> Option<String> {
    let (mut depth, mut quote) = (0_u32, None);
    for (at, letter) in rest.char_indices() {
        match letter {
            _ if quote == Some(letter) => quote = None,
            _ if quote.is_some() => {}
            '"' | '\'' => quote = Some(letter),
            '(' => depth += 1,
            ')' if depth == 0 => {
                let found = END.captures(&rest[at..])?;
                return Some(found[1].to_owned());
            }
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{mark, unmark};

    #[test]
    fn only_the_columns_of_embedded_rows_are_marked() {
        for (select, expected) in [
            ("id,a->>b", "id,a->>b"),
            ("id,books(id)", r#"id,books("id":"embedded id")"#),
            (
                "id,b:books!inner(*,by:facts->>by,x(y::date)),z",
                r#"id,b:books!inner("embedded *","by":"embedded by:facts->>by",x("y":"embedded y::date")),z"#,
            ),
            (
                "...shelves(*,n:name)",
                r#"...shelves(*,"n":"embedded n:name")"#,
            ),
            ("books(),shelves(count())", "books(),shelves(count())"),
            (r#"books("a,b(")"#, r#"books("a,b(":"embedded \"a,b(\"")"#),
        ] {
            assert_eq!(mark(select), expected, "{select}");
        }
    }

    #[test]
    fn a_marked_column_gets_the_name_of_the_table_around_it() {
        let sql = r#"SELECT src.*, (SELECT row_to_json("e1_j") FROM (SELECT "embedded a->>b" AS "b", "embedded *" AS "embedded *", (SELECT x FROM (SELECT "embedded count" AS "n" FROM "public"."c" AS "e2" WHERE ("d") = ')') "e2_j") AS "c" FROM "public"."a" AS "e1") "e1_j") AS "a""#;
        let expected = r#"SELECT src.*, (SELECT row_to_json("e1_j") FROM (SELECT to_jsonb("e1"."a") ->> 'b' AS "b", "e1".*, (SELECT x FROM (SELECT "e2"."count" AS "n" FROM "public"."c" AS "e2" WHERE ("d") = ')') "e2_j") AS "c" FROM "public"."a" AS "e1") "e1_j") AS "a""#;
        assert_eq!(unmark(sql), expected);
        let own = r#"SELECT "embedded a" AS "b" FROM "public"."a""#;
        assert_eq!(unmark(own), own);
    }
}
