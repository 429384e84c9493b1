//! One of the caller's own customers.

use domain::CustomerId;
use rows_as_user::{Filter, RowsAsUser, RowsError, Selection};
use serde::{Deserialize, de::DeserializeOwned};
use web::ApprovedUser;

use super::table::TABLE;

/// The caller's own customer for whom `filter` holds, with these columns. Whether another account has one is never told,
/// and an admin, who sees all of them, gets their own too.
pub(crate) async fn own_customer<C: DeserializeOwned>(
    user: &ApprovedUser,
    rows: &RowsAsUser,
    columns: &'static str,
    filter: Filter,
) -> Result<Option<C>, RowsError> {
    let selection = Selection::new(TABLE, columns)
        .filter(filter)
        .filter(Filter::Equal("user_id", user.profile.id.to_string()))
        .page(0, 1);
    let found = rows.select(&user.caller, &selection).await?;
    let found: Vec<C> = serde_json::from_slice(&found)?;
    Ok(found.into_iter().next())
}

/// The caller's own customer with this number.
pub(crate) async fn own_customer_with_phone(
    user: &ApprovedUser,
    rows: &RowsAsUser,
    phone: &str,
) -> Result<Option<CustomerId>, RowsError> {
    #[derive(Deserialize)]
    struct Found {
        id: CustomerId,
    }
    let has_phone = Filter::Equal("phone", phone.to_owned());
    let found: Option<Found> = own_customer(user, rows, "id", has_phone).await?;
    Ok(found.map(|row| row.id))
}
