//! Which of the caller's own customers has a phone number.

use domain::CustomerId;
use rows_as_user::{Filter, RowsAsUser, Selection};
use serde::Deserialize;
use web::ApprovedUser;

use super::table::TABLE;
use crate::rows_failure;

type Failure = rows_failure::Failure<rows_failure::Customer>;

/// The caller's own customer with this number. Whether another account has one is never told, and
/// an admin, who sees all of them, gets their own too.
pub(crate) async fn own_customer(
    user: &ApprovedUser,
    rows: &RowsAsUser,
    phone: &str,
) -> Result<Option<CustomerId>, Failure> {
    #[derive(Deserialize)]
    struct Found {
        id: CustomerId,
    }
    let selection = Selection::new(TABLE, "id")
        .filter(Filter::Equal("phone", phone.to_owned()))
        .filter(Filter::Equal("user_id", user.profile.id.to_string()))
        .page(0, 1);
    let found = rows.select(&user.caller, &selection).await?;
    let found: Vec<Found> = serde_json::from_slice(&found)?;
    Ok(found.into_iter().next().map(|row| row.id))
}
