//! The callers' profiles.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::{AuthUserId, Caller, LookupError, Profile, ProfileId, ProfileLookup, Standing};

use uuid::Uuid;

use crate::{DatabaseError, database_error::known};

handle! {
    /// Looks up profiles; every service that authenticates callers needs it.
    Profiles
}

impl Profiles {
    /// The profile of an Auth user.
    pub async fn of_user(&self, user_id: AuthUserId) -> Result<Option<Profile>, DatabaseError> {
        let row = sqlx::query!(
            r#"select id, role as "role!", status as "status!" from public.user_profiles
               where user_id = $1 and role is not null and status is not null"#,
            user_id.0
        )
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| profile(row.id, &row.role, &row.status))
            .transpose()
    }

    /// What the token of `caller` means just now.
    async fn of_caller(&self, caller: &Caller) -> Result<Standing, DatabaseError> {
        let row = sqlx::query!(
            r#"select p.id as "id?", p.role, p.status, private.session_is_live($1, $2) as "session_is_live!",
                 private.lacks_second_factor($3) as "lacks_second_factor!"
               from (select) one left join public.user_profiles p on p.user_id = $1"#,
            caller.user_id.0,
            caller.session_id.map(|session| session.0),
            caller.assurance,
        )
        .fetch_one(self.pool())
        .await?;
        if !row.session_is_live {
            return Ok(Standing::SessionEnded);
        }
        let (Some(id), Some(role), Some(status)) = (row.id, row.role, row.status) else {
            return Ok(Standing::NoProfile);
        };
        Ok(Standing::Known {
            profile: profile(id, &role, &status)?,
            lacks_second_factor: row.lacks_second_factor,
        })
    }

    /// The approved profile with this id or e-mail address.
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

    /// The profile with this id or e-mail address, approved or not.
    pub async fn find(&self, id_or_email: &str) -> Result<Option<ProfileId>, DatabaseError> {
        let id = sqlx::query_scalar!(
            "select p.id from public.user_profiles p join auth.users u on u.id = p.user_id
             where p.id::text = lower($1) or lower(u.email) = lower($1)",
            id_or_email
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(id.map(ProfileId))
    }

    /// The e-mail addresses of profiles; of those that are gone there is none.
    pub async fn emails(
        &self,
        profiles: &[ProfileId],
    ) -> Result<HashMap<ProfileId, String>, DatabaseError> {
        let ids: Vec<_> = profiles.iter().map(|profile| profile.0).collect();
        let rows = sqlx::query!(
            r#"select p.id, u.email as "email!" from public.user_profiles p join auth.users u on u.id = p.user_id
               where p.id = any($1) and u.email is not null"#,
            &ids
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (ProfileId(row.id), row.email))
            .collect())
    }
}

fn profile(id: Uuid, role: &str, status: &str) -> Result<Profile, DatabaseError> {
    Ok(Profile {
        id: ProfileId(id),
        role: known("user_profiles", "role", role)?,
        status: known("user_profiles", "status", status)?,
    })
}

/// Asks every time, so that an approval, a rejection or a sign-out takes effect at once.
#[async_trait]
impl ProfileLookup for Profiles {
    async fn standing_of(&self, caller: &Caller) -> Result<Standing, LookupError> {
        Ok(self.of_caller(caller).await?)
    }
}
