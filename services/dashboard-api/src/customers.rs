//! Customers: one by one, and many by a filter.

mod deletion;
mod export;
mod filter;
pub(crate) mod own_customer;
mod phone_refusals;
mod request;
mod table;
mod wanted;

use axum::{extract::State, http::StatusCode, response::Response};
use domain::CustomerId;
use rows_as_user::{Direction, Filter, RowsAsUser, RowsError};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{ApiError, ApprovedUser, Listing, Path, ValidJson, ValidQuery};

pub(crate) use self::deletion::bulk_routes;
use self::{
    filter::{CustomerFilter, CustomerList},
    own_customer::own_customer_with_phone,
    request::{CustomerChanges, CustomerInput, NewCustomer, NewCustomerInput},
    table::{COLUMNS, TABLE},
    wanted::{FilterInput, ListInput},
};
use crate::{
    answers::{Json, Listed, Row, Rows},
    idempotency_key::IdempotencyKey,
    messages::{MessageList, MessageListInput},
    patience::PATIENCE,
    phone_lookup::verification::{PhoneLookups, Verify, VerifyInput},
    rows_failure,
    shapes::{CampaignMessage, Customer, CustomerCounts},
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::Customer>;
type MessagesFailure = rows_failure::Failure<rows_failure::CampaignMessage>;

/// The arguments of `create_customer`.
#[derive(Serialize)]
struct NewCustomerArguments<'a> {
    customer: &'a Map<String, Value>,
    #[serde(flatten)]
    key: IdempotencyKey,
}

pub(crate) fn routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new()
        .routes(routes!(list_customers, create_customer))
        .routes(routes!(count_customers))
        .routes(routes!(export::export_customers))
        .routes(routes!(deletion::list_deleted))
        .routes(routes!(phone_refusals::list_phone_refusals))
        .routes(routes!(update_customer, get_customer, delete_customer))
        .routes(routes!(list_customer_messages))
}

/// Lists customers.
///
/// `search` matches any part of a name, an e-mail address or a phone number. With very many matches `total` is as far as was
/// counted, and `total_is_exact` false.
#[utoipa::path(get, path = "/api/customers", tag = "Customers", params(ListInput), responses((status = 200, description = "A page of customers.", body = Listing<Customer>)))]
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

/// Counts customers by state and status.
#[utoipa::path(get, path = "/api/customers/counts", tag = "Customers", params(FilterInput), responses((status = 200, description = "The counts.", body = CustomerCounts)))]
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

/// Creates a customer.
#[utoipa::path(post, path = "/api/customers", tag = "Customers", params(VerifyInput, ("Idempotency-Key" = Option<String>, Header, description = "With it, a repeated request within 24 hours answers the same customer.", min_length = 1, max_length = 255)), request_body = NewCustomerInput, responses((status = 201, description = "The new customer.", body = Customer), (status = 409, description = "`phone_taken`, `phone_unavailable`, `customer_deleted`"), (status = 429, description = "`too_many_unavailable_phones`, `lookup_limit_reached`"), (status = 501, description = "`lookup_unavailable`")))]
async fn create_customer(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    State(lookups): State<PhoneLookups>,
    ValidQuery(verify): ValidQuery<Verify>,
    key: IdempotencyKey,
    ValidJson(customer): ValidJson<NewCustomer>,
) -> Result<Json, Failure> {
    let phone = customer.0.get("phone").and_then(Value::as_str);
    lookups.check_new_phone(&user, verify, phone).await?;
    let arguments = NewCustomerArguments {
        customer: &customer.0,
        key,
    };
    let made = rows
        .call_for_json(&user.caller, "create_customer", &arguments, PATIENCE)
        .await;
    match made {
        Ok(row) => Ok(Json(StatusCode::CREATED, row)),
        Err(error) => Err(not_written(&user, &rows, &customer.0, error).await),
    }
}

/// Shows a customer.
#[utoipa::path(get, path = "/api/customers/{id}", tag = "Customers", params(("id" = CustomerId, Path)), responses((status = 200, description = "The customer.", body = Customer)))]
async fn get_customer(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerId>,
) -> Result<Row, Failure> {
    let row = rows.get(&user.caller, TABLE, COLUMNS, id).await;
    Ok(Row(row?))
}

/// Changes what is named of a customer; null empties a field.
#[utoipa::path(method(put, patch), path = "/api/customers/{id}", tag = "Customers", params(("id" = CustomerId, Path)), request_body = CustomerInput, responses((status = 200, description = "The customer as it is now.", body = Customer), (status = 409, description = "`phone_taken`, `phone_unavailable`"), (status = 429, description = "`too_many_unavailable_phones`")))]
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

/// Deletes a customer.
#[utoipa::path(delete, path = "/api/customers/{id}", tag = "Customers", params(("id" = CustomerId, Path)), responses((status = 204, description = "Deleted; it can be restored for 30 days.")))]
async fn delete_customer(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerId>,
) -> Result<StatusCode, Failure> {
    rows.delete(&user.caller, TABLE, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists a customer's messages.
#[utoipa::path(get, path = "/api/customers/{id}/messages", tag = "Customers", params(("id" = CustomerId, Path), MessageListInput), responses((status = 200, description = "A page of messages, the newest first.", body = Listing<CampaignMessage>)))]
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
    match own_customer_with_phone(user, rows, phone).await {
        Ok(Some(id)) => ApiError::conflict(
            "phone_taken",
            format!("You have a customer with this phone number already: {id}"),
        )
        .into(),
        Ok(None) => error.into(),
        Err(failure) => failure.into(),
    }
}
