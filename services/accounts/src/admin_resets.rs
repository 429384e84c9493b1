//! Password resets that admins start.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use domain::{AdminPasswordResetId, AdminResetStatus, ProfileId};
use rows_as_service::accounts::{AdminReset, AdminResetFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, ApprovedAdmin, FieldErrors, Listing, Page, ValidJson, ValidQuery, Validate};

use crate::{failure::Failure, reset_token, state::AccountsState, text::trimmed, users};

/// Whose password to reset, and why.
pub struct CreateAdminReset {
    user_id: ProfileId,
    reason: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct CreateAdminResetInput {
    /// `user_profiles.id`
    user_id: ProfileId,
    #[schema(max_length = 1000, example = "Asked by phone.")]
    reason: Option<String>,
}

impl Validate for CreateAdminReset {
    type Input = CreateAdminResetInput;

    fn validate(input: CreateAdminResetInput, errors: &mut FieldErrors) -> Option<Self> {
        let reason = trimmed(input.reason);
        if reason
            .as_ref()
            .is_some_and(|reason| reason.chars().count() > 1000)
        {
            errors.add(
                "reason",
                "too_long",
                "A reason has at most 1,000 characters.",
            );
        }
        Some(Self {
            user_id: input.user_id,
            reason,
        })
    }
}

/// A reset in a response. The token is only in the mail.
#[derive(Serialize, ToSchema)]
pub struct AdminResetView {
    id: AdminPasswordResetId,
    user_id: Option<ProfileId>,
    #[schema(example = "ann@example.com")]
    user_email: Option<String>,
    admin_id: Option<ProfileId>,
    #[schema(example = "admin@example.com")]
    admin_email: Option<String>,
    #[schema(example = "Asked by phone.")]
    reason: Option<String>,
    status: AdminResetStatus,
    created_at: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
}

impl From<AdminReset> for AdminResetView {
    fn from(reset: AdminReset) -> Self {
        Self {
            id: reset.id,
            user_id: reset.user_id,
            user_email: reset.user_email,
            admin_id: reset.admin_id,
            admin_email: reset.admin_email,
            reason: reset.reason,
            status: reset.status,
            created_at: reset.created_at,
            completed_at: reset.completed_at,
            expires_at: reset.expires_at,
        }
    }
}

/// Starts the reset of a user's password.
///
/// The user gets a mail with a link that works for 24 hours.
#[utoipa::path(post, path = "/api/admin/password-reset", tag = "Administration", request_body = CreateAdminResetInput, responses((status = 201, description = "The reset. The token is only in the mail.", body = AdminResetView), (status = 404, description = "`user_not_found`")))]
pub async fn create_admin_reset(
    admin: ApprovedAdmin,
    State(state): State<AccountsState>,
    ValidJson(request): ValidJson<CreateAdminReset>,
) -> Result<(StatusCode, Json<AdminResetView>), Failure> {
    if admin.profile.id == request.user_id {
        return Err(users::own_account().into());
    }
    let token = reset_token::generate();
    let hash =
        reset_token::hash(&token).ok_or_else(|| ApiError::internal("a new token has no hash"))?;
    let reset = state
        .rows
        .resets
        .open_for_admin(
            request.user_id,
            &admin.acting(),
            request.reason.as_deref(),
            &token,
            &hash,
        )
        .await?;
    match reset {
        Some(reset) => Ok((StatusCode::CREATED, Json(reset.into()))),
        None => Err(ApiError::not_found("user").into()),
    }
}

/// Which resets to list.
pub struct ListAdminResets {
    status: Option<AdminResetStatus>,
    wanted: Page,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListAdminResetsInput {
    /// Only these.
    #[param(value_type = Option<AdminResetStatus>)]
    status: Option<String>,
    /// From 1.
    #[param(minimum = 1, default = 1)]
    page: Option<i64>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    per_page: Option<i64>,
}

impl Validate for ListAdminResets {
    type Input = ListAdminResetsInput;

    fn validate(input: ListAdminResetsInput, errors: &mut FieldErrors) -> Option<Self> {
        let wanted = Page::read(input.page, input.per_page, errors);
        let status = input.status.and_then(|text| {
            text.parse()
                .map_err(|_| {
                    errors.add(
                        "status",
                        "unknown_value",
                        "One of pending, completed, expired and cancelled.",
                    );
                })
                .ok()
        });
        Some(Self { status, wanted })
    }
}

/// Lists the password resets that admins started.
#[utoipa::path(get, path = "/api/admin/password-resets", tag = "Administration", params(ListAdminResetsInput), responses((status = 200, description = "A page of resets, the newest first.", body = Listing<AdminResetView>)))]
pub async fn list_admin_resets(
    _: ApprovedAdmin,
    State(state): State<AccountsState>,
    ValidQuery(request): ValidQuery<ListAdminResets>,
) -> Result<Json<Listing<AdminResetView>>, Failure> {
    let wanted = request.wanted;
    let (limit, offset) = wanted.limit_and_offset();
    let filter = AdminResetFilter {
        id: None,
        status: request.status,
        limit,
        offset,
    };
    let page = state.rows.resets.list_admin_resets(&filter).await?;
    let views = page.rows.into_iter().map(AdminResetView::from).collect();
    Ok(Json(Listing::new(views, wanted, page.total)))
}
