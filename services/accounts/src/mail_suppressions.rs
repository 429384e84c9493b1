//! Addresses to which no mail is sent any more, for admins.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use rows_as_service::accounts::MailSuppression;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, ApprovedAdmin, FieldErrors, Listing, Page, Path, ValidQuery, Validate};

use crate::{failure::Failure, state::AccountsState, text::trimmed};

/// A suppressed address in a response.
#[derive(Serialize, ToSchema)]
pub struct MailSuppressionView {
    #[schema(example = "ann@example.com")]
    address: String,
    /// `bounced`, `complained` or `suppressed`
    #[schema(example = "bounced")]
    reason: String,
    #[schema(example = "No such mailbox.")]
    detail: Option<String>,
    created_at: DateTime<Utc>,
    times_lifted: i64,
}

impl From<MailSuppression> for MailSuppressionView {
    fn from(suppression: MailSuppression) -> Self {
        Self {
            address: suppression.address,
            reason: suppression.reason,
            detail: suppression.detail,
            created_at: suppression.created_at,
            times_lifted: suppression.times_lifted,
        }
    }
}

/// Which addresses to list.
pub struct ListMailSuppressions {
    search: Option<String>,
    wanted: Page,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListMailSuppressionsInput {
    /// A part of the address.
    #[param(example = "example.com")]
    search: Option<String>,
    /// From 1.
    #[param(minimum = 1, default = 1)]
    page: Option<i64>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    per_page: Option<i64>,
}

impl Validate for ListMailSuppressions {
    type Input = ListMailSuppressionsInput;

    fn validate(input: ListMailSuppressionsInput, errors: &mut FieldErrors) -> Option<Self> {
        let wanted = Page::read(input.page, input.per_page, errors);
        Some(Self {
            search: trimmed(input.search),
            wanted,
        })
    }
}

/// Lists addresses to which no mail goes any more.
#[utoipa::path(get, path = "/api/admin/mail-suppressions", tag = "Administration", params(ListMailSuppressionsInput), responses((status = 200, description = "A page of addresses.", body = Listing<MailSuppressionView>)))]
pub async fn list_mail_suppressions(
    _: ApprovedAdmin,
    State(state): State<AccountsState>,
    ValidQuery(request): ValidQuery<ListMailSuppressions>,
) -> Result<Json<Listing<MailSuppressionView>>, Failure> {
    let wanted = request.wanted;
    let (limit, offset) = wanted.limit_and_offset();
    let suppressions = &state.rows.mail_suppressions;
    let page = suppressions
        .list(request.search.as_deref(), limit, offset)
        .await?;
    let views = page
        .rows
        .into_iter()
        .map(MailSuppressionView::from)
        .collect();
    Ok(Json(Listing::new(views, wanted, page.total)))
}

/// Why mails may go to an address again.
pub struct LiftMailSuppression {
    why: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LiftMailSuppressionInput {
    /// Kept with who.
    #[param(
        required,
        min_length = 1,
        max_length = 1000,
        example = "The mailbox is back."
    )]
    why: Option<String>,
}

impl Validate for LiftMailSuppression {
    type Input = LiftMailSuppressionInput;

    fn validate(input: LiftMailSuppressionInput, errors: &mut FieldErrors) -> Option<Self> {
        let why = trimmed(input.why).unwrap_or_default();
        if why.is_empty() {
            errors.add("why", "why_required", "Say why.");
        } else if why.chars().count() > 1000 {
            errors.add("why", "too_long", "A reason has at most 1,000 characters.");
        }
        Some(Self { why })
    }
}

/// Lets mails go to an address again.
#[utoipa::path(delete, path = "/api/admin/mail-suppressions/{address}", tag = "Administration", params(("address" = String, Path, example = "ann@example.com"), LiftMailSuppressionInput), responses((status = 204, description = "Mails go to the address again.")))]
pub async fn lift_mail_suppression(
    admin: ApprovedAdmin,
    State(state): State<AccountsState>,
    Path(address): Path<String>,
    ValidQuery(request): ValidQuery<LiftMailSuppression>,
) -> Result<StatusCode, Failure> {
    let suppressions = &state.rows.mail_suppressions;
    // Postgres stores no address with a NUL, so none is suppressed.
    let lifted = !address.contains('\0')
        && suppressions
            .lift(&address, &request.why, &admin.acting())
            .await?;
    if lifted {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found("mail_suppression").into())
    }
}
