//! Deleting many customers, and bringing deleted ones back.

use axum::{extract::State, http::StatusCode};
use domain::{CustomerDeletionId, CustomerId};
use rows_as_user::{Direction, Filter, RowsAsUser, Selection};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{ApprovedUser, FieldErrors, Listing, Page, ValidJson, ValidQuery, Validate};

use super::{
    filter::{Deletion, ListedDeletion},
    wanted::{DeletionBody, DeletionInput},
};
use crate::{
    answers::{Json, Rows},
    fields::not_null,
    patience::PATIENCE_FOR_FIVE_MINUTES,
    rows_failure,
    shapes::{self, DeletedCustomer},
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::Customer>;

/// Where deleted customers wait.
const BIN: &str = "deleted_customers";
/// As `public.restore_customers` has it.
const MOST_IDS: usize = 10_000;

/// The routes that may take minutes.
pub(crate) fn bulk_routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new()
        .routes(routes!(delete_customers))
        .routes(routes!(delete_listed_customers))
        .routes(routes!(restore_customers))
}

/// Deletes the customers that a filter finds; `all=true` means everybody. What is blank or unknown is refused.
#[utoipa::path(delete, path = "/api/customers", tag = "Customers", params(DeletionInput), responses((status = 200, description = "How many were deleted.", body = shapes::Deletion)))]
async fn delete_customers(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidQuery(deletion): ValidQuery<Deletion>,
) -> Result<Json, Failure> {
    delete_found(&user, &rows, deletion).await
}

/// The same with the filter as a body, for more ids than an address can hold.
#[utoipa::path(post, path = "/api/customers/delete", tag = "Customers", request_body = DeletionBody, responses((status = 200, description = "How many were deleted.", body = shapes::Deletion)))]
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
        .call_for_json(
            &user.caller,
            "delete_customers",
            &arguments,
            PATIENCE_FOR_FIVE_MINUTES,
        )
        .await;
    Ok(Json(StatusCode::OK, deleted?))
}

/// Brings back who was deleted within the last 30 days, with id, tags and attributes; a suppressed number comes back
/// inactive. Answers how many were `restored`, and who was not and why.
#[utoipa::path(post, path = "/api/customers/restore", tag = "Customers", request_body = RestorationInput, responses((status = 200, description = "How many were restored, and who was not.", body = shapes::Restoration), (status = 429, description = "`too_many_unavailable_phones`")))]
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
            PATIENCE_FOR_FIVE_MINUTES,
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

#[derive(Debug, Deserialize, ToSchema)]
struct RestorationInput {
    #[serde(default, deserialize_with = "not_null")]
    /// Either these customers, as they were deleted last …
    #[schema(nullable = false, min_items = 1, max_items = 10_000)]
    ids: Option<Vec<CustomerId>>,
    #[serde(default, deserialize_with = "not_null")]
    /// … or all of one deletion.
    #[schema(nullable = false)]
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
#[utoipa::path(get, path = "/api/customers/deleted", tag = "Customers", params(DeletedListInput), responses((status = 200, description = "A page of deleted customers.", body = Listing<DeletedCustomer>)))]
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

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DeletedListInput {
    /// From 1.
    #[param(minimum = 1, default = 1)]
    page: Option<usize>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    per_page: Option<usize>,
    /// What one request or statement deleted.
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
