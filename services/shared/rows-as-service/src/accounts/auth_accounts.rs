//! What Auth has of addresses.

use crate::DatabaseError;

handle! {
    /// Which addresses have an account at Auth, and the one that nobody has.
    AuthAccounts
}

impl AuthAccounts {
    /// Whether Auth would compare a password with that of `email`: there is such a user, with a
    /// password, who is not banned.
    pub async fn have_password(&self, email: &str) -> Result<bool, DatabaseError> {
        let known = sqlx::query_scalar!(
            r#"select exists (
              select from private.auth_accounts u where u.email = lower($1) and u.has_password
            ) as "known!""#,
            email
        )
        .fetch_one(self.pool())
        .await?;
        Ok(known)
    }

    /// Whether `email` was registered within the last half minute.
    pub async fn registered_just_now(&self, email: &str) -> Result<bool, DatabaseError> {
        let known = sqlx::query_scalar!(
            r#"select exists (
              select from private.auth_accounts u
              where u.email = lower($1) and u.created_at > now() - interval '30 s'
            ) as "known!""#,
            email
        )
        .fetch_one(self.pool())
        .await?;
        Ok(known)
    }

    /// Deletes the profile of a decoy, which no person can use; of any other address it leaves everything. Side effect:
    /// everything the profile owns.
    pub async fn remove_profile_of_decoy(&self, email: &str) -> Result<(), DatabaseError> {
        sqlx::query!("select private.remove_profile_of_decoy($1)", email)
            .execute(self.pool())
            .await?;
        Ok(())
    }
}
