//! A change as subscribers get it.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::{
    pgoutput::{Cell, Change, Kind},
    table::{Column, Row, Table},
};

/// A longer record comes without its long values.
const LONGEST_RECORD: usize = 1024 * 1024;
const LONG_VALUE: usize = 64;

/// The change as the role gets it that sees the table like this: `row` and `old` are what Postgres made of the row and
/// of the old one, `select` the columns that are wanted besides the key.
pub(super) fn of(
    change: &Change,
    table: &Table,
    (row, old): (&Row, &Row),
    select: Option<&[String]>,
) -> Value {
    let mut data = Map::new();
    let mut set = |name: &str, value: Value| {
        data.insert(name.to_owned(), value);
    };
    set("schema", json!(change.relation.schema));
    set("table", json!(change.relation.table));
    set("type", json!(change.kind.name()));
    if let Some(refusal) = refusal(table).filter(|_| change.kind != Kind::Delete) {
        set("commit_timestamp", Value::Null);
        set("columns", json!([]));
        set("record", json!({}));
        if change.kind == Kind::Update {
            set("old_record", json!({}));
        }
        set("errors", json!([refusal]));
        return Value::Object(data);
    }
    let committed_at = change.committed_at.format("%Y-%m-%dT%H:%M:%S%.3fZ");
    set("commit_timestamp", json!(committed_at.to_string()));
    let is_selected = |column: &&Column| {
        let is_wanted = |select: &[String]| select.contains(&column.name);
        column.is_readable && (column.is_key || select.is_none_or(is_wanted))
    };
    let columns = || table.columns.iter().filter(is_selected);
    let described =
        columns().map(|column| json!({ "name": column.name, "type": column.type_name }));
    set("columns", described.collect());

    let old_cells = change.old.as_deref().unwrap_or_default();
    let is_too_long = length(&change.new) + length(old_cells) > LONGEST_RECORD;
    let record = |row: &Row, cells: &[Cell], only_keys: bool| -> Value {
        let cells = by_name(change, cells);
        let is_told = |column: &&Column| {
            let fits =
                |cell: &&Cell| !is_too_long || length(std::slice::from_ref(*cell)) <= LONG_VALUE;
            (column.is_key || !only_keys) && cells.get(column.name.as_str()).is_some_and(fits)
        };
        let value = |column: &Column| {
            let value = row.record.get(&column.name).cloned().unwrap_or_default();
            (column.name.clone(), value)
        };
        Value::Object(columns().filter(is_told).map(value).collect())
    };
    match change.kind {
        Kind::Insert => set("record", record(row, &change.new, false)),
        Kind::Update => {
            set("record", record(row, &change.new, false));
            // Without another key the message has no old row: its key is the new one's.
            let old = match change.old {
                Some(_) => record(old, old_cells, !change.old_is_whole),
                None => record(row, &change.new, true),
            };
            set("old_record", old);
        }
        // Whom row level security would hide the rest from can't be asked any more.
        Kind::Delete => {
            let only_keys = table.is_guarded() || !change.old_is_whole;
            set("old_record", record(row, old_cells, only_keys));
        }
    }
    let too_long = || json!(["Error 413: Payload Too Large"]);
    set("errors", is_too_long.then(too_long).unwrap_or_default());
    Value::Object(data)
}

/// Why nobody of the role gets rows of this table.
fn refusal(table: &Table) -> Option<&'static str> {
    if table.keys().next().is_none() {
        Some("Error 400: Bad Request, no primary key")
    } else if table.keys().any(|key| !key.is_readable) {
        Some("Error 401: Unauthorized")
    } else {
        None
    }
}

/// The values that the message has.
fn by_name<'a>(change: &'a Change, cells: &'a [Cell]) -> HashMap<&'a str, &'a Cell> {
    let columns = change.relation.columns.iter().zip(cells);
    columns
        .filter(|(_, cell)| **cell != Cell::Absent)
        .map(|(column, cell)| (column.name.as_str(), cell))
        .collect()
}

fn length(cells: &[Cell]) -> usize {
    let length = |cell: &Cell| match cell {
        Cell::Text(text) => text.len(),
        Cell::Null | Cell::Absent => 0,
    };
    cells.iter().map(length).sum()
}
