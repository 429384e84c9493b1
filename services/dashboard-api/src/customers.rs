//! Customers: one by one, and many by a filter.

mod export;
mod filter;
pub(crate) mod own_customer;
mod request;
mod table;

use std::time::Duration;

use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{delete, get, post, put},
};
use domain::CustomerId;
use rows_as_user::{Direction, Filter, RowsAsUser, RowsError};
use serde_json::{Map, Value, json};
use web::{ApiError, ApprovedUser, Path, ValidJson, ValidQuery};

use self::{
    filter::{AnyFilter, CustomerFilter, CustomerList, Deletion, PARAMETERS},
    own_customer::own_customer,
    request::{CustomerChanges, NewCustomer},
    table::{COLUMNS, TABLE},
};
use crate::{
    answers::{Json, Listed, Row, Rows},
    messages::MessageList,
    patience::PATIENCE,
    phone_lookup::verification::{PhoneLookups, Verify},
    rows_failure,
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::Customer>;
type MessagesFailure = rows_failure::Failure<rows_failure::CampaignMessage>;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const LONGEST_IDEMPOTENCY_KEY: usize = 255;
/// Deleting a million customers takes its time; the database gives it five minutes.
const DELETE_PATIENCE: Duration = Duration::from_secs(310);

pub(crate) fn routes() -> Router<DashboardState> {
    Router::new()
        .route("/api/customers", get(list_customers).post(create_customer))
        .route("/api/customers/counts", get(count_customers))
        .route("/api/customers/export", get(export::export_customers))
        .route(
            "/api/customers/{id}",
            put(update_customer)
                .patch(update_customer)
                .get(get_customer)
                .delete(delete_customer),
        )
        .route("/api/customers/{id}/messages", get(list_customer_messages))
}

/// The routes that may take minutes.
pub(crate) fn bulk_routes() -> Router<DashboardState> {
    Router::new()
        .route("/api/customers", delete(delete_customers))
        .route("/api/customers/delete", post(delete_listed_customers))
}

async fn list_customers(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidQuery(list): ValidQuery<CustomerList>,
) -> Result<Response, Failure> {
    let arguments = json!({
        "filter": list.filter.0,
        "sort": list.sort,
        "page_limit": list.page.per_page,
        "page_offset": list.page.offset(),
    });
    let json = rows
        .call_for_json(&user.caller, "list_customers", &arguments, PATIENCE)
        .await?;
    let page = list.page;
    Listed { json, page }.into_response().map_err(Into::into)
}

async fn count_customers(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidQuery(filter): ValidQuery<CustomerFilter>,
) -> Result<Json, Failure> {
    let arguments = json!({ "filter": filter.0 });
    let counts = rows
        .call_for_json(&user.caller, "count_customers", &arguments, PATIENCE)
        .await;
    Ok(Json(StatusCode::OK, counts?))
}

async fn create_customer(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    State(lookups): State<PhoneLookups>,
    ValidQuery(verify): ValidQuery<Verify>,
    headers: HeaderMap,
    ValidJson(customer): ValidJson<NewCustomer>,
) -> Result<Json, Failure> {
    let key = idempotency_key(&headers)?;
    let phone = customer.0.get("phone").and_then(Value::as_str);
    lookups.check_new_phone(&user, verify, phone).await?;
    let mut arguments = json!({ "customer": customer.0 });
    if let Some(key) = key {
        arguments["idempotency_key"] = json!(key);
    }
    let made = rows
        .call_for_json(&user.caller, "create_customer", &arguments, PATIENCE)
        .await;
    match made {
        Ok(row) => Ok(Json(StatusCode::CREATED, row)),
        Err(error) => Err(not_written(&user, &rows, &customer.0, error).await),
    }
}

async fn get_customer(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerId>,
) -> Result<Row, Failure> {
    let row = rows.get(&user.caller, TABLE, COLUMNS, id).await;
    Ok(Row(row?))
}

async fn update_customer(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerId>,
    ValidJson(changes): ValidJson<CustomerChanges>,
) -> Result<Row, Failure> {
    match rows.update(&user.caller, TABLE, id, &changes.0).await {
        Ok(row) => Ok(Row(row)),
        Err(error) => Err(not_written(&user, &rows, &changes.0, error).await),
    }
}

async fn delete_customer(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerId>,
) -> Result<StatusCode, Failure> {
    rows.delete(&user.caller, TABLE, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_customer_messages(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerId>,
    ValidQuery(list): ValidQuery<MessageList>,
) -> Result<Rows, Failure> {
    // No messages and no such customer are different answers.
    rows.get(&user.caller, TABLE, "id", id).await?;
    let page = list.page;
    let whose = Filter::Equal("customer_id", id.to_string());
    let rows = rows
        .list(
            &user.caller,
            &list.selection(whose, "created_at", Direction::Descending),
        )
        .await
        .map_err(MessagesFailure::from)?;
    Ok(Rows { rows, page })
}

async fn delete_customers(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    RawQuery(query): RawQuery,
    ValidQuery(deletion): ValidQuery<Deletion>,
) -> Result<Json, Failure> {
    refuse_unknown(query.as_deref().unwrap_or_default())?;
    delete_found(&user, &rows, &deletion.filter.0, deletion.dry_run).await
}

/// The same with the filter as a body, for more ids than an address can hold.
async fn delete_listed_customers(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidJson(AnyFilter(mut filter)): ValidJson<AnyFilter>,
) -> Result<Json, Failure> {
    let dry_run = matches!(filter.remove("dry_run"), Some(Value::Bool(true)));
    delete_found(&user, &rows, &Value::Object(filter), dry_run).await
}

async fn delete_found(
    user: &ApprovedUser,
    rows: &RowsAsUser,
    filter: &Value,
    dry_run: bool,
) -> Result<Json, Failure> {
    let arguments = json!({ "filter": filter, "dry_run": dry_run });
    let deleted = rows
        .call_for_json(
            &user.caller,
            "delete_customers",
            &arguments,
            DELETE_PATIENCE,
        )
        .await;
    Ok(Json(StatusCode::OK, deleted?))
}

/// A misspelt parameter would delete more than was meant.
fn refuse_unknown(query: &str) -> Result<(), ApiError> {
    let unknown = query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .find(|name| !name.is_empty() && !PARAMETERS.contains(name));
    match unknown {
        None => Ok(()),
        Some(name) => Err(ApiError::invalid_field(
            name.to_owned(),
            "parameter_unknown",
            format!("Known are: {}.", PARAMETERS.join(", ")),
        )),
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    key.to_str()
        .ok()
        .filter(|key| (1..=LONGEST_IDEMPOTENCY_KEY).contains(&key.len()))
        .map(Some)
        .ok_or_else(|| {
            ApiError::bad_request(
                "idempotency_key_invalid",
                format!(
                    "An Idempotency-Key has 1 to {LONGEST_IDEMPOTENCY_KEY} visible characters."
                ),
            )
        })
}

/// Why a customer was not written. Of a phone that is taken it is said whether the caller's own customer
/// has it, and nothing of anybody else's.
async fn not_written(
    user: &ApprovedUser,
    rows: &RowsAsUser,
    customer: &Map<String, Value>,
    error: RowsError,
) -> Failure {
    let phone = match (&error, customer.get("phone").and_then(Value::as_str)) {
        (RowsError::Taken { constraint }, Some(phone)) if constraint == "customers_phone_key" => {
            phone
        }
        _ => return error.into(),
    };
    match own_customer(user, rows, phone).await {
        Ok(Some(id)) => ApiError::conflict(
            "phone_taken",
            format!("You have a customer with this phone number already: {id}"),
        )
        .into(),
        Ok(None) => error.into(),
        Err(failure) => failure,
    }
}
