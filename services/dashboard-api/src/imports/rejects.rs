//! `GET /api/customers/imports/{id}/rejects`: the rows that were not imported, as they stood in the file, each
//! with its number, column and reason, to be mended and sent again.

use axum::{body::Bytes, extract::State, response::Response};
use domain::{Caller, CustomerImportId, ImportReject};
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

/// Rejects that are read at once; a hosted project answers with at most 1,000 rows.
const PAGE: usize = 1_000;
#[derive(Deserialize)]
struct Record {
    header: Option<Vec<String>>,
}

/// Where a download is.
struct Rejects {
    rows: RowsAsUser,
    caller: Caller,
    import: CustomerImportId,
    columns: usize,
    next_row: i64,
    at_end: bool,
}

pub(super) async fn download_rejects(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerImportId>,
) -> Result<Response, Failure> {
    let record = rows.get(&user.caller, TABLE, "header", id).await?;
    let record: Record = serde_json::from_slice(&record.0)?;
    let Some(header) = record.header else {
        return Err(ApiError::conflict(
            "customer_import_not_completed",
            "This import did not come to its end, so no rows were rejected.",
        )
        .into());
    };
    let columns = header.len();
    let first = header
        .into_iter()
        .chain(ImportReject::HEADERS.iter().map(ToString::to_string));
    let first = written([first]).map_err(ApiError::internal)?;
    let rejects = Rejects {
        rows,
        caller: user.caller,
        import: id,
        columns,
        next_row: 0,
        at_end: false,
    };
    let pages = stream::try_unfold(rejects, |mut rejects| async move {
        Ok(rejects.next().await?.map(|page| (page, rejects)))
    });
    Ok(download(&format!("rejects-{id}.csv"), first, pages))
}

impl Rejects {
    async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        if self.at_end {
            return Ok(None);
        }
        let selection = Selection::new("customer_import_rejects", "row,column_name,detail,cells")
            .filter(Filter::Equal("import_id", self.import.to_string()))
            .filter(Filter::AtLeast("row", self.next_row.to_string()))
            .only_order("row", Direction::Ascending)
            .page(0, PAGE);
        let page = self.rows.select(&self.caller, &selection).await?;
        let page: Vec<ImportReject> = serde_json::from_slice(&page)?;
        self.at_end = page.len() < PAGE;
        let Some(last) = page.last() else {
            return Ok(None);
        };
        self.next_row = i64::from(last.row) + 1;
        let columns = self.columns;
        let rows = page.into_iter().map(|reject| reject.into_cells(columns));
        Ok(Some(written(rows)?))
    }
}
