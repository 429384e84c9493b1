//! Imports of customers: what became of them, their rejects, and what can still be done about them.
//! The upload itself goes to the service that imports.

pub(crate) mod events;
mod rejects;
mod table;

use axum::{extract::State, http::StatusCode};
use domain::CustomerImportId;
use rows_as_user::{Direction, Filter, RowsAsUser, Selection};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{ApprovedUser, FieldErrors, Listing, Page, Path, ValidQuery, Validate};

use self::table::{COLUMNS, TABLE};
use crate::{
    answers::{Json, Row, Rows},
    patience::{PATIENCE, PATIENCE_FOR_FIVE_MINUTES},
    rows_failure,
    shapes::{CustomerImport, ImportStatus},
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::CustomerImport>;

const STATUSES: [&str; 5] = ["running", "completed", "failed", "canceled", "undone"];

pub(crate) fn routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new()
        .routes(routes!(list_imports))
        .routes(routes!(get_import))
        .routes(routes!(cancel_import))
        .routes(routes!(rejects::download_rejects, delete_rejects))
        .routes(routes!(events::watch_import))
        .routes(routes!(events::make_import_token))
}

/// The route that may take minutes.
pub(crate) fn undo_route() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new().routes(routes!(undo_import))
}

/// Lists imports.
#[utoipa::path(get, path = "/api/customers/imports", tag = "Imports", params(ImportListInput), responses((status = 200, description = "A page of records, the newest first.", body = Listing<CustomerImport>)))]
async fn list_imports(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidQuery(list): ValidQuery<ImportList>,
) -> Result<Rows, Failure> {
    let page = list.page;
    let selection = list
        .filters
        .into_iter()
        .fold(Selection::new(TABLE, COLUMNS), Selection::filter)
        .order("created_at", Direction::Descending)
        .page(page.offset(), page.per_page);
    let rows = rows.list(&user.caller, &selection).await;
    Ok(Rows { rows: rows?, page })
}

/// Shows an import.
#[utoipa::path(get, path = "/api/customers/imports/{id}", tag = "Imports", params(("id" = CustomerImportId, Path)), responses((status = 200, description = "The record.", body = CustomerImport)))]
async fn get_import(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerImportId>,
) -> Result<Row, Failure> {
    let row = rows.get(&user.caller, TABLE, COLUMNS, id).await;
    Ok(Row(row?))
}

/// Cancels an import that is running.
#[utoipa::path(post, path = "/api/customers/imports/{id}/cancel", tag = "Imports", params(("id" = CustomerImportId, Path)), responses((status = 202, description = "It ends within seconds.", body = CustomerImport), (status = 409, description = "`customer_import_not_running`")))]
async fn cancel_import(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerImportId>,
) -> Result<Json, Failure> {
    let arguments = json!({ "import_id": id });
    let record = rows
        .call_for_json(&user.caller, "cancel_customer_import", &arguments, PATIENCE)
        .await;
    Ok(Json(StatusCode::ACCEPTED, record?))
}

/// Deletes the rejected rows of an import.
#[utoipa::path(delete, path = "/api/customers/imports/{id}/rejects", tag = "Imports", params(("id" = CustomerImportId, Path)), responses((status = 200, description = "The record, without rejects.", body = CustomerImport)))]
async fn delete_rejects(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerImportId>,
) -> Result<Json, Failure> {
    let arguments = json!({ "import_id": id });
    let function = "delete_customer_import_rejects";
    let record = rows
        .call_for_json(&user.caller, function, &arguments, PATIENCE)
        .await;
    Ok(Json(StatusCode::OK, record?))
}

/// Takes an import back, if none of its customers was texted.
#[utoipa::path(post, path = "/api/customers/imports/{id}/undo", tag = "Imports", params(("id" = CustomerImportId, Path)), responses((status = 200, description = "The record.", body = CustomerImport), (status = 409, description = "`customer_import_not_undoable`, `customer_import_texted`")))]
async fn undo_import(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerImportId>,
) -> Result<Json, Failure> {
    let arguments = json!({ "import_id": id });
    let record = rows
        .call_for_json(
            &user.caller,
            "undo_customer_import",
            &arguments,
            PATIENCE_FOR_FIVE_MINUTES,
        )
        .await;
    Ok(Json(StatusCode::OK, record?))
}

/// Which imports to list.
#[derive(Debug)]
struct ImportList {
    page: Page,
    filters: Vec<Filter>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ImportListInput {
    /// From 1.
    #[param(minimum = 1, default = 1)]
    page: Option<usize>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    per_page: Option<usize>,
    /// Only these.
    #[param(value_type = Option<ImportStatus>)]
    status: Option<String>,
    /// Of this file (SHA-256, hexadecimal).
    #[param(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    file_hash: Option<String>,
    /// Only dry runs, or none of them.
    dry_run: Option<bool>,
}

impl Validate for ImportList {
    type Input = ImportListInput;

    fn validate(input: ImportListInput, errors: &mut FieldErrors) -> Option<Self> {
        let page = Page::read(input.page, input.per_page, errors);
        let mut filters = Vec::new();
        if let Some(status) = input.status {
            if !STATUSES.contains(&status.as_str()) {
                let detail = format!("One of: {}.", STATUSES.join(", "));
                errors.add("status", "unknown_value", detail);
            }
            filters.push(Filter::Equal("status", status));
        }
        if let Some(hash) = input.file_hash {
            filters.push(Filter::Equal("file_hash", hash.to_ascii_lowercase()));
        }
        if let Some(dry_run) = input.dry_run {
            filters.push(Filter::Equal("dry_run", dry_run.to_string()));
        }
        Some(Self { page, filters })
    }
}
