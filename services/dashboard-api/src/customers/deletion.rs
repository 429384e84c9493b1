//! Deleting many customers, and bringing deleted ones back.

use std::time::Duration;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    routing::{delete, post},
};
use domain::{CustomerDeletionId, CustomerId};
use rows_as_user::{Direction, Filter, RowsAsUser, Selection};
use serde::{Deserialize, Serialize};
use serde_json::json;
use web::{ApprovedUser, FieldErrors, Page, ValidJson, ValidQuery, Validate};

use super::filter::{Deletion, ListedDeletion};
use crate::{
    answers::{Json, Rows},
    fields::not_null,
    rows_failure,
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::Customer>;

/// Where deleted customers wait.
const BIN: &str = "deleted_customers";
/// Deleting a million customers takes its time; the database gives it five minutes.
const BULK_PATIENCE: Duration = Duration::from_secs(310);
/// As `public.restore_customers` has it.
const MOST_IDS: usize = 10_000;

/// The routes that may take minutes.
pub(crate) fn bulk_routes() -> Router<DashboardState> {
    Router::new()
        .route("/api/customers", delete(delete_customers))
        .route("/api/customers/delete", post(delete_listed_customers))
        .route("/api/customers/restore", post(restore_customers))
}

async fn delete_customers(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidQuery(deletion): ValidQuery<Deletion>,
) -> Result<Json, Failure> {
    delete_found(&user, &rows, deletion).await
}

/// The same with the filter as a body, for more ids than an address can hold.
async fn delete_listed_customers(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidJson(ListedDeletion(deletion)): ValidJson<ListedDeletion>,
) -> Result<Json, Failure> {
    delete_found(&user, &rows, deletion).await
}

async fn delete_found(
    user: &ApprovedUser,
    rows: &RowsAsUser,
    deletion: Deletion,
) -> Result<Json, Failure> {
    let arguments = json!({ "filter": deletion.filter.0, "dry_run": deletion.dry_run });
    let deleted = rows
        .call_for_json(&user.caller, "delete_customers", &arguments, BULK_PATIENCE)
        .await;
    Ok(Json(StatusCode::OK, deleted?))
}

/// Brings back who was deleted within the last 30 days, with id, tags and attributes; a suppressed number comes back
/// inactive. Answers how many were `restored`, and who was not and why.
async fn restore_customers(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidJson(restoration): ValidJson<Restoration>,
) -> Result<Json, Failure> {
    let restored = rows
        .call_for_json(
            &user.caller,
            "restore_customers",
            &restoration,
            BULK_PATIENCE,
        )
        .await;
    Ok(Json(StatusCode::OK, restored?))
}

/// Whom to bring back: by their ids, or all of one deletion.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Restoration {
    Customers { ids: Vec<CustomerId> },
    Deletion { deletion_id: CustomerDeletionId },
}

#[derive(Debug, Deserialize)]
struct RestorationInput {
    #[serde(default, deserialize_with = "not_null")]
    ids: Option<Vec<CustomerId>>,
    #[serde(default, deserialize_with = "not_null")]
    deletion_id: Option<CustomerDeletionId>,
}

impl Validate for Restoration {
    type Input = RestorationInput;

    fn validate(input: RestorationInput, errors: &mut FieldErrors) -> Option<Self> {
        match (input.ids, input.deletion_id) {
            (Some(ids), None) if ids.len() > MOST_IDS => {
                let detail = "At most 10,000 customers are restored by their ids.";
                errors.add("ids", "too_many_ids", detail);
                None
            }
            (Some(ids), None) if !ids.is_empty() => Some(Self::Customers { ids }),
            (None, Some(deletion_id)) => Some(Self::Deletion { deletion_id }),
            _ => {
                let detail = "Name the customers by their ids, or a deletion_id.";
                errors.add("", "restore_required", detail);
                None
            }
        }
    }
}

/// A page of what can be restored, the last deletion first.
pub(super) async fn list_deleted(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidQuery(list): ValidQuery<DeletedList>,
) -> Result<Rows, Failure> {
    let page = list.page;
    let selection = Selection::new(BIN, "*")
        .order("deletion_id", Direction::Descending)
        .page(page.offset(), page.per_page);
    let selection = match list.deletion {
        Some(id) => selection.filter(Filter::Equal("deletion_id", id.to_string())),
        None => selection,
    };
    let rows = rows.list(&user.caller, &selection).await;
    Ok(Rows { rows: rows?, page })
}

/// Which deleted customers to list.
#[derive(Debug)]
pub(super) struct DeletedList {
    page: Page,
    deletion: Option<CustomerDeletionId>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DeletedListInput {
    page: Option<usize>,
    per_page: Option<usize>,
    deletion_id: Option<CustomerDeletionId>,
}

impl Validate for DeletedList {
    type Input = DeletedListInput;

    fn validate(input: DeletedListInput, errors: &mut FieldErrors) -> Option<Self> {
        Some(Self {
            page: Page::read(input.page, input.per_page, errors),
            deletion: input.deletion_id,
        })
    }
}
