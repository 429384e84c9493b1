//! The statements that `postrust` makes, changed on their way to the database.

use std::sync::{Arc, LazyLock, OnceLock};

use postrust_core::db::{Db, DbError, FetchedThen, RawRows, SqlxTx, Tx};
use postrust_sql::SqlParam;
use regex::Regex;
use serde_json::Value;
use sqlx::PgPool;

/// Stands for null in a function's arguments, which `postrust` makes texts of. Any text that nobody
/// passes does, without a character that JSON or an array escapes.
pub(super) const NULL: &str = "null, as said to localstack 5f0f6d6e";

/// The name of a column of an embedded table that has none of this name, up to the table's alias.
static EMBEDDED_COUNT: LazyLock<Regex> =
    LazyLock::new(|| expression(r#""count" AS (.*?) AS "(e\d+)""#));
/// A column that `postrust` lets the database write as JSON.
static JSON_COLUMN: LazyLock<Regex> =
    LazyLock::new(|| expression(r#"to_jsonb\(("(?:[^"]|"")+")\) AS "#));

#[expect(clippy::expect_used, reason = "the two above are expressions")]
fn expression(text: &str) -> Regex {
    Regex::new(text).expect("an expression")
}

/// The database as one request sees it.
pub(super) struct Statements {
    pool: PgPool,
    csv: bool,
    rows: Arc<OnceLock<usize>>,
}

impl Statements {
    /// With `csv` each row comes as `{head, line}`: the columns' names, and what is in them.
    pub(super) fn new(pool: PgPool, csv: bool) -> Self {
        Self {
            pool,
            csv,
            rows: Arc::default(),
        }
    }

    /// How many rows the request's statement read or wrote, once it ran.
    pub(super) fn rows(&self) -> Option<usize> {
        self.rows.get().copied()
    }
}

impl Db for Statements {
    type Tx<'a> = Transaction;

    async fn begin(&self) -> Result<Transaction, DbError> {
        Ok(Transaction {
            inner: Db::begin(&self.pool).await?,
            csv: self.csv,
            rows: Arc::clone(&self.rows),
        })
    }
}

pub(super) struct Transaction {
    inner: SqlxTx,
    csv: bool,
    rows: Arc<OnceLock<usize>>,
}

impl Tx for Transaction {
    async fn execute(&mut self, sql: &str, params: &[SqlParam]) -> Result<u64, DbError> {
        self.inner.execute(sql, params).await
    }

    async fn fetch_json(&mut self, sql: &str, params: &[SqlParam]) -> Result<Vec<Value>, DbError> {
        let mut sql = counting_embedded(sql);
        if self.csv {
            sql = as_csv(&sql);
        }
        let rows = self.inner.fetch_json(&sql, &with_nulls(params)).await?;
        // The first statement is the request's own.
        let _ = self.rows.set(rows.len());
        Ok(rows)
    }

    async fn fetch_values(
        &mut self,
        sql: &str,
        params: &[SqlParam],
    ) -> Result<Vec<Vec<Value>>, DbError> {
        let sql = counting_embedded(sql);
        self.inner.fetch_values(&sql, &with_nulls(params)).await
    }

    async fn fetch_raw(
        &mut self,
        sql: &str,
        params: &[SqlParam],
        count_column: &str,
    ) -> Result<RawRows, DbError> {
        let sql = counting_embedded(sql);
        let params = with_nulls(params);
        self.inner.fetch_raw(&sql, &params, count_column).await
    }

    async fn commit(self) -> Result<(), DbError> {
        self.inner.commit().await
    }

    fn queue(&mut self, sql: &str, params: &[SqlParam]) {
        self.inner.queue(sql, params);
    }

    async fn fetch_json_then(&mut self, sql: &str, params: &[SqlParam], then: &str) -> FetchedThen {
        let rows = self.fetch_json(sql, params).await?;
        Ok((rows, self.inner.fetch_values(then, &[]).await?))
    }

    async fn fetch_json_and_commit(
        mut self,
        sql: &str,
        params: &[SqlParam],
    ) -> Result<Vec<Value>, DbError> {
        let rows = self.fetch_json(sql, params).await?;
        self.commit().await?;
        Ok(rows)
    }
}

/// `campaign_messages(count)`: with the table's name before it, as PostgREST writes it, Postgres
/// takes `count` for the function of that name if no column is.
fn counting_embedded(sql: &str) -> String {
    EMBEDDED_COUNT
        .replace_all(sql, r#""$2"."count" AS $1 AS "$2""#)
        .into_owned()
}

/// CSV has values as Postgres writes them, not as JSON does.
fn as_csv(sql: &str) -> String {
    let sql = JSON_COLUMN.replace_all(sql, "$1 AS ");
    format!(
        "select (select string_agg(key, ',') from json_object_keys(row_to_json(pgrst_csv)) key) as head, \
         substr(pgrst_csv::text, 2, length(pgrst_csv::text) - 2) as line from ({sql}) pgrst_csv"
    )
}

fn with_nulls(params: &[SqlParam]) -> Vec<SqlParam> {
    let quoted = format!("\"{NULL}\"");
    let with_null = |param: &SqlParam| match param {
        SqlParam::Text(text) if text == NULL || *text == quoted => SqlParam::Null,
        // Within an array or JSON.
        SqlParam::Text(text) if text.contains(&quoted) => {
            SqlParam::Text(text.replace(&quoted, "null"))
        }
        other => other.clone(),
    };
    params.iter().map(with_null).collect()
}

#[cfg(test)]
mod tests {
    use super::{NULL, SqlParam, counting_embedded, with_nulls};

    #[test]
    fn only_a_count_of_embedded_rows_gets_the_name_of_its_table() {
        let embedded = r#"SELECT src.*, (SELECT x FROM (SELECT "count" AS "n" FROM "public"."a" AS "e12" WHERE b) "e12_j") AS "a""#;
        assert!(counting_embedded(embedded).contains(r#"SELECT "e12"."count" AS "n" FROM"#));
        let own = r#"SELECT COUNT(*) AS "count" FROM "public"."a""#;
        assert_eq!(counting_embedded(own), own);
    }

    #[test]
    fn null_is_one_by_itself_and_within_arrays_and_json() {
        let text = |text: String| SqlParam::Text(text);
        let given = [
            text(NULL.to_owned()),
            text(format!("\"{NULL}\"")),
            text(format!("{{\"a\",\"{NULL}\"}}")),
            text("null".to_owned()),
        ];
        let expected = [
            SqlParam::Null,
            SqlParam::Null,
            text("{\"a\",null}".to_owned()),
            text("null".to_owned()),
        ];
        assert_eq!(with_nulls(&given), expected);
    }
}
