//! The statements that `postrust` makes, changed on their way to the database.

use std::sync::{Arc, LazyLock, OnceLock};

use postrust_core::db::{Db, DbError, FetchedThen, RawRows, SqlxTx, Tx};
use postrust_sql::SqlParam;
use regex::Regex;
use serde_json::Value;
use sqlx::PgPool;

use super::{embedded, expression::expression};

/// Stands for null in a function's arguments, which `postrust` makes texts of. Any text that nobody
/// passes does, without a character that JSON or an array escapes.
pub(super) const NULL: &str = "null, as said to localstack 5f0f6d6e";

/// A column that `postrust` lets the database write as JSON.
static JSON_COLUMN: LazyLock<Regex> =
    LazyLock::new(|| expression(r#"to_jsonb\(("(?:[^"]|"")+")\) AS "#));

/// The page of a statement; rows that embed others are selected from `src`.
static PAGE: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?s)^(.*?)(?: LIMIT (\d+))?(?: OFFSET (\d+))?(\) AS src(?: WHERE .*)?)?$")
});
/// What `postrust` begins a count with.
const COUNT: &str = "SELECT count(*) FROM (";

/// The database as one request sees it.
pub(super) struct Statements {
    pool: PgPool,
    wanted: Wanted,
    rows: Arc<OnceLock<usize>>,
}

/// What a request wants of its statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Each row as `{head, line}`: the columns' names, and what is in them.
    pub(super) csv: bool,
    /// How many rows a function returns in all.
    pub(super) counts_call: bool,
}

impl Statements {
    pub(super) fn new(pool: PgPool, wanted: Wanted) -> Self {
        Self {
            pool,
            wanted,
            rows: Arc::default(),
        }
    }

    /// How many rows the request's statement read or wrote, once it ran; of a call that is counted, those
    /// of all pages.
    pub(super) fn rows(&self) -> Option<usize> {
        self.rows.get().copied()
    }
}

impl Db for Statements {
    type Tx<'a> = Transaction;

    async fn begin(&self) -> Result<Transaction, DbError> {
        Ok(Transaction {
            inner: Db::begin(&self.pool).await?,
            wanted: self.wanted,
            rows: Arc::clone(&self.rows),
        })
    }
}

pub(super) struct Transaction {
    inner: SqlxTx,
    wanted: Wanted,
    rows: Arc<OnceLock<usize>>,
}

impl Tx for Transaction {
    async fn execute(&mut self, sql: &str, params: &[SqlParam]) -> Result<u64, DbError> {
        self.inner.execute(sql, params).await
    }

    async fn fetch_json(&mut self, sql: &str, params: &[SqlParam]) -> Result<Vec<Value>, DbError> {
        let mut sql = embedded::unmark(sql);
        let mut page = Page::default();
        if self.wanted.counts_call {
            (sql, page) = without_page(&sql);
        }
        if self.wanted.csv {
            sql = as_csv(&sql);
        }
        let mut rows = self.inner.fetch_json(&sql, &with_nulls(params)).await?;
        // The first statement is the request's own.
        let _ = self.rows.set(rows.len());
        rows.drain(..page.offset.min(rows.len()));
        rows.truncate(page.limit.unwrap_or(usize::MAX));
        Ok(rows)
    }

    async fn fetch_values(
        &mut self,
        sql: &str,
        params: &[SqlParam],
    ) -> Result<Vec<Vec<Value>>, DbError> {
        // `postrust` would call the function once more to count its rows, with all that it does.
        if let (true, Some(rows)) = (self.wanted.counts_call, self.rows.get())
            && sql.starts_with(COUNT)
        {
            return Ok(vec![vec![Value::from(*rows)]]);
        }
        let sql = embedded::unmark(sql);
        self.inner.fetch_values(&sql, &with_nulls(params)).await
    }

    async fn fetch_raw(
        &mut self,
        sql: &str,
        params: &[SqlParam],
        count_column: &str,
    ) -> Result<RawRows, DbError> {
        let sql = embedded::unmark(sql);
        let params = with_nulls(params);
        let raw = self.inner.fetch_raw(&sql, &params, count_column).await?;
        let _ = self.rows.set(raw.rows);
        Ok(raw)
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

#[derive(Debug, Default, PartialEq, Eq)]
struct Page {
    limit: Option<usize>,
    offset: usize,
}

/// The statement for the rows of all pages, and the page that it had.
fn without_page(sql: &str) -> (String, Page) {
    let Some(found) = PAGE.captures(sql) else {
        return (sql.to_owned(), Page::default());
    };
    let text = |group| found.get(group).map_or("", |text| text.as_str());
    let page = Page {
        limit: text(2).parse().ok(),
        offset: text(3).parse().unwrap_or_default(),
    };
    (format!("{}{}", text(1), text(4)), page)
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
    use super::{NULL, Page, SqlParam, with_nulls, without_page};

    #[test]
    fn a_page_is_taken_off_the_end_and_not_out_of_embedded_rows() {
        let page = |limit, offset| Page { limit, offset };
        let embeds =
            "SELECT src.*, (SELECT x FROM (SELECT y LIMIT 7) \"e1_j\") AS \"a\" FROM (SELECT f()";
        for (rest, without, expected) in [
            ("", "", page(None, 0)),
            (" LIMIT 5", "", page(Some(5), 0)),
            (" LIMIT 5 OFFSET 2", "", page(Some(5), 2)),
            (" LIMIT 5) AS src", ") AS src", page(Some(5), 0)),
            (
                " OFFSET 2) AS src WHERE EXISTS (SELECT 1 LIMIT 1)",
                ") AS src WHERE EXISTS (SELECT 1 LIMIT 1)",
                page(None, 2),
            ),
        ] {
            let found = without_page(&format!("{embeds}{rest}"));
            assert_eq!(found, (format!("{embeds}{without}"), expected), "{rest}");
        }
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
