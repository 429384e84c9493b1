//! Password resets: tokens (by their hash alone), the admins' resets, and the sweep.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::Page;
use crate::{Database, DatabaseError};

/// What a token that somebody shows is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetTokenState {
    /// It sets a password, once.
    Open,
    /// It has set one.
    Used,
    /// A newer one, or a changed password, took its place.
    Cancelled,
    /// Its time is over.
    Expired,
}

/// A token as it stands in the table.
#[derive(Debug)]
pub struct ResetToken {
    /// `password_reset_tokens.id`
    pub id: Uuid,
    /// `auth.users.id` of whose password it sets.
    pub user_id: Uuid,
    /// The address the mail went to.
    pub email: String,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
    /// What it is worth now.
    pub state: ResetTokenState,
}

/// A reset that an admin started.
#[derive(Debug)]
pub struct AdminReset {
    /// `admin_password_resets.id`
    pub id: Uuid,
    /// The profile whose password is reset.
    pub user_id: Option<Uuid>,
    /// Their address.
    pub user_email: Option<String>,
    /// The admin's profile.
    pub admin_id: Option<Uuid>,
    /// The admin's address.
    pub admin_email: Option<String>,
    /// The admin's reason.
    pub reason: Option<String>,
    /// `pending`, `completed`, `expired` or `cancelled`
    pub status: String,
    /// When the admin asked.
    pub created_at: DateTime<Utc>,
    /// When it ended, however it did.
    pub completed_at: Option<DateTime<Utc>>,
    /// Until when its token works.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Database {
    /// Notes that somebody asked for a reset of `email`. The same one insert for every address,
    /// so that neither answer nor time tells which exist.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn request_password_reset(&self, email: &str) -> Result<(), DatabaseError> {
        sqlx::query!(
            "insert into private.password_reset_requests (email) values ($1)",
            email
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Takes the oldest request and, where its address has an account, opens a reset with
    /// `token` and queues its mail, all in one transaction. False when no request waits.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn open_requested_reset(
        &self,
        token: &SecretString,
        token_hash: &str,
    ) -> Result<bool, DatabaseError> {
        let mut transaction = self.pool().begin().await?;
        let email = sqlx::query_scalar!(
            "
            delete from private.password_reset_requests
            where id = (
              select id from private.password_reset_requests order by id limit 1 for update skip locked
            )
            returning email
            "
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(email) = email else {
            return Ok(false);
        };
        sqlx::query!(
            "
            select private.open_password_reset(p.id, $2, $3, interval '1 hour')
            from auth.users u join public.user_profiles p on p.user_id = u.id
            where u.email = lower($1)
            ",
            email,
            token.expose_secret(),
            token_hash,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Opens a reset in an admin's name, valid for 24 hours. None when the profile is not
    /// there or is rejected.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn open_admin_reset(
        &self,
        profile: Uuid,
        admin: Uuid,
        reason: Option<&str>,
        token: &SecretString,
        token_hash: &str,
    ) -> Result<Option<AdminReset>, DatabaseError> {
        let id = sqlx::query_scalar!(
            "select private.open_password_reset($1, $2, $3, interval '24 hours', $4, $5)",
            profile,
            token.expose_secret(),
            token_hash,
            admin,
            reason,
        )
        .fetch_one(self.pool())
        .await?;
        let Some(id) = id else {
            return Ok(None);
        };
        let mut page = self.list_admin_resets(Some(id), None, 1, 0).await?;
        Ok(page.rows.pop())
    }

    /// The admins' resets, newest first; those of one id or one status where given.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn list_admin_resets(
        &self,
        id: Option<Uuid>,
        status: Option<&str>,
        limit: i64,
        offset: i64,
    ) -> Result<Page<AdminReset>, DatabaseError> {
        let rows = sqlx::query_file!(
            "src/accounts/list_admin_resets.sql",
            id,
            status,
            limit,
            offset
        )
        .fetch_all(self.pool())
        .await?;
        let total = rows.first().map_or(0, |row| row.total);
        let rows = rows
            .into_iter()
            .map(|row| AdminReset {
                id: row.id,
                user_id: row.user_id,
                user_email: row.user_email,
                admin_id: row.admin_id,
                admin_email: row.admin_email,
                reason: row.reason,
                status: row.status,
                created_at: row.created_at,
                completed_at: row.completed_at,
                expires_at: row.expires_at,
            })
            .collect();
        Ok(Page { rows, total })
    }

    /// The token with this hash.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn find_reset_token(
        &self,
        token_hash: &str,
    ) -> Result<Option<ResetToken>, DatabaseError> {
        let row = sqlx::query!(
            r#"
            select t.id, p.user_id as "user_id!", t.email, t.expires_at,
              t.is_used as "is_used!", t.used_at, t.expires_at <= now() as "expired!"
            from public.password_reset_tokens t join public.user_profiles p on p.id = t.user_id
            where t.token = $1 and p.user_id is not null
            "#,
            token_hash,
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(row.map(|row| ResetToken {
            id: row.id,
            user_id: row.user_id,
            email: row.email,
            expires_at: row.expires_at,
            state: match (row.is_used, row.used_at, row.expired) {
                (true, Some(_), _) => ResetTokenState::Used,
                (true, None, _) => ResetTokenState::Cancelled,
                (false, _, true) => ResetTokenState::Expired,
                (false, _, false) => ResetTokenState::Open,
            },
        }))
    }

    /// Spends an open token. Of any number of simultaneous calls one gets true.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn spend_reset_token(&self, id: Uuid) -> Result<bool, DatabaseError> {
        let spent = sqlx::query!(
            "
            update public.password_reset_tokens set is_used = true, used_at = now()
            where id = $1 and not is_used and expires_at > now()
            ",
            id,
        )
        .execute(self.pool())
        .await?;
        Ok(spent.rows_affected() == 1)
    }

    /// Gives a spent token back because Auth did not take the password. Does nothing where a
    /// newer one was opened meanwhile.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn give_back_reset_token(&self, id: Uuid) -> Result<(), DatabaseError> {
        let given = sqlx::query!(
            "update public.password_reset_tokens set is_used = false, used_at = null where id = $1 and is_used",
            id,
        )
        .execute(self.pool())
        .await
        .map_err(DatabaseError::from);
        match given {
            // One open token a person: the newer one stays.
            Err(error) if error.sqlstate().as_deref() == Some("23505") => Ok(()),
            other => other.map(drop),
        }
    }

    /// Closes what hangs on a spent token: the admin's row, and every session of the person.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn complete_password_reset(&self, token: &ResetToken) -> Result<(), DatabaseError> {
        let mut transaction = self.pool().begin().await?;
        sqlx::query!(
            "delete from auth.sessions where user_id = $1",
            token.user_id
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "
            update public.admin_password_resets set status = 'completed', completed_at = now()
            where reset_token_id = $1 and status = 'pending'
            ",
            token.id,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Marks the admins' resets whose token ran out as expired, and those whose token was
    /// spent by a process that did not live to say so as completed. Answers how many.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn sweep_password_resets(&self) -> Result<u64, DatabaseError> {
        let swept = sqlx::query!(
            "
            update public.admin_password_resets r
            set status = case when t.used_at is not null then 'completed' else 'expired' end,
              completed_at = coalesce(t.used_at, t.expires_at)
            from public.password_reset_tokens t
            where t.id = r.reset_token_id and r.status = 'pending'
              and (t.expires_at <= now() or t.used_at < now() - interval '5 minutes')
            ",
        )
        .execute(self.pool())
        .await?;
        Ok(swept.rows_affected())
    }
}
