use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::{BufMut as _, Bytes, BytesMut};
use rows_as_user::{JsonRow, JsonRows};
use serde::Deserialize;
use serde_json::value::RawValue;
use web::{Page, PageTotals};

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

/// All rows of a list that is never long, as a function of the database returns them: an array.
pub(crate) struct WholeList(pub(crate) Bytes);

impl WholeList {
    pub(crate) fn into_response(self) -> Result<Response, serde_json::Error> {
        let rows: Vec<&RawValue> = serde_json::from_slice(&self.0)?;
        let page = Page::of_all(rows.len());
        Ok(page_of(&self.0, page.of(rows.len() as u64)))
    }
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
        let totals = self.page.of(listing.total).exact(listing.total_is_exact);
        Ok(page_of(listing.data.get().as_bytes(), totals))
    }
}

/// A page of rows: `{"data": […], "page": 1, "per_page": 50, "total": 123, "total_is_exact": true,
/// "total_pages": 3}`.
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
        page_of(&self.rows.json, self.page.of(self.rows.total))
    }
}

fn page_of(rows: &[u8], totals: PageTotals) -> Response {
    // Numbers and a bool always become JSON.
    let end = serde_json::to_vec(&totals).unwrap_or_default();
    // The rows are JSON already: parsing them only to write them again is most of the cost.
    let mut body = BytesMut::with_capacity(rows.len() + end.len() + 8);
    body.put_slice(br#"{"data":"#);
    body.put_slice(rows);
    body.put_slice(b",");
    body.put_slice(end.get(1..).unwrap_or_default());
    json(StatusCode::OK, body.freeze())
}

fn json(status: StatusCode, body: Bytes) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
