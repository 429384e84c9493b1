//! Pages of rows, whole however few a project answers at once.

use bytes::{BufMut as _, Bytes, BytesMut};
use domain::Caller;
use reqwest::{
    Response, StatusCode,
    header::{CONTENT_RANGE, HeaderName, HeaderValue},
};

use crate::{
    RowsError,
    filter::Selection,
    rows::{NO_ROWS, RowsAsUser, body_of},
    writer::written,
};

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// A page of rows as PostgREST wrote it, not parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonRows {
    /// A JSON array.
    pub json: Bytes,
    /// Number of rows on all pages.
    pub total: u64,
}

/// What one answer has of a page.
struct Part {
    json: Bytes,
    /// How many rows that are.
    rows: usize,
    /// Number of rows on all pages; missing only where the range was refused.
    total: Option<u64>,
}

impl RowsAsUser {
    /// A page of rows, and how many there are in all.
    ///
    /// A project answers with at most its `max_rows`, mostly 1,000; what an answer leaves of the page is asked for too.
    ///
    /// # Errors
    /// [`RowsError`]; a page after the last is empty, not an error.
    pub async fn list(
        &self,
        caller: &Caller,
        selection: &Selection,
    ) -> Result<JsonRows, RowsError> {
        let mut part = self.part(caller, selection).await?;
        let total = if let Some(total) = part.total {
            total
        } else {
            // Not every PostgREST version gives the total when it refuses a range.
            let first = self.part(caller, &selection.clone().page(0, 1)).await?;
            first.total.unwrap_or(0)
        };
        let behind_offset = usize::try_from(total)
            .unwrap_or(usize::MAX)
            .saturating_sub(selection.offset);
        let (wanted, mut rows) = (behind_offset.min(selection.limit), part.rows);
        let mut parts = Vec::new();
        while part.rows > 0 && rows < wanted {
            let next = self.part(caller, &selection.behind(rows)).await?;
            rows += next.rows;
            parts.push(std::mem::replace(&mut part, next).json);
        }
        parts.push(part.json);
        let json = joined(parts);
        Ok(JsonRows { json, total })
    }

    async fn part(&self, caller: &Caller, selection: &Selection) -> Result<Part, RowsError> {
        let mut request = written(selection.apply(self.at(selection.table)))?;
        request
            .headers_mut()
            .insert(PREFER, HeaderValue::from_static("count=exact"));
        let answer = self.execute(caller, request).await?;
        let Range { rows, total } = Range::of(&answer);
        if answer.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            return Ok(Part {
                json: NO_ROWS,
                rows: 0,
                total,
            });
        }
        let json = body_of(answer).await?;
        if total.is_none() {
            return Err(RowsError::Unexpected {
                status: 200,
                code: "no_total".to_owned(),
            });
        }
        Ok(Part { json, rows, total })
    }
}

/// Which rows an answer has, of how many: `0-24/3573458`, or none: `*/0`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Range {
    rows: usize,
    total: Option<u64>,
}

impl Range {
    fn of(answer: &Response) -> Self {
        let range = answer.headers().get(CONTENT_RANGE);
        let range = range.and_then(|range| range.to_str().ok());
        range.map(Self::read).unwrap_or_default()
    }

    fn read(range: &str) -> Self {
        let (rows, total) = range.split_once('/').unwrap_or((range, "*"));
        Self {
            rows: number_of(rows).unwrap_or(0),
            total: total.parse().ok(),
        }
    }
}

fn number_of(rows: &str) -> Option<usize> {
    let (first, last) = rows.split_once('-')?;
    let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
    last.checked_sub(first)?.checked_add(1)
}

/// One array of all that is in these.
fn joined(mut arrays: Vec<Bytes>) -> Bytes {
    if arrays.len() < 2 {
        return arrays.pop().unwrap_or(NO_ROWS);
    }
    let mut all = BytesMut::with_capacity(arrays.iter().map(Bytes::len).sum());
    all.put_u8(b'[');
    for array in &arrays {
        let rows = array.trim_ascii();
        let rows = rows.strip_prefix(b"[").unwrap_or(rows);
        let rows = rows.strip_suffix(b"]").unwrap_or(rows).trim_ascii();
        if !rows.is_empty() {
            if all.len() > 1 {
                all.put_u8(b',');
            }
            all.put_slice(rows);
        }
    }
    all.put_u8(b']');
    all.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_says_which_rows_came_and_how_many_there_are() {
        for (range, rows, total) in [
            ("0-24/3573458", 25, Some(3_573_458)),
            ("50-50/51", 1, Some(51)),
            ("0-24/*", 25, None),
            ("*/0", 0, Some(0)),
            ("*/*", 0, None),
            ("", 0, None),
        ] {
            assert_eq!(Range::read(range), Range { rows, total }, "{range}");
        }
    }

    #[test]
    fn parts_of_a_page_are_one_array() {
        let joined = |arrays: &[&'static str]| {
            let arrays = arrays
                .iter()
                .map(|array| Bytes::from_static(array.as_bytes()));
            String::from_utf8(joined(arrays.collect()).to_vec()).unwrap()
        };
        assert_eq!(joined(&["[1,\n 2]"]), "[1,\n 2]");
        assert_eq!(joined(&["[1,\n 2]", "[ 3 ]\n", "[]"]), "[1,\n 2,3]");
        assert_eq!(joined(&["[]", "[]"]), "[]");
        assert_eq!(joined(&[]), "[]");
    }
}
