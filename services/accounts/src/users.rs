//! User management for admins.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use domain::{AuthUserId, ProfileId, ProfileStatus, Role};
use rows_as_service::accounts::{StatusCounts, User, UserChange, UserFilter, UserOutcome};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{
    ApiError, ApprovedAdmin, FieldErrors, Listing, Page, Path, ValidJson, ValidQuery, Validate,
};

use crate::{failure::Failure, state::AccountsState, text::trimmed};

/// A user in a response: the profile, with data from Auth and counts of what the user owns.
#[derive(Serialize, ToSchema)]
pub struct UserView {
    id: ProfileId,
    user_id: Option<AuthUserId>,
    #[schema(example = "ann@example.com")]
    email: Option<String>,
    role: Role,
    status: ProfileStatus,
    invited_by: Option<ProfileId>,
    #[schema(example = "SPRING-2026")]
    invite_code: Option<String>,
    invited_at: Option<DateTime<Utc>>,
    approved_at: Option<DateTime<Utc>>,
    last_login_at: Option<DateTime<Utc>>,
    customer_count: i64,
    campaign_count: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            user_id: user.user_id,
            email: user.email,
            role: user.role,
            status: user.status,
            invited_by: user.invited_by,
            invite_code: user.invite_code,
            invited_at: user.invited_at,
            approved_at: user.approved_at,
            last_login_at: user.last_login_at,
            customer_count: user.customer_count,
            campaign_count: user.campaign_count,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// Which users to list.
pub struct ListUsers {
    search: Option<String>,
    role: Option<Role>,
    status: Option<ProfileStatus>,
    wanted: Page,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListUsersInput {
    /// A part of the address.
    #[param(example = "ann")]
    search: Option<String>,
    /// Only these.
    role: Option<Role>,
    /// Only these.
    status: Option<ProfileStatus>,
    /// From 1.
    #[param(minimum = 1, default = 1)]
    page: Option<i64>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    per_page: Option<i64>,
}

impl Validate for ListUsers {
    type Input = ListUsersInput;

    fn validate(input: ListUsersInput, errors: &mut FieldErrors) -> Option<Self> {
        let wanted = Page::read(input.page, input.per_page, errors);
        Some(Self {
            search: trimmed(input.search),
            role: input.role,
            status: input.status,
            wanted,
        })
    }
}

/// A page of users, and the unfiltered number of users per status.
#[derive(Serialize, ToSchema)]
pub struct UsersView {
    #[serde(flatten)]
    page: Listing<UserView>,
    counts: CountsView,
}

#[derive(Serialize, ToSchema)]
struct CountsView {
    pending: i64,
    approved: i64,
    rejected: i64,
}

impl From<StatusCounts> for CountsView {
    fn from(counts: StatusCounts) -> Self {
        Self {
            pending: counts.pending,
            approved: counts.approved,
            rejected: counts.rejected,
        }
    }
}

/// Lists users.
#[utoipa::path(get, path = "/api/admin/users", tag = "Administration", params(ListUsersInput), responses((status = 200, description = "A page of users, the newest first.", body = UsersView)))]
pub async fn list_users(
    _: ApprovedAdmin,
    State(state): State<AccountsState>,
    ValidQuery(request): ValidQuery<ListUsers>,
) -> Result<Json<UsersView>, Failure> {
    let wanted = request.wanted;
    let (limit, offset) = wanted.limit_and_offset();
    let filter = UserFilter {
        search: request.search,
        role: request.role,
        status: request.status,
        limit,
        offset,
    };
    let page = state.rows.users.list(&filter).await?;
    let views = page.rows.into_iter().map(UserView::from).collect();
    let counts = state.rows.users.count_by_status().await?;
    Ok(Json(UsersView {
        page: Listing::new(views, wanted, page.total),
        counts: counts.into(),
    }))
}

/// Shows a user.
#[utoipa::path(get, path = "/api/admin/users/{id}", tag = "Administration", params(("id" = ProfileId, Path)), responses((status = 200, description = "The user.", body = UserView)))]
pub async fn get_user(
    _: ApprovedAdmin,
    State(state): State<AccountsState>,
    Path(id): Path<ProfileId>,
) -> Result<Json<UserView>, Failure> {
    match state.rows.users.find(id).await? {
        Some(user) => Ok(Json(user.into())),
        None => Err(ApiError::not_found("user").into()),
    }
}

/// An admin's decision about a user.
pub struct UpdateUser {
    role: Option<Role>,
    status: Option<ProfileStatus>,
}

#[derive(Deserialize, ToSchema)]
pub struct UpdateUserInput {
    role: Option<Role>,
    status: Option<ProfileStatus>,
}

impl Validate for UpdateUser {
    type Input = UpdateUserInput;

    fn validate(input: UpdateUserInput, errors: &mut FieldErrors) -> Option<Self> {
        if input.role.is_none() && input.status.is_none() {
            errors.add(
                "status",
                "nothing_to_change",
                "Give a status, a role, or both.",
            );
        }
        Some(Self {
            role: input.role,
            status: input.status,
        })
    }
}

/// Approves or rejects a user, or assigns a role.
#[utoipa::path(put, path = "/api/admin/users/{id}", tag = "Administration", params(("id" = ProfileId, Path)), request_body = UpdateUserInput, responses((status = 200, description = "The user as it is now.", body = UserView), (status = 403, description = "`own_account`, `admin_required`, `second_factor_required`"), (status = 409, description = "`email_not_confirmed`, `last_admin`")))]
pub async fn update_user(
    admin: ApprovedAdmin,
    State(state): State<AccountsState>,
    Path(id): Path<ProfileId>,
    ValidJson(request): ValidJson<UpdateUser>,
) -> Result<Json<UserView>, Failure> {
    let change = UserChange {
        admin: admin.acting(),
        id,
        role: request.role,
        status: request.status,
    };
    match state.rows.users.change(&change).await? {
        UserOutcome::Changed(user) => Ok(Json((*user).into())),
        UserOutcome::NotFound => Err(ApiError::not_found("user").into()),
        UserOutcome::OwnAccount => Err(own_account().into()),
        UserOutcome::Unconfirmed => Err(ApiError::conflict(
            "email_not_confirmed",
            "This person has not confirmed the e-mail address yet.",
        )
        .into()),
        UserOutcome::LastAdmin => Err(ApiError::conflict(
            "last_admin",
            "The last approved admin can neither be demoted nor rejected.",
        )
        .into()),
    }
}

/// Admins can't decide about themselves.
pub fn own_account() -> ApiError {
    ApiError::forbidden("own_account", "Admins can't do this to their own account.")
}
