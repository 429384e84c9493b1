//! Invitations, for admins.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use domain::{Frontend, InviteCodeId, ProfileId};
use rows_as_service::accounts::{Expiry, Invite, InviteFilter, NewInvite};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{
    ApiError, ApprovedAdmin, FieldErrors, Listing, Page, Path, ValidJson, ValidQuery, Validate,
};

use crate::{failure::Failure, invite_code, sessions, state::AccountsState};

/// A request for an invitation.
pub struct CreateInvite {
    code: Option<String>,
    expiry: Expiry,
    max_uses: i32,
    email: Option<String>,
    notes: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[expect(clippy::option_option, reason = "absent and null say different things")]
pub struct CreateInviteInput {
    /// Made up if absent.
    #[schema(
        min_length = 6,
        max_length = 64,
        pattern = "^[A-Za-z0-9-]+$",
        example = "SPRING-2026"
    )]
    code: Option<String>,
    /// Absent: after the usual time, two weeks unless the operator says otherwise. Null: never.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<DateTime<Utc>>, example = "2099-01-01T00:00:00Z")]
    expires_at: Option<Option<DateTime<Utc>>>,
    /// 1 if absent.
    #[schema(minimum = 1, maximum = 100_000, example = 1)]
    max_uses: Option<i32>,
    /// Only for this address, which gets a mail.
    #[schema(format = Email, example = "ann@example.com")]
    email: Option<String>,
    #[schema(max_length = 1000, example = "For the shop in Oakland.")]
    notes: Option<String>,
}

/// Tells null from absent.
#[expect(clippy::option_option, reason = "absent and null say different things")]
fn given<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<DateTime<Utc>>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
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
            expiry: match input.expires_at {
                None => Expiry::Usual,
                Some(None) => Expiry::Never,
                Some(Some(at)) => Expiry::At(at),
            },
            max_uses,
            email: email.flatten(),
            notes: input.notes.map(|notes| notes.replace('\0', "")),
        })
    }
}

/// An invitation in a response.
#[derive(Serialize, ToSchema)]
pub struct InviteView {
    id: InviteCodeId,
    #[schema(example = "SPRING-2026")]
    code: String,
    /// Where somebody registers with it; absent if the frontend's address is not set (`NEXTAUTH_URL`).
    #[schema(example = "https://app.example.com/login?invite=SPRING-2026")]
    link: Option<String>,
    /// `active`, `expired`, `exhausted` or `revoked`
    #[schema(example = "active")]
    status: &'static str,
    uses: i64,
    /// Unlimited if absent.
    uses_left: Option<i64>,
    max_uses: Option<i32>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    #[schema(example = "ann@example.com")]
    email: Option<String>,
    /// What became of the mail to that address: `queued`, `sent`, `delivered`, `bounced`, `complained`, `suppressed`, `failed`
    /// or `canceled`; null without a mail, and once mails are not kept any more.
    #[schema(example = "delivered")]
    mail_state: Option<String>,
    #[schema(example = "For the shop in Oakland.")]
    notes: Option<String>,
    created_by: Option<ProfileId>,
    created_at: DateTime<Utc>,
}

impl InviteView {
    fn of(invite: Invite, frontend: Option<&Frontend>) -> Self {
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
            link: frontend.map(|frontend| frontend.invitation(&invite.code).into()),
            code: invite.code,
            status,
            uses: invite.uses,
            uses_left,
            max_uses: invite.max_uses,
            expires_at: invite.expires_at,
            revoked_at: invite.revoked_at,
            email: invite.email,
            mail_state: invite.mail_state,
            notes: invite.notes,
            created_by: invite.created_by,
            created_at: invite.created_at,
        }
    }
}

/// Invites somebody.
///
/// An invitation for one address is mailed to it.
#[utoipa::path(post, path = "/api/admin/invites", tag = "Administration", request_body = CreateInviteInput, responses((status = 201, description = "The invitation.", body = InviteView), (status = 409, description = "`invite_code_taken`")))]
pub async fn create_invite(
    admin: ApprovedAdmin,
    State(state): State<AccountsState>,
    ValidJson(request): ValidJson<CreateInvite>,
) -> Result<(StatusCode, Json<InviteView>), Failure> {
    if matches!(request.expiry, Expiry::At(at) if at <= state.clock.now()) {
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
        created_by: admin.acting(),
        expiry: request.expiry,
        max_uses: Some(request.max_uses),
        email: request.email.as_deref(),
        notes: request.notes.as_deref(),
    };
    let created = state.rows.invites.create(&invite).await?;
    match created {
        Some(created) => {
            let view = InviteView::of(created, state.frontend.as_ref());
            Ok((StatusCode::CREATED, Json(view)))
        }
        None => Err(ApiError::conflict("invite_code_taken", "This code already exists.").into()),
    }
}

/// Which invitations to list.
pub struct ListInvites {
    usable: Option<bool>,
    wanted: Page,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListInvitesInput {
    /// Only those that somebody can register with, or only the others.
    usable: Option<bool>,
    /// From 1.
    #[param(minimum = 1, default = 1)]
    page: Option<i64>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
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

/// Lists invitations.
#[utoipa::path(get, path = "/api/admin/invites", tag = "Administration", params(ListInvitesInput), responses((status = 200, description = "A page of invitations, the newest first.", body = Listing<InviteView>)))]
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
    let frontend = state.frontend.as_ref();
    let views = page
        .rows
        .into_iter()
        .map(|invite| InviteView::of(invite, frontend))
        .collect();
    Ok(Json(Listing::new(views, wanted, page.total)))
}

/// Revokes an invitation.
///
/// The row and its redemptions stay.
#[utoipa::path(delete, path = "/api/admin/invites/{id}", tag = "Administration", params(("id" = InviteCodeId, Path)), responses((status = 204, description = "Revoked.")))]
pub async fn revoke_invite(
    admin: ApprovedAdmin,
    State(state): State<AccountsState>,
    Path(id): Path<InviteCodeId>,
) -> Result<StatusCode, Failure> {
    if state.rows.invites.revoke(id, &admin.acting()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found("invite").into())
    }
}
