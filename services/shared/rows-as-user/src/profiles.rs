use std::time::Duration;

use async_trait::async_trait;
use domain::{
    AuthUserId, Caller, LookupError, Profile, ProfileId, ProfileLookup, ProfileStatus, Role,
    SessionId, Standing,
};
use moka::future::Cache;
use serde::Deserialize;
use serde_json::json;

use crate::{RowsAsUser, RowsError};

/// How long a standing is cached. It only affects the error message: row level security checks the
/// tables in every statement, so a rejected or signed-out user loses access at once.
const BELIEVED_FOR: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(5);

/// A sign-in, and how sure of the person it is.
pub(crate) type SignIn = (AuthUserId, Option<SessionId>, Option<String>);

pub(crate) fn cache() -> Cache<SignIn, Profile> {
    Cache::builder()
        .max_capacity(10_000)
        .time_to_live(BELIEVED_FOR)
        .build()
}

#[derive(Deserialize)]
struct WhoAmI {
    profile_id: Option<ProfileId>,
    role: Option<Role>,
    status: Option<ProfileStatus>,
    session_is_live: bool,
    lacks_second_factor: bool,
}

#[async_trait]
impl ProfileLookup for RowsAsUser {
    async fn standing_of(&self, caller: &Caller) -> Result<Standing, LookupError> {
        let sign_in = (caller.user_id, caller.session_id, caller.assurance.clone());
        if let Some(profile) = self.profiles.get(&sign_in).await {
            return Ok(Standing::Known {
                profile,
                lacks_second_factor: false,
            });
        }
        let answer = self.call(caller, "who_am_i", &json!({}), PATIENCE).await;
        let me: WhoAmI = match answer {
            Ok(row) => serde_json::from_slice(&row.0)?,
            // The token was just verified, so this is what the database says before every request.
            Err(RowsError::SignedOut | RowsError::SessionEnded) => {
                return Ok(Standing::SessionEnded);
            }
            Err(error) => return Err(error.into()),
        };
        if !me.session_is_live {
            return Ok(Standing::SessionEnded);
        }
        let (Some(id), Some(role), Some(status)) = (me.profile_id, me.role, me.status) else {
            return Ok(Standing::NoProfile);
        };
        let profile = Profile { id, role, status };
        // Others are looked up every time, so that an approval takes effect at once.
        if status == ProfileStatus::Approved && !me.lacks_second_factor {
            self.profiles.insert(sign_in, profile).await;
        }
        Ok(Standing::Known {
            profile,
            lacks_second_factor: me.lacks_second_factor,
        })
    }
}
