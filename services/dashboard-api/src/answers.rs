use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::{BufMut as _, Bytes, BytesMut};
use rows_as_user::{JsonRow, JsonRows};

use crate::paging::Page;

/// One row, as PostgREST wrote it.
pub(crate) struct Row(pub(crate) JsonRow);

/// A row that was just made: 201.
pub(crate) struct Created(pub(crate) JsonRow);

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
        let Self {
            rows: JsonRows { json: rows, total },
            page,
        } = self;
        let per_page = page.per_page as u64;
        let end = format!(
            r#","page":{},"per_page":{per_page},"total":{total},"total_pages":{}}}"#,
            page.number,
            total.div_ceil(per_page),
        );
        // The rows are JSON already: parsing them only to write them again is most of the cost.
        let mut body = BytesMut::with_capacity(rows.len() + end.len() + 8);
        body.put_slice(br#"{"data":"#);
        body.put_slice(&rows);
        body.put_slice(end.as_bytes());
        json(StatusCode::OK, body.freeze())
    }
}

fn json(status: StatusCode, body: Bytes) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
