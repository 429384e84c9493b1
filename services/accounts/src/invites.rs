//! Invitations, for admins.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use domain::{InviteCodeId, ProfileId};
use rows_as_service::accounts::{Invite, InviteFilter, NewInvite};
use serde::{Deserialize, Serialize};
use web::{
    ApiError, ApprovedAdmin, FieldErrors, Listing, Page, Path, ValidJson, ValidQuery, Validate,
};

use crate::{failure::Failure, invite_code, sessions, state::AccountsState};

/// A request for an invitation.
pub struct CreateInvite {
    code: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    max_uses: i32,
    email: Option<String>,
    notes: Option<String>,
}

#[derive(Deserialize)]
pub struct CreateInviteInput {
    code: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    max_uses: Option<i32>,
    email: Option<String>,
    notes: Option<String>,
}

impl Validate for CreateInvite {
    type Input = CreateInviteInput;

    fn validate(input: CreateInviteInput, errors: &mut FieldErrors) -> Option<Self> {
        let code = input
            .code
            .map(|code| code.trim().to_owned())
            .filter(|code| !code.is_empty());
        if code
            .as_deref()
            .is_some_and(|code| !invite_code::is_acceptable(code))
        {
            errors.add(
                "code",
                "code_invalid",
                "A code has 6 to 64 letters, digits and dashes.",
            );
        }
        let max_uses = input.max_uses.unwrap_or(1);
        if !(1..=100_000).contains(&max_uses) {
            errors.add(
                "max_uses",
                "out_of_range",
                "A code has between 1 and 100,000 uses.",
            );
        }
        let email = input.email.filter(|text| !text.trim().is_empty());
        let email =
            email.map(|text| sessions::email(&text, errors).map(domain::EmailAddress::into_string));
        if input
            .notes
            .as_ref()
            .is_some_and(|notes| notes.chars().count() > 1000)
        {
            errors.add("notes", "too_long", "Notes have at most 1,000 characters.");
        }
        Some(Self {
            code,
            expires_at: input.expires_at,
            max_uses,
            email: email.flatten(),
            notes: input.notes,
        })
    }
}

/// An invitation in a response.
#[derive(Serialize)]
pub struct InviteView {
    id: InviteCodeId,
    code: String,
    /// `active`, `expired`, `exhausted` or `revoked`
    status: &'static str,
    uses: i64,
    /// Unlimited if absent.
    uses_left: Option<i64>,
    max_uses: Option<i32>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    email: Option<String>,
    notes: Option<String>,
    created_by: Option<ProfileId>,
    created_at: DateTime<Utc>,
}

impl From<Invite> for InviteView {
    fn from(invite: Invite) -> Self {
        let uses_left = invite
            .max_uses
            .map(|most| (i64::from(most) - invite.uses).max(0));
        let status = match (invite.revoked_at, invite.expired, uses_left) {
            (Some(_), ..) => "revoked",
            (None, true, _) => "expired",
            (None, false, Some(0)) => "exhausted",
            (None, false, _) => "active",
        };
        Self {
            id: invite.id,
            code: invite.code,
            status,
            uses: invite.uses,
            uses_left,
            max_uses: invite.max_uses,
            expires_at: invite.expires_at,
            revoked_at: invite.revoked_at,
            email: invite.email,
            notes: invite.notes,
            created_by: invite.created_by,
            created_at: invite.created_at,
        }
    }
}

/// `POST /api/admin/invites`. An invitation for one address is mailed to it.
pub async fn create_invite(
    admin: ApprovedAdmin,
    State(state): State<AccountsState>,
    ValidJson(request): ValidJson<CreateInvite>,
) -> Result<(StatusCode, Json<InviteView>), Failure> {
    if request.expires_at.is_some_and(|at| at <= state.clock.now()) {
        return Err(ApiError::invalid_field(
            "expires_at",
            "in_the_past",
            "This time is in the past.",
        )
        .into());
    }
    let code = request.code.unwrap_or_else(invite_code::generate);
    let invite = NewInvite {
        code: &code,
        created_by: admin.profile.id,
        expires_at: request.expires_at,
        max_uses: Some(request.max_uses),
        email: request.email.as_deref(),
        notes: request.notes.as_deref(),
    };
    let created = state.rows.invites.create(&invite).await?;
    match created {
        Some(created) => Ok((StatusCode::CREATED, Json(created.into()))),
        None => Err(ApiError::conflict("invite_code_taken", "This code already exists.").into()),
    }
}

/// Which invitations to list.
pub struct ListInvites {
    usable: Option<bool>,
    wanted: Page,
}

#[derive(Deserialize)]
pub struct ListInvitesInput {
    usable: Option<bool>,
    page: Option<i64>,
    per_page: Option<i64>,
}

impl Validate for ListInvites {
    type Input = ListInvitesInput;

    fn validate(input: ListInvitesInput, errors: &mut FieldErrors) -> Option<Self> {
        let wanted = Page::read(input.page, input.per_page, errors);
        Some(Self {
            usable: input.usable,
            wanted,
        })
    }
}

/// `GET /api/admin/invites`
pub async fn list_invites(
    _: ApprovedAdmin,
    State(state): State<AccountsState>,
    ValidQuery(request): ValidQuery<ListInvites>,
) -> Result<Json<Listing<InviteView>>, Failure> {
    let wanted = request.wanted;
    let (limit, offset) = wanted.limit_and_offset();
    let filter = InviteFilter {
        usable: request.usable,
        limit,
        offset,
    };
    let page = state.rows.invites.list(&filter).await?;
    let views = page.rows.into_iter().map(InviteView::from).collect();
    Ok(Json(Listing::new(views, wanted, page.total)))
}

/// `DELETE /api/admin/invites/{id}` revokes it; the row and its redemptions stay.
pub async fn revoke_invite(
    _: ApprovedAdmin,
    State(state): State<AccountsState>,
    Path(id): Path<InviteCodeId>,
) -> Result<StatusCode, Failure> {
    if state.rows.invites.revoke(id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found("invite").into())
    }
}
