//! Password resets: tokens (only their hashes), admins' resets, and the sweep.

use chrono::{DateTime, Utc};
use domain::{
    ActingAdmin, AdminPasswordResetId, AdminResetStatus, AuthUserId, PasswordResetTokenId,
    ProfileId,
};
use secrecy::{ExposeSecret, SecretString};

use crate::{DatabaseError, Page, acting::begin_as, database_error::known};

handle! {
    /// Reset tokens (only their hashes), and the resets that admins start.
    PasswordResets
}

/// The state of a submitted token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetTokenState {
    /// Valid: it sets a password once.
    Open,
    /// Used.
    Used,
    /// Replaced by a newer one, or by a changed password.
    Canceled,
    /// Expired.
    Expired,
}

/// A token's row.
#[derive(Debug)]
pub struct ResetToken {
    /// `password_reset_tokens.id`
    pub id: PasswordResetTokenId,
    /// `auth.users.id` of the user whose password it sets.
    pub user_id: AuthUserId,
    /// The address the mail went to.
    pub email: String,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
    /// Its current state.
    pub state: ResetTokenState,
    /// Tells a changed password from the one that was when the token was read; says nothing about it.
    pub password_mark: Option<String>,
}

/// A reset that an admin started.
#[derive(Debug)]
pub struct AdminReset {
    /// `admin_password_resets.id`
    pub id: AdminPasswordResetId,
    /// The profile whose password is reset.
    pub user_id: Option<ProfileId>,
    /// Their address.
    pub user_email: Option<String>,
    /// The admin's profile.
    pub admin_id: Option<ProfileId>,
    /// The admin's address.
    pub admin_email: Option<String>,
    /// The admin's reason.
    pub reason: Option<String>,
    /// Its status.
    pub status: AdminResetStatus,
    /// When the admin asked.
    pub created_at: DateTime<Utc>,
    /// When it ended, for whatever reason.
    pub completed_at: Option<DateTime<Utc>>,
    /// Until when its token works.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Which of the admins' resets a list shows.
#[derive(Debug, Default)]
pub struct AdminResetFilter {
    /// Only this one.
    pub id: Option<AdminPasswordResetId>,
    /// Only this status.
    pub status: Option<AdminResetStatus>,
    /// Rows on a page.
    pub limit: i64,
    /// Rows before it.
    pub offset: i64,
}

impl PasswordResets {
    /// Records a request to reset the password of `email`. One identical insert for every address,
    /// so that neither answer nor timing reveals which exist.
    pub async fn request(&self, email: &str) -> Result<(), DatabaseError> {
        sqlx::query!(
            "insert into private.password_reset_requests (email) values ($1)",
            email
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Takes the oldest request and, if its address has an account, opens a reset with
    /// `token` and queues its mail, all in one transaction. False if no request is waiting.
    pub async fn open_requested(
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
            from private.auth_accounts u join public.user_profiles p on p.user_id = u.id
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

    /// Opens a reset for an admin, valid for 24 hours. `None` if the profile does not
    /// exist or is rejected.
    pub async fn open_for_admin(
        &self,
        profile: ProfileId,
        admin: &ActingAdmin,
        reason: Option<&str>,
        token: &SecretString,
        token_hash: &str,
    ) -> Result<Option<AdminReset>, DatabaseError> {
        let mut transaction = begin_as(self.pool(), admin).await?;
        let id = sqlx::query_scalar!(
            "select private.open_password_reset($1, $2, $3, interval '24 hours', $4, $5)",
            profile.0,
            token.expose_secret(),
            token_hash,
            admin.profile.0,
            reason,
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let Some(id) = id else {
            return Ok(None);
        };
        let filter = AdminResetFilter {
            id: Some(AdminPasswordResetId(id)),
            ..AdminResetFilter::default()
        };
        Ok(self.page(&filter, 1, 0).await?.rows.pop())
    }

    /// The admins' resets, newest first.
    pub async fn list_admin_resets(
        &self,
        filter: &AdminResetFilter,
    ) -> Result<Page<AdminReset>, DatabaseError> {
        let page = self.page(filter, filter.limit, filter.offset).await?;
        if page.rows.is_empty() && filter.offset > 0 {
            // The total comes with the rows, and a page after the last has none.
            let total = self.page(filter, 1, 0).await?.total;
            return Ok(Page { total, ..page });
        }
        Ok(page)
    }

    async fn page(
        &self,
        filter: &AdminResetFilter,
        limit: i64,
        offset: i64,
    ) -> Result<Page<AdminReset>, DatabaseError> {
        let rows = sqlx::query_file!(
            "src/accounts/list_admin_resets.sql",
            filter.id.map(|id| id.0),
            filter.status.map(AdminResetStatus::as_str),
            limit,
            offset
        )
        .fetch_all(self.pool())
        .await?;
        let total = rows.first().map_or(0, |row| row.total);
        let rows = rows
            .into_iter()
            .map(|row| {
                Ok(AdminReset {
                    id: AdminPasswordResetId(row.id),
                    user_id: row.user_id.map(ProfileId),
                    user_email: row.user_email,
                    admin_id: row.admin_id.map(ProfileId),
                    admin_email: row.admin_email,
                    reason: row.reason,
                    status: known("admin_password_resets", "status", &row.status)?,
                    created_at: row.created_at,
                    completed_at: row.completed_at,
                    expires_at: row.expires_at,
                })
            })
            .collect::<Result<_, DatabaseError>>()?;
        Ok(Page { rows, total })
    }

    /// The token with this hash.
    pub async fn find_token(&self, token_hash: &str) -> Result<Option<ResetToken>, DatabaseError> {
        let row = sqlx::query!(
            r#"
            select t.id, p.user_id as "user_id!", t.email, t.expires_at,
              t.is_used as "is_used!", t.used_at, t.expires_at <= now() as "expired!",
              u.password_mark
            from public.password_reset_tokens t
            join public.user_profiles p on p.id = t.user_id
            join private.auth_accounts u on u.id = p.user_id
            where t.token = $1 and p.user_id is not null
            "#,
            token_hash,
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(row.map(|row| ResetToken {
            id: PasswordResetTokenId(row.id),
            user_id: AuthUserId(row.user_id),
            email: row.email,
            expires_at: row.expires_at,
            password_mark: row.password_mark,
            state: match (row.is_used, row.used_at, row.expired) {
                (true, Some(_), _) => ResetTokenState::Used,
                (true, None, _) => ResetTokenState::Canceled,
                (false, _, true) => ResetTokenState::Expired,
                (false, _, false) => ResetTokenState::Open,
            },
        }))
    }

    /// Uses up an open token. Of any number of simultaneous calls only one gets true.
    pub async fn spend_token(&self, id: PasswordResetTokenId) -> Result<bool, DatabaseError> {
        let spent = sqlx::query!(
            "
            update public.password_reset_tokens set is_used = true, used_at = now()
            where id = $1 and not is_used and expires_at > now()
            ",
            id.0,
        )
        .execute(self.pool())
        .await?;
        Ok(spent.rows_affected() == 1)
    }

    /// Reopens a used token because Auth did not set the password. Does nothing if it was
    /// changed after all, or a newer token was opened meanwhile.
    pub async fn give_back_token(&self, token: &ResetToken) -> Result<(), DatabaseError> {
        let given = sqlx::query!(
            "
            update public.password_reset_tokens t set is_used = false, used_at = null
            from private.auth_accounts u
            where t.id = $1 and t.is_used and u.id = $2
              and u.password_mark is not distinct from $3
            ",
            token.id.0,
            token.user_id.0,
            token.password_mark,
        )
        .execute(self.pool())
        .await
        .map_err(DatabaseError::from);
        match given {
            // One open token per user: the newer one stays.
            Err(error) if error.sqlstate().as_deref() == Some("23505") => Ok(()),
            other => other.map(drop),
        }
    }

    /// Closes what depends on a used token: the admin's row, and every session of the user.
    pub async fn complete(&self, token: &ResetToken) -> Result<(), DatabaseError> {
        sqlx::query!("select private.complete_password_reset($1)", token.id.0)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Marks admins' resets whose token expired as expired, and those whose token was
    /// used by a process that died before recording it as completed. Returns how many.
    pub async fn sweep(&self) -> Result<u64, DatabaseError> {
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
