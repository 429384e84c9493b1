use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::{BufMut as _, Bytes, BytesMut};
use rows_as_user::{JsonRow, JsonRows};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::paging::Page;

/// One row, as PostgREST wrote it.
pub(crate) struct Row(pub(crate) JsonRow);

/// A row that was just made: 201.
pub(crate) struct Created(pub(crate) JsonRow);

/// JSON of the database's, as it is.
pub(crate) struct Json(pub(crate) StatusCode, pub(crate) Bytes);

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        json(self.0, self.1)
    }
}

/// A page that a function of the database made: its rows, and whether their total is exact.
pub(crate) struct Listed {
    pub(crate) json: Bytes,
    pub(crate) page: Page,
}

/// What such a function returns.
#[derive(Deserialize)]
struct Listing<'a> {
    #[serde(borrow)]
    data: &'a RawValue,
    total: u64,
    total_is_exact: bool,
}

impl Listed {
    pub(crate) fn into_response(self) -> Result<Response, serde_json::Error> {
        let listing: Listing<'_> = serde_json::from_slice(&self.json)?;
        let exact = format!(r#","total_is_exact":{}"#, listing.total_is_exact);
        let rows = listing.data.get().as_bytes();
        Ok(page_of(rows, self.page, listing.total, &exact))
    }
}

/// A page of rows: `{"data": […], "page": 1, "per_page": 50, "total": 123, "total_pages": 3}`.
pub(crate) struct Rows {
    pub(crate) rows: JsonRows,
    pub(crate) page: Page,
}

impl IntoResponse for Row {
    fn into_response(self) -> Response {
        json(StatusCode::OK, self.0.0)
    }
}

impl IntoResponse for Created {
    fn into_response(self) -> Response {
        json(StatusCode::CREATED, self.0.0)
    }
}

impl IntoResponse for Rows {
    fn into_response(self) -> Response {
        page_of(&self.rows.json, self.page, self.rows.total, "")
    }
}

fn page_of(rows: &[u8], page: Page, total: u64, more: &str) -> Response {
    let per_page = page.per_page as u64;
    let end = format!(
        r#","page":{},"per_page":{per_page},"total":{total}{more},"total_pages":{}}}"#,
        page.number,
        total.div_ceil(per_page),
    );
    // The rows are JSON already: parsing them only to write them again is most of the cost.
    let mut body = BytesMut::with_capacity(rows.len() + end.len() + 8);
    body.put_slice(br#"{"data":"#);
    body.put_slice(rows);
    body.put_slice(end.as_bytes());
    json(StatusCode::OK, body.freeze())
}

fn json(status: StatusCode, body: Bytes) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
