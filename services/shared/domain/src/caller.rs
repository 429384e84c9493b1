use std::{error::Error, sync::Arc};

use async_trait::async_trait;
use secrecy::SecretString;

use crate::{AuthUserId, ProfileId, ProfileStatus, Role, SessionId};

/// Who a verified access token belongs to.
#[derive(Debug, Clone)]
pub struct Caller {
    /// `auth.users.id`: the token's `sub`.
    pub user_id: AuthUserId,
    /// The token's `email`, where it has one.
    pub email: Option<String>,
    /// The sign-in that the token came from; tokens made with the project's secret have none.
    pub session_id: Option<SessionId>,
    /// The token's `aal`: `aal2` after a second factor.
    pub assurance: Option<String>,
    /// The token itself: requests to PostgREST carry it on, so that they act as this person.
    pub access_token: SecretString,
    /// The id of the request in which the token came.
    pub request_id: String,
}

/// An admin for whom a service connection acts, as the audit log notes it.
#[derive(Debug, Clone)]
pub struct ActingAdmin {
    /// The admin's profile.
    pub profile: ProfileId,
    /// The admin's sign-in.
    pub session_id: Option<SessionId>,
    /// The id of the request.
    pub request_id: String,
}

/// The caller's row in `user_profiles`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// Owner id of the person's rows.
    pub id: ProfileId,
    /// What the person may do.
    pub role: Role,
    /// Whether the person may do anything yet.
    pub status: ProfileStatus,
}

/// What a caller's token means just now. It outlives, by up to an hour, the session it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The session has ended: signed out, banned, deleted, or the password was reset.
    SessionEnded,
    /// Signed in, without a profile.
    NoProfile,
    /// Signed in.
    Known {
        /// The person's profile.
        profile: Profile,
        /// Whether the person has to show a second factor before acting as an admin.
        lacks_second_factor: bool,
    },
}

/// Why a profile could not be looked up.
pub type LookupError = Box<dyn Error + Send + Sync>;

/// Finds what a caller's token means, wherever profiles and sessions are kept.
#[async_trait]
pub trait ProfileLookup: Send + Sync {
    /// What the token of `caller` means just now.
    ///
    /// # Errors
    /// When the place where profiles are kept gives no answer.
    async fn standing_of(&self, caller: &Caller) -> Result<Standing, LookupError>;
}

#[async_trait]
impl<T: ProfileLookup + ?Sized> ProfileLookup for Arc<T> {
    async fn standing_of(&self, caller: &Caller) -> Result<Standing, LookupError> {
        (**self).standing_of(caller).await
    }
}
