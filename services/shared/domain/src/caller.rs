use std::{error::Error, sync::Arc};

use async_trait::async_trait;
use secrecy::SecretString;

use crate::{AuthUserId, ProfileId, ProfileStatus, Role};

/// Who a verified access token belongs to.
#[derive(Debug, Clone)]
pub struct Caller {
    /// `auth.users.id`: the token's `sub`.
    pub user_id: AuthUserId,
    /// The token's `email`, where it has one.
    pub email: Option<String>,
    /// The token itself: requests to PostgREST carry it on, so that they act as this person.
    pub access_token: SecretString,
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

/// Why a profile could not be looked up.
pub type LookupError = Box<dyn Error + Send + Sync>;

/// Finds a caller's profile, wherever profiles are kept.
#[async_trait]
pub trait ProfileLookup: Send + Sync {
    /// The profile of `caller`, or `None` where the person has none.
    ///
    /// # Errors
    /// When the place where profiles are kept gives no answer.
    async fn profile_of(&self, caller: &Caller) -> Result<Option<Profile>, LookupError>;
}

#[async_trait]
impl<T: ProfileLookup + ?Sized> ProfileLookup for Arc<T> {
    async fn profile_of(&self, caller: &Caller) -> Result<Option<Profile>, LookupError> {
        (**self).profile_of(caller).await
    }
}
