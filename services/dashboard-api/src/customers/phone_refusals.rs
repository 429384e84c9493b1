//! How often accounts were refused numbers because another account has them, for admins.

use axum::extract::State;
use rows_as_user::{Direction, RowsAsUser, Selection};
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ApprovedAdmin, FieldErrors, Listing, Page, ValidQuery, Validate};

use crate::{answers::Rows, rows_failure, shapes::PhoneRefusals};

type Failure = rows_failure::Failure<rows_failure::Customer>;

/// A page of accounts and days with their refusals, the last day first; what is counted is there a minute later.
#[utoipa::path(get, path = "/api/customers/phone-refusals", tag = "Customers", params(OnePageInput), responses((status = 200, description = "A page of days.", body = Listing<PhoneRefusals>)))]
pub(super) async fn list_phone_refusals(
    admin: ApprovedAdmin,
    State(rows): State<RowsAsUser>,
    ValidQuery(OnePage(page)): ValidQuery<OnePage>,
) -> Result<Rows, Failure> {
    let selection = Selection::new("phone_refusals", "*")
        .order("day", Direction::Descending)
        .page(page.offset(), page.per_page);
    let rows = rows.list(&admin.caller, &selection).await;
    Ok(Rows { rows: rows?, page })
}

/// Which page of them.
#[derive(Debug)]
pub(super) struct OnePage(Page);

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OnePageInput {
    /// From 1.
    #[param(minimum = 1, default = 1)]
    page: Option<usize>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    per_page: Option<usize>,
}

impl Validate for OnePage {
    type Input = OnePageInput;

    fn validate(input: OnePageInput, errors: &mut FieldErrors) -> Option<Self> {
        Some(Self(Page::read(input.page, input.per_page, errors)))
    }
}
