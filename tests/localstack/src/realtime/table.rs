//! What Postgres is asked about changed rows: their values as JSON, which filters hold, and which rows somebody sees.

use std::collections::HashSet;

use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{
    pgoutput::{self, Cell, Change, Kind, Relation},
    token::Subscriber,
    wanted::{Filter, Operator},
};

/// The types whose values are JSON already.
const JSON_TYPES: [u32; 2] = [114, 3802];

const COLUMNS: &str = "select c.relrowsecurity as is_guarded, a.attname::text as name, t.typname::text as type_name, \
    a.atttypid::regtype::text as sql_type, coalesce(a.attnum = any (k.conkey), false) as is_key, \
    has_column_privilege($2::text::name, a.attrelid, a.attnum, 'SELECT') as is_readable \
    from pg_class c join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid \
    left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p' \
    where c.oid = format('%I.%I', ($1::text[])[1], ($1::text[])[2])::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum";

/// A column, as one role sees it.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Column {
    is_guarded: bool,
    pub(super) name: String,
    pub(super) type_name: String,
    sql_type: String,
    pub(super) is_key: bool,
    pub(super) is_readable: bool,
}

/// A table, as one role sees it.
#[derive(Debug)]
pub(super) struct Table {
    /// Quoted, with its schema.
    name: String,
    pub(super) columns: Vec<Column>,
}

/// What became of a row, as Postgres writes it.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// Its values.
    pub(super) record: Map<String, Value>,
    /// For each set of filters, whether they hold.
    pub(super) verdicts: Vec<bool>,
}

impl Table {
    pub(super) async fn as_seen_by(
        connection: &mut PgConnection,
        schema: &str,
        table: &str,
        role: &str,
    ) -> Result<Self, sqlx::Error> {
        let columns = sqlx::query_as(COLUMNS)
            .bind([schema, table])
            .bind(role)
            .persistent(false)
            .fetch_all(connection)
            .await?;
        Ok(Self {
            name: format!("{}.{}", quoted(schema), quoted(table)),
            columns,
        })
    }

    /// Whether row level security decides who sees a row.
    pub(super) fn is_guarded(&self) -> bool {
        self.columns.iter().any(|column| column.is_guarded)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.is_key)
    }

    fn column(&self, name: &str) -> Option<&Column> {
        let mut columns = self.columns.iter();
        columns.find(|column| column.name == name)
    }

    /// The first of these columns that the role can't read.
    pub(super) fn unreadable<'a>(
        &self,
        mut names: impl Iterator<Item = &'a str>,
    ) -> Option<&'a str> {
        names.find(|name| !self.column(name).is_some_and(|column| column.is_readable))
    }

    /// The values of rows, and which of these sets of filters hold for each.
    pub(super) async fn rows(
        &self,
        connection: &mut PgConnection,
        values: &[Value],
        filters: &[&[Filter]],
    ) -> Result<Vec<Row>, sqlx::Error> {
        let mut operands = Vec::new();
        let verdicts: Vec<_> = filters
            .iter()
            .map(|filters| self.condition(filters, &mut operands))
            .collect();
        let sql = format!(
            "select to_jsonb(r), array[{}]::boolean[] from jsonb_array_elements($1) with ordinality e(value, number), \
             jsonb_populate_record(null::{}, e.value) r cross join (select $2::text[] as v) operand order by e.number",
            verdicts.join(", "),
            self.name
        );
        let rows: Vec<(Value, Vec<bool>)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(Value::Array(values.to_vec()))
            .bind(&operands)
            .persistent(false)
            .fetch_all(connection)
            .await?;
        let row = |(record, verdicts)| Row {
            record: match record {
                Value::Object(record) => record,
                _ => Map::new(),
            },
            verdicts,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Filters as SQL about `r`; their operands go into `operands`.
    fn condition(&self, filters: &[Filter], operands: &mut Vec<String>) -> String {
        let conditions = filters.iter().map(|filter| {
            let column = format!("r.{}", quoted(&filter.column));
            let sql_type = self
                .column(&filter.column)
                .map_or("text", |column| column.sql_type.as_str());
            operands.push(filter.value.clone());
            let operand = format!("operand.v[{}]", operands.len());
            let not = if filter.is_negated { "not " } else { "" };
            match filter.operator {
                Operator::Compare(_, symbol) => {
                    format!("{not}({column} {symbol} {operand}::{sql_type})")
                }
                Operator::In => format!("{not}({column} = any ({operand}::{sql_type}[]))"),
                // One of four words: see where filters are read.
                Operator::Is => format!("{not}({column} is {})", filter.value),
            }
        });
        let conditions: Vec<_> = conditions.collect();
        if conditions.is_empty() {
            "true".to_owned()
        } else {
            format!("coalesce({}, false)", conditions.join(" and "))
        }
    }

    /// Which of these rows row level security shows to somebody.
    pub(super) async fn visible(
        &self,
        connection: &mut PgConnection,
        subscriber: &Subscriber,
        rows: &[Value],
    ) -> Result<HashSet<usize>, sqlx::Error> {
        let same_key: Vec<_> = self
            .keys()
            .map(|key| {
                let Column { name, sql_type, .. } = key;
                let text = name.replace('\'', "''");
                format!("t.{} = (e.value ->> '{text}')::{sql_type}", quoted(name))
            })
            .collect();
        let sql = format!(
            "select e.number from jsonb_array_elements($1) with ordinality e(value, number) \
             where exists (select from {} t where {})",
            self.name,
            same_key.join(" and ")
        );
        let mut transaction = connection.begin().await?;
        sqlx::query(
            "select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)",
        )
        .bind(&subscriber.role)
        .bind(&subscriber.claims)
        .execute(&mut *transaction)
        .await?;
        let numbers: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(Value::Array(rows.to_vec()))
            .persistent(false)
            .fetch_all(&mut *transaction)
            .await?;
        transaction.rollback().await?;
        Ok(numbers
            .into_iter()
            .filter_map(|number| usize::try_from(number - 1).ok())
            .collect())
    }
}

impl Change {
    /// The row's values as texts, for Postgres to read: those of the old row for a deletion.
    pub(super) fn values(&self) -> Value {
        match self.kind {
            Kind::Insert | Kind::Update => values(&self.relation, &self.new),
            Kind::Delete => self.old_values(),
        }
    }

    /// The values of the old row that the message has.
    pub(super) fn old_values(&self) -> Value {
        values(&self.relation, self.old.as_deref().unwrap_or_default())
    }
}

fn values(relation: &Relation, cells: &[Cell]) -> Value {
    let columns = relation.columns.iter().zip(cells);
    let value = |(column, cell): (&pgoutput::Column, &Cell)| {
        let Cell::Text(text) = cell else {
            return None;
        };
        let value = if JSON_TYPES.contains(&column.of_type) {
            serde_json::from_str(text).ok()?
        } else {
            Value::String(text.clone())
        };
        Some((column.name.clone(), value))
    };
    Value::Object(columns.filter_map(value).collect())
}

/// A name as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
