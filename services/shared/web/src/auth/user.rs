use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{header, request::Parts},
};
use domain::{ActingAdmin, Caller, Profile, ProfileLookup, ProfileStatus, Role, Standing};

use super::token_verifier::{TokenError, TokenVerifier};
use crate::{
    ApiError,
    description::check_query,
    request_scope::{note_account, note_user},
};

/// What the user extractors need of a router's state (`FromRef`).
#[derive(Clone)]
pub struct Auth {
    verifier: TokenVerifier,
    profiles: Arc<dyn ProfileLookup>,
}

impl Auth {
    /// Believes tokens that `verifier` believes, and asks `profiles` what their owners may do.
    pub fn new(verifier: TokenVerifier, profiles: Arc<dyn ProfileLookup>) -> Self {
        Self { verifier, profiles }
    }

    /// The verifier, for a readiness check.
    #[must_use]
    pub fn verifier(&self) -> &TokenVerifier {
        &self.verifier
    }
}

/// Somebody with a valid access token, approved or not. Answers 401 otherwise.
#[derive(Debug, Clone)]
pub struct VerifiedUser(pub Caller);

/// Somebody signed in who has a profile, approved or not. Answers 401 without a valid token or once its session has ended,
/// 403 `profile_missing` otherwise.
#[derive(Debug, Clone)]
pub struct KnownUser {
    /// Who it is.
    pub caller: Caller,
    /// Whether the person was let in, and what they may do then.
    pub profile: Profile,
    /// Whether the person has to show a second factor before acting as an admin.
    pub lacks_second_factor: bool,
}

/// Somebody who was let in. Answers 401 without a valid token or once its session has ended, 403
/// `profile_missing`, `approval_pending` or `account_rejected` otherwise.
#[derive(Debug, Clone)]
pub struct ApprovedUser {
    /// Who it is.
    pub caller: Caller,
    /// What the person may do.
    pub profile: Profile,
    lacks_second_factor: bool,
}

/// An [`ApprovedUser`] who is an admin. Answers 403 `admin_required` to others, and
/// `second_factor_required` where admins need one and this sign-in had none.
#[derive(Debug, Clone)]
pub struct ApprovedAdmin {
    /// Who it is.
    pub caller: Caller,
    /// What the person may do.
    pub profile: Profile,
}

impl ApprovedAdmin {
    /// This admin in this request, for the audit log.
    #[must_use]
    pub fn acting(&self) -> ActingAdmin {
        ActingAdmin {
            profile: self.profile.id,
            session_id: self.caller.session_id,
            request_id: self.caller.request_id.clone(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for VerifiedUser
where
    Auth: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let token = bearer(parts)?;
        let caller = Auth::from_ref(state).verifier.verify(token).await?;
        note_user(caller.user_id);
        check_query(parts).await?;
        Ok(Self(caller))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for KnownUser
where
    Auth: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let VerifiedUser(caller) = VerifiedUser::from_request_parts(parts, state).await?;
        let standing = Auth::from_ref(state)
            .profiles
            .standing_of(&caller)
            .await
            .map_err(|error| ApiError::unavailable("profile_unavailable", error))?;
        match standing {
            Standing::Known {
                profile,
                lacks_second_factor,
            } => {
                note_account(profile.id);
                Ok(Self {
                    caller,
                    profile,
                    lacks_second_factor,
                })
            }
            Standing::SessionEnded => Err(ApiError::session_ended()),
            Standing::NoProfile => Err(ApiError::profile_missing()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ApprovedUser
where
    Auth: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let KnownUser {
            caller,
            profile,
            lacks_second_factor,
        } = KnownUser::from_request_parts(parts, state).await?;
        match profile.status {
            ProfileStatus::Approved => Ok(Self {
                caller,
                profile,
                lacks_second_factor,
            }),
            ProfileStatus::Pending => Err(ApiError::forbidden(
                "approval_pending",
                "An administrator has yet to approve this account.",
            )),
            ProfileStatus::Rejected => Err(ApiError::forbidden(
                "account_rejected",
                "This account was not approved.",
            )),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ApprovedAdmin
where
    Auth: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let ApprovedUser {
            caller,
            profile,
            lacks_second_factor,
        } = ApprovedUser::from_request_parts(parts, state).await?;
        match profile.role {
            Role::Admin if lacks_second_factor => Err(ApiError::forbidden(
                "second_factor_required",
                "Administrators need a second factor here: set one up, sign in with it, and try again.",
            )),
            Role::Admin => Ok(Self { caller, profile }),
            Role::User => Err(ApiError::forbidden(
                "admin_required",
                "Only administrators may do this.",
            )),
        }
    }
}

fn bearer(parts: &Parts) -> Result<&str, TokenError> {
    let value = parts
        .headers
        .get(header::AUTHORIZATION)
        .ok_or(TokenError::Missing)?;
    let value = value.to_str().map_err(|_| TokenError::Malformed)?;
    let (scheme, token) = value.split_once(' ').ok_or(TokenError::Malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(TokenError::Malformed);
    }
    match token.trim() {
        "" => Err(TokenError::Missing),
        token => Ok(token),
    }
}
