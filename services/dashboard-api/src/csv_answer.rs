//! CSV that is written while it is read, page by page.

use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse as _, Response},
};
use csv::WriterBuilder;
use domain::spreadsheet;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use rows_as_user::RowsError;

/// Records as CSV, every cell such that no spreadsheet takes it for a formula.
///
/// # Errors
/// Nothing that a record can hold fails in memory.
pub(crate) fn written<R, C>(records: impl IntoIterator<Item = R>) -> Result<Bytes, csv::Error>
where
    R: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    let mut writer = WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for record in records {
        for cell in record {
            writer.write_field(spreadsheet::escape(cell.as_ref()).as_bytes())?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?;
    Ok(bytes.into())
}

/// By this Excel knows that the file is UTF-8; an import passes over it.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Why a file breaks off in the middle.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// The rows could not be read.
    #[error("the rows could not be read")]
    Rows(#[from] RowsError),
    /// The rows could not be written.
    #[error("the rows could not be written")]
    Csv(#[from] csv::Error),
    /// The rows are not what they should be.
    #[error("the rows are not what they should be")]
    Json(#[from] serde_json::Error),
}

/// A download that begins with `header`. Where `pages` fail the connection breaks, so that nobody takes
/// a part for the whole.
pub(crate) fn download(
    file_name: &str,
    header: Bytes,
    pages: impl Stream<Item = Result<Bytes, Broken>> + Send + 'static,
) -> Response {
    let pages = pages.inspect_err(|error| {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "a download broke off"
        );
    });
    let start = [Bytes::from_static(BYTE_ORDER_MARK), header].map(Ok);
    let body = Body::from_stream(stream::iter(start).chain(pages));
    let disposition = format!("attachment; filename=\"{file_name}\"");
    let headers = [
        (
            header::CONTENT_TYPE,
            "text/csv; charset=utf-8; header=present".to_owned(),
        ),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, body).into_response()
}
