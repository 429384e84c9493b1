//! `GET /api/customers/imports/{id}/rejects`: the rows that were not imported, as they stood in the file, each
//! with its number, column and reason, to be mended and sent again.

use std::borrow::Cow;

use axum::{body::Bytes, extract::State, http::StatusCode, response::Response};
use domain::{Caller, CustomerImportId, ImportReject, spreadsheet};
use futures::stream;
use rows_as_user::{Direction, Filter, RowsAsUser, Selection};
use serde::Deserialize;
use web::{ApiError, ApprovedUser, Path};

use super::table::TABLE;
use crate::{
    csv_answer::{Broken, download, written},
    rows_failure,
};

type Failure = rows_failure::Failure<rows_failure::CustomerImport>;

/// Rejects that are asked for at once. A project answers with at most its `max_rows`, mostly 1,000.
const PAGE: usize = 2_000;

#[derive(Deserialize)]
struct Record {
    header: Option<Vec<String>>,
    rejected: Option<u64>,
    rejects_kept: u64,
}

/// Where a download is.
struct Rejects {
    rows: RowsAsUser,
    caller: Caller,
    import: CustomerImportId,
    columns: usize,
    next_row: i64,
}

/// Downloads the rejected rows, to be mended and imported again.
#[utoipa::path(get, path = "/api/customers/imports/{id}/rejects", tag = "Imports", params(("id" = CustomerImportId, Path)), responses((status = 200, description = "The rows as they stood in the file, each with its number, column and reason.", body = String, content_type = "text/csv"), (status = 409, description = "`customer_import_not_completed`"), (status = 410, description = "`rejects_not_kept`")))]
pub(super) async fn download_rejects(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerImportId>,
) -> Result<Response, Failure> {
    let record = rows
        .get(&user.caller, TABLE, "header,rejected,rejects_kept", id)
        .await?;
    let record: Record = serde_json::from_slice(&record.0)?;
    let Some(header) = record.header else {
        return Err(ApiError::conflict(
            "customer_import_not_completed",
            "This import did not come to its end, so no rows were rejected.",
        )
        .into());
    };
    if record.rejects_kept == 0 && record.rejected.unwrap_or_default() > 0 {
        return Err(ApiError::new(
            StatusCode::GONE,
            "rejects_not_kept",
            "The rejected rows are not there any more: a dry run keeps none, and others are kept for a time (30 days, unless the operator says otherwise) or until they are deleted.",
        )
        .into());
    }
    let columns = header.len();
    let first = header
        .into_iter()
        .chain(ImportReject::HEADERS.iter().map(ToString::to_string))
        .map(as_text);
    let first = written([first]).map_err(ApiError::internal)?;
    let rejects = Rejects {
        rows,
        caller: user.caller,
        import: id,
        columns,
        next_row: 0,
    };
    let pages = stream::try_unfold(rejects, |mut rejects| async move {
        Ok(rejects.next().await?.map(|page| (page, rejects)))
    });
    Ok(download(&format!("rejects-{id}.csv"), first, pages))
}

/// A cell without the apostrophes that it may have been sent with: they are written anew, and none twice.
fn as_text(cell: String) -> String {
    match spreadsheet::unescape(&cell) {
        Cow::Borrowed(_) => cell,
        Cow::Owned(text) => text,
    }
}

impl Rejects {
    async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        let selection = Selection::new("customer_import_rejects", "row,column_name,detail,cells")
            .filter(Filter::Equal("import_id", self.import.to_string()))
            .filter(Filter::AtLeast("row", self.next_row.to_string()))
            .only_order("row", Direction::Ascending)
            .page(0, PAGE);
        let page = self.rows.select(&self.caller, &selection).await?;
        let page: Vec<ImportReject> = serde_json::from_slice(&page)?;
        // A page that is not full may be one that was cut: only an empty one is the end.
        let Some(last) = page.last() else {
            return Ok(None);
        };
        self.next_row = i64::from(last.row) + 1;
        let columns = self.columns;
        let rows = page
            .into_iter()
            .map(|reject| reject.into_cells(columns).into_iter().map(as_text));
        Ok(Some(written(rows)?))
    }
}
