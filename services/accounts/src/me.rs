//! What callers are told about themselves.

use axum::{Json, extract::State};
use domain::{AuthUserId, ProfileId, ProfileStatus, Role};
use rows_as_service::accounts::OwnAccount;
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, KnownUser};

use crate::{failure::Failure, state::AccountsState};

/// The caller, approved or not.
#[derive(Serialize, ToSchema)]
pub struct MeView {
    /// `user_profiles.id`: owns the caller's rows.
    id: ProfileId,
    /// `auth.users.id`
    user_id: AuthUserId,
    #[schema(example = "ann@example.com")]
    email: Option<String>,
    role: Role,
    /// `pending` until an admin decides; until it is `approved`, nothing else answers.
    status: ProfileStatus,
    /// Whether this sign-in lacks the second factor without which an admin may do nothing as an admin.
    second_factor_needed: bool,
    /// Null until the caller is approved.
    limits: Option<LimitsView>,
}

/// What the account may send in a day (UTC). Null: unlimited.
#[derive(Serialize, ToSchema)]
pub struct LimitsView {
    messages_per_day: Option<i32>,
    segments_per_day: Option<i32>,
    /// In the currency of `price_per_segment`.
    cost_per_day: Option<f64>,
    price_per_segment: f64,
    /// ISO codes of where texts may go; null: where the default sender's number is from.
    #[schema(example = json!(["US", "CA"]))]
    countries: Option<Vec<String>>,
    used_today: UsedTodayView,
}

/// What was launched today (UTC).
#[derive(Serialize, ToSchema)]
pub struct UsedTodayView {
    messages: i64,
    segments: i64,
    cost: f64,
}

impl From<OwnAccount> for LimitsView {
    fn from(account: OwnAccount) -> Self {
        Self {
            messages_per_day: account.messages_per_day,
            segments_per_day: account.segments_per_day,
            cost_per_day: account.cost_per_day,
            price_per_segment: account.price_per_segment,
            countries: account.countries,
            used_today: UsedTodayView {
                messages: account.messages_today,
                segments: account.segments_today,
                cost: account.cost_today,
            },
        }
    }
}

/// Shows the caller.
///
/// Who waits for approval is answered too, and who was rejected while their session lasts.
#[utoipa::path(get, path = "/api/auth/me", tag = "Sign-in", responses((status = 200, description = "The caller.", body = MeView)))]
pub async fn get_me(
    user: KnownUser,
    State(state): State<AccountsState>,
) -> Result<Json<MeView>, Failure> {
    let KnownUser {
        caller,
        profile,
        lacks_second_factor,
    } = user;
    let Some(mut account) = state.rows.users.own_account(profile.id).await? else {
        // Deleted at this moment.
        return Err(ApiError::profile_missing().into());
    };
    let email = account.email.take();
    let is_approved = profile.status == ProfileStatus::Approved;
    Ok(Json(MeView {
        id: profile.id,
        user_id: caller.user_id,
        email,
        role: profile.role,
        status: profile.status,
        second_factor_needed: is_approved && profile.role == Role::Admin && lacks_second_factor,
        limits: is_approved.then(|| account.into()),
    }))
}
