//! Deleting users, for admins.

use axum::{Json, extract::State};
use domain::ProfileId;
use rows_as_service::accounts::{DeletionOutcome, HandedOver, UserDeletion};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, ApprovedAdmin, FieldErrors, Path, ValidQuery, Validate};

use crate::{failure::Failure, state::AccountsState, users};

/// Who owns then what was the user's.
pub struct DeleteUser {
    hand_over_to: Option<ProfileId>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteUserInput {
    /// `user_profiles.id` of another user who is approved.
    hand_over_to: Option<ProfileId>,
}

impl Validate for DeleteUser {
    type Input = DeleteUserInput;

    fn validate(input: DeleteUserInput, _: &mut FieldErrors) -> Option<Self> {
        Some(Self {
            hand_over_to: input.hand_over_to,
        })
    }
}

/// What a deletion has done.
#[derive(Serialize, ToSchema)]
pub struct DeletedUserView {
    id: ProfileId,
    /// Campaigns that were scheduled, being sent or paused.
    canceled_campaigns: i64,
    /// Null: everything of the user's is archived, and admins still see it.
    handed_over_to: Option<ProfileId>,
    /// How much the new owner got; null if it is archived.
    handed_over: Option<HandedOverView>,
}

/// Numbers of rows that have a new owner.
#[derive(Serialize, ToSchema)]
pub struct HandedOverView {
    templates: i64,
    campaigns: i64,
    customers: i64,
    imports: i64,
}

impl From<HandedOver> for HandedOverView {
    fn from(handed_over: HandedOver) -> Self {
        Self {
            templates: handed_over.templates,
            campaigns: handed_over.campaigns,
            customers: handed_over.customers,
            imports: handed_over.imports,
        }
    }
}

/// Deletes a user.
///
/// Cancels what the user's campaigns still had to send, ends the user's sessions
/// and deletes the user from Auth. What was theirs is handed over, or archived; the same request hands over later what was
/// archived.
#[utoipa::path(delete, path = "/api/admin/users/{id}", tag = "Administration", params(("id" = ProfileId, Path), DeleteUserInput), responses((status = 200, description = "What the deletion has done.", body = DeletedUserView), (status = 403, description = "`own_account`, `admin_required`, `second_factor_required`"), (status = 409, description = "`last_admin`")))]
pub async fn delete_user(
    admin: ApprovedAdmin,
    State(state): State<AccountsState>,
    Path(id): Path<ProfileId>,
    ValidQuery(request): ValidQuery<DeleteUser>,
) -> Result<Json<DeletedUserView>, Failure> {
    let deletion = UserDeletion {
        admin: admin.acting(),
        id,
        hand_over_to: request.hand_over_to,
    };
    match state.rows.users.delete(&deletion).await? {
        DeletionOutcome::Deleted(deleted) => Ok(Json(DeletedUserView {
            id,
            canceled_campaigns: deleted.canceled_campaigns,
            handed_over_to: request.hand_over_to,
            handed_over: deleted.handed_over.map(HandedOverView::from),
        })),
        DeletionOutcome::NotFound => Err(ApiError::not_found("user").into()),
        DeletionOutcome::OwnAccount => Err(users::own_account().into()),
        DeletionOutcome::LastAdmin => Err(ApiError::conflict(
            "last_admin",
            "The last approved admin can't be deleted.",
        )
        .into()),
        DeletionOutcome::NewOwnerNotApproved => Err(ApiError::invalid_field(
            "hand_over_to",
            "new_owner_not_approved",
            "The new owner is another user who is approved.",
        )
        .into()),
    }
}
