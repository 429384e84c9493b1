//! Imports of customers: what became of them, their rejects, and what can still be done about them.
//! The upload itself goes to the service that imports.

pub(crate) mod events;
mod rejects;
mod table;

use std::time::Duration;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use domain::CustomerImportId;
use rows_as_user::{Direction, Filter, RowsAsUser, Selection};
use serde::Deserialize;
use serde_json::json;
use web::{ApprovedUser, FieldErrors, Page, Path, ValidQuery, Validate};

use self::table::{COLUMNS, TABLE};
use crate::{
    answers::{Json, Row, Rows},
    patience::PATIENCE,
    rows_failure,
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::CustomerImport>;

const STATUSES: [&str; 5] = ["running", "completed", "failed", "canceled", "undone"];
/// Undoing deletes what an import brought, up to millions of rows; the database gives it five minutes.
const UNDO_PATIENCE: Duration = Duration::from_secs(310);

pub(crate) fn routes() -> Router<DashboardState> {
    Router::new()
        .route("/api/customers/imports", get(list_imports))
        .route("/api/customers/imports/{id}", get(get_import))
        .route("/api/customers/imports/{id}/cancel", post(cancel_import))
        .route(
            "/api/customers/imports/{id}/rejects",
            get(rejects::download_rejects).delete(delete_rejects),
        )
        .route(
            "/api/customers/imports/{id}/events",
            get(events::watch_import),
        )
        .route(
            "/api/customers/imports/{id}/events/token",
            post(events::make_import_token),
        )
}

/// The route that may take minutes.
pub(crate) fn undo_route() -> Router<DashboardState> {
    Router::new().route("/api/customers/imports/{id}/undo", post(undo_import))
}

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

async fn get_import(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerImportId>,
) -> Result<Row, Failure> {
    let row = rows.get(&user.caller, TABLE, COLUMNS, id).await;
    Ok(Row(row?))
}

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
            UNDO_PATIENCE,
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

#[derive(Debug, Deserialize)]
struct ImportListInput {
    page: Option<usize>,
    per_page: Option<usize>,
    status: Option<String>,
    file_hash: Option<String>,
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
