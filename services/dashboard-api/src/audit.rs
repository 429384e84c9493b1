//! The audit log: what admins, operators and others changed that is not their own. For admins.

mod query;

use axum::{body::Bytes, extract::State, response::Response};
use domain::Caller;
use futures::stream;
use rows_as_user::RowsAsUser;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{ApprovedAdmin, Listing, ValidQuery};

use self::query::{AuditExport, AuditFilter, AuditList, FilterInput, ListInput};
use crate::{
    answers::Listed,
    csv_answer::{Broken, download, written},
    patience::PATIENCE,
    rows_failure,
    shapes::AuditEntry,
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::AuditEntry>;

/// Entries that are read at once.
const PAGE: usize = 1000;
/// The columns of the file, in this order.
const COLUMNS: [&str; 18] = [
    "at",
    "actor_kind",
    "actor",
    "actor_email",
    "operator",
    "action",
    "account",
    "account_email",
    "table_name",
    "row_id",
    "row_count",
    "before",
    "after",
    "role",
    "application",
    "session_id",
    "request_id",
    "id",
];

pub(crate) fn routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new()
        .routes(routes!(list_audit_log))
        .routes(routes!(export_audit_log))
}

#[derive(Serialize)]
struct ListArguments<'a> {
    #[serde(flatten)]
    filter: &'a AuditFilter,
    page_limit: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_offset: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    below: Option<i64>,
}

/// A page of entries, the newest first: who, through which door, did what to whose row, and the fields that changed, before
/// and after. Texts, numbers and addresses stand there only as how long they were.
#[utoipa::path(get, path = "/api/admin/audit", tag = "Administration", params(ListInput), responses((status = 200, description = "A page of entries.", body = Listing<AuditEntry>)))]
async fn list_audit_log(
    admin: ApprovedAdmin,
    State(rows): State<RowsAsUser>,
    ValidQuery(list): ValidQuery<AuditList>,
) -> Result<Response, Failure> {
    let page = list.page;
    let arguments = ListArguments {
        filter: &list.filter,
        page_limit: page.per_page,
        page_offset: Some(page.offset()),
        below: None,
    };
    let json = rows
        .call_for_json(&admin.caller, "list_audit_log", &arguments, PATIENCE)
        .await?;
    Listed { json, page }.into_response().map_err(Into::into)
}

#[derive(Deserialize)]
struct ExportedPage {
    data: Vec<Map<String, Value>>,
}

/// Where an export is.
struct Export {
    rows: RowsAsUser,
    caller: Caller,
    filter: AuditFilter,
    /// The last entry that was read.
    below: Option<i64>,
    at_end: bool,
}

/// The same entries as CSV.
#[utoipa::path(get, path = "/api/admin/audit/export", tag = "Administration", params(FilterInput), responses((status = 200, description = "The file.", body = String, content_type = "text/csv")))]
async fn export_audit_log(
    admin: ApprovedAdmin,
    State(rows): State<RowsAsUser>,
    ValidQuery(AuditExport(filter)): ValidQuery<AuditExport>,
) -> Result<Response, Failure> {
    let header = written([COLUMNS]).map_err(web::ApiError::internal)?;
    let export = Export {
        rows,
        caller: admin.caller,
        filter,
        below: None,
        at_end: false,
    };
    let pages = stream::try_unfold(export, |mut export| async move {
        Ok(export.next().await?.map(|page| (page, export)))
    });
    Ok(download("audit-log.csv", header, pages))
}

impl Export {
    async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        if self.at_end {
            return Ok(None);
        }
        let arguments = ListArguments {
            filter: &self.filter,
            page_limit: PAGE,
            page_offset: None,
            below: self.below,
        };
        let page = self
            .rows
            .call_for_json(&self.caller, "list_audit_log", &arguments, PATIENCE)
            .await?;
        let entries = serde_json::from_slice::<ExportedPage>(&web::uniform_times(&page))?.data;
        self.below = entries
            .last()
            .and_then(|entry| entry.get("id"))
            .and_then(Value::as_i64);
        self.at_end = entries.len() < PAGE || self.below.is_none();
        if entries.is_empty() {
            return Ok(None);
        }
        Ok(Some(written(entries.iter().map(cells))?))
    }
}

fn cells(entry: &Map<String, Value>) -> [String; COLUMNS.len()] {
    COLUMNS.map(|column| match entry.get(column) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_is_a_line() {
        let Value::Object(entry) = json!({
            "at": "2026-11-23T09:00:00Z", "actor": null, "row_count": 2, "after": { "status": "approved" }
        }) else {
            panic!("an object")
        };
        let cells = cells(&entry);
        assert_eq!(cells[0], "2026-11-23T09:00:00Z");
        assert_eq!(cells[2], "");
        assert_eq!(cells[10], "2");
        assert_eq!(cells[12], r#"{"status":"approved"}"#);
    }
}
