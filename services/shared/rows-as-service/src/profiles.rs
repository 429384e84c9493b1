//! Who a caller is to the product.

use async_trait::async_trait;
use domain::{AuthUserId, Caller, LookupError, Profile, ProfileId, ProfileLookup};

use crate::{DatabaseError, pool::known};

handle! {
    /// Looks profiles up; every service that lets callers in needs this one.
    Profiles
}

impl Profiles {
    /// The profile of a user of Auth.
    pub async fn of_user(&self, user_id: AuthUserId) -> Result<Option<Profile>, DatabaseError> {
        let row = sqlx::query!(
            r#"select id, role as "role!", status as "status!" from public.user_profiles
               where user_id = $1 and role is not null and status is not null"#,
            user_id.0
        )
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            Ok(Profile {
                id: ProfileId(row.id),
                role: known("user_profiles", "role", &row.role)?,
                status: known("user_profiles", "status", &row.status)?,
            })
        })
        .transpose()
    }

    /// The approved profile with this id or this account's e-mail address.
    pub async fn find_approved(
        &self,
        id_or_email: &str,
    ) -> Result<Option<ProfileId>, DatabaseError> {
        let id = sqlx::query_scalar!(
            "select p.id from public.user_profiles p join auth.users u on u.id = p.user_id
             where p.status = 'approved' and (p.id::text = lower($1) or lower(u.email) = lower($1))",
            id_or_email
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(id.map(ProfileId))
    }
}

/// Asks `user_profiles` every time, so that an approval or a rejection counts at once.
#[async_trait]
impl ProfileLookup for Profiles {
    async fn profile_of(&self, caller: &Caller) -> Result<Option<Profile>, LookupError> {
        Ok(self.of_user(caller.user_id).await?)
    }
}
