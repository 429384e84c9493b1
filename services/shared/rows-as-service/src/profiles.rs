//! Who a caller is to the product.

use async_trait::async_trait;
use domain::{Caller, LookupError, Profile, ProfileId, ProfileLookup};

use crate::{Database, DatabaseError};

/// A profile whose role or status is none the product knows; such a person is let in nowhere.
#[derive(Debug, thiserror::Error)]
#[error("user_profiles holds an unknown role or status")]
struct UnknownRoleOrStatus;

/// Asks `user_profiles` every time, so that an approval or a rejection counts at once.
#[async_trait]
impl ProfileLookup for Database {
    async fn profile_of(&self, caller: &Caller) -> Result<Option<Profile>, LookupError> {
        let row = sqlx::query!(
            r#"select id, role as "role!", status as "status!" from public.user_profiles
               where user_id = $1 and role is not null and status is not null"#,
            caller.user_id
        )
        .fetch_optional(self.pool())
        .await
        .map_err(crate::DatabaseError::from)?;
        row.map(|row| {
            Ok(Profile {
                id: ProfileId(row.id),
                role: row.role.parse().map_err(|_| UnknownRoleOrStatus)?,
                status: row.status.parse().map_err(|_| UnknownRoleOrStatus)?,
            })
        })
        .transpose()
    }
}

impl Database {
    /// The approved profile with this id or this account's e-mail address.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn find_approved_profile(
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
