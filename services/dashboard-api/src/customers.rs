mod request;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    routing::{get, put},
};
use domain::CustomerId;
use rows_as_user::RowsAsUser;
use serde_json::Value;
use web::{ApprovedUser, Path, ValidJson, ValidQuery};

use self::request::{CustomerChanges, CustomerList, NewCustomer};
use crate::{
    DashboardState,
    answers::{Created, Row, Rows},
    phone_lookup::{PhoneLookups, Verify},
    rows_failure::{Failure, about},
};

const TABLE: &str = "customers";
const COLUMNS: &str = "*";
const CUSTOMER: &str = "customer";

pub(crate) fn routes() -> Router<DashboardState> {
    Router::new()
        .route("/api/customers", get(list_customers).post(create_customer))
        .route(
            "/api/customers/{id}",
            put(update_customer)
                .patch(update_customer)
                .get(get_customer)
                .delete(delete_customer),
        )
}

async fn list_customers(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidQuery(list): ValidQuery<CustomerList>,
) -> Result<Rows, Failure> {
    let page = list.page;
    let rows = rows
        .list(&user.caller, &list.selection(TABLE, COLUMNS))
        .await;
    Ok(Rows {
        rows: rows.map_err(about(CUSTOMER))?,
        page,
    })
}

async fn create_customer(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    State(lookups): State<PhoneLookups>,
    ValidQuery(verify): ValidQuery<Verify>,
    ValidJson(customer): ValidJson<NewCustomer>,
) -> Result<Created, Failure> {
    let phone = customer.0.get("phone").and_then(Value::as_str);
    lookups.check_new_phone(&user, verify, phone).await?;
    let row = rows.insert(&user.caller, TABLE, &customer.0).await;
    row.map(Created).map_err(about(CUSTOMER))
}

async fn get_customer(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerId>,
) -> Result<Row, Failure> {
    let row = rows.get(&user.caller, TABLE, COLUMNS, id.0).await;
    row.map(Row).map_err(about(CUSTOMER))
}

async fn update_customer(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerId>,
    ValidJson(changes): ValidJson<CustomerChanges>,
) -> Result<Row, Failure> {
    let row = rows.update(&user.caller, TABLE, id.0, &changes.0).await;
    row.map(Row).map_err(about(CUSTOMER))
}

async fn delete_customer(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerId>,
) -> Result<StatusCode, Failure> {
    rows.delete(&user.caller, TABLE, id.0)
        .await
        .map_err(about(CUSTOMER))?;
    Ok(StatusCode::NO_CONTENT)
}
