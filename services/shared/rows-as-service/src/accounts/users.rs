//! The people who have an account, and what admins decide about them.

use chrono::{DateTime, Utc};
use domain::{Profile, ProfileStatus, Role};
use uuid::Uuid;

use super::Page;
use crate::{Database, DatabaseError};

/// A profile with what Auth knows about the person, and what they own.
#[derive(Debug)]
pub struct User {
    /// `user_profiles.id`
    pub id: Uuid,
    /// `auth.users.id`
    pub user_id: Option<Uuid>,
    /// The address they sign in with.
    pub email: Option<String>,
    /// `admin` or `user`
    pub role: String,
    /// `pending`, `approved` or `rejected`
    pub status: String,
    /// The profile of who invited them.
    pub invited_by: Option<Uuid>,
    /// The code they registered with, where it was for one person only.
    pub invite_code: Option<String>,
    /// When they were invited.
    pub invited_at: Option<DateTime<Utc>>,
    /// Since when they are approved.
    pub approved_at: Option<DateTime<Utc>>,
    /// Their last sign-in.
    pub last_login_at: Option<DateTime<Utc>>,
    /// When they registered.
    pub created_at: DateTime<Utc>,
    /// The last change of the profile.
    pub updated_at: DateTime<Utc>,
    /// How many customers they own.
    pub customer_count: i64,
    /// How many campaigns they own.
    pub campaign_count: i64,
}

/// Which users a list shows.
#[derive(Debug, Default)]
pub struct UserFilter {
    /// Part of the e-mail address, without regard to case.
    pub search: Option<String>,
    /// Only this role.
    pub role: Option<Role>,
    /// Only this status.
    pub status: Option<ProfileStatus>,
    /// Rows on a page.
    pub limit: i64,
    /// Rows before it.
    pub offset: i64,
}

/// How many profiles have which status, whatever the filter.
#[derive(Debug)]
pub struct StatusCounts {
    /// Waiting for an admin.
    pub pending: i64,
    /// At work.
    pub approved: i64,
    /// Shut out.
    pub rejected: i64,
}

/// What an admin decides.
#[derive(Debug)]
pub struct UserChange {
    /// The admin's profile.
    pub admin: Uuid,
    /// The other's profile.
    pub id: Uuid,
    /// The new role, if any.
    pub role: Option<Role>,
    /// The new status, if any.
    pub status: Option<ProfileStatus>,
}

/// What came of a decision.
#[derive(Debug)]
pub enum UserOutcome {
    /// It stands.
    Changed(Box<User>),
    /// There is no such profile.
    NotFound,
    /// Nobody decides about themselves.
    OwnAccount,
    /// Somebody has to be left to decide.
    LastAdmin,
}

impl Database {
    /// Users, newest first, with the counts by status of all.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn list_users(
        &self,
        filter: &UserFilter,
    ) -> Result<(Page<User>, StatusCounts), DatabaseError> {
        let rows = sqlx::query_file!(
            "src/accounts/list_users.sql",
            filter.search,
            filter.role.map(Role::as_str),
            filter.status.map(ProfileStatus::as_str),
            filter.limit,
            filter.offset,
        )
        .fetch_all(self.pool())
        .await?;
        let total = rows.first().map_or(0, |row| row.total);
        let rows = rows
            .into_iter()
            .map(|row| User {
                id: row.id,
                user_id: row.user_id,
                email: row.email,
                role: row.role,
                status: row.status,
                invited_by: row.invited_by,
                invite_code: row.invite_code,
                invited_at: row.invited_at,
                approved_at: row.approved_at,
                last_login_at: row.last_login_at,
                created_at: row.created_at,
                updated_at: row.updated_at,
                customer_count: row.customer_count,
                campaign_count: row.campaign_count,
            })
            .collect();
        let counts = sqlx::query_as!(
            StatusCounts,
            r#"
            select
              count(*) filter (where status = 'pending') as "pending!",
              count(*) filter (where status = 'approved') as "approved!",
              count(*) filter (where status = 'rejected') as "rejected!"
            from public.user_profiles
            "#,
        )
        .fetch_one(self.pool())
        .await?;
        Ok((Page { rows, total }, counts))
    }

    /// One user.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn find_user(&self, id: Uuid) -> Result<Option<User>, DatabaseError> {
        let user = sqlx::query_file_as!(User, "src/accounts/find_user.sql", id)
            .fetch_optional(self.pool())
            .await?;
        Ok(user)
    }

    /// Carries out an admin's decision. Side effects, by triggers in the same transaction: the
    /// mail, default templates on approval, the end of all sessions on rejection.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn change_user(&self, change: &UserChange) -> Result<UserOutcome, DatabaseError> {
        if change.admin == change.id {
            return Ok(UserOutcome::OwnAccount);
        }
        let changed = sqlx::query!(
            "
            update public.user_profiles set role = coalesce($2, role), status = coalesce($3, status)
            where id = $1
            ",
            change.id,
            change.role.map(Role::as_str),
            change.status.map(ProfileStatus::as_str),
        )
        .execute(self.pool())
        .await
        .map_err(DatabaseError::from);
        match changed {
            Ok(changed) if changed.rows_affected() == 0 => return Ok(UserOutcome::NotFound),
            Ok(_) => {}
            Err(error) if error.sqlstate().as_deref() == Some("PT409") => {
                return Ok(UserOutcome::LastAdmin);
            }
            Err(error) => return Err(error),
        }
        let user = self.find_user(change.id).await?;
        Ok(user.map_or(UserOutcome::NotFound, |user| {
            UserOutcome::Changed(Box::new(user))
        }))
    }

    /// The profile of a user of Auth.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn profile_of_user(&self, user_id: Uuid) -> Result<Option<Profile>, DatabaseError> {
        let row = sqlx::query!(
            r#"select id, role as "role!", status as "status!" from public.user_profiles where user_id = $1"#,
            user_id,
        )
        .fetch_optional(self.pool())
        .await?;
        // The columns' checks allow no other values.
        Ok(row.and_then(|row| {
            Some(Profile {
                id: row.id.into(),
                role: row.role.parse().ok()?,
                status: row.status.parse().ok()?,
            })
        }))
    }

    /// Makes a user of Auth an approved admin: the first one, whom nobody can approve. False
    /// when there is no such user.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn make_admin(&self, user_id: Uuid) -> Result<bool, DatabaseError> {
        let made = sqlx::query!(
            "update public.user_profiles set role = 'admin', status = 'approved' where user_id = $1",
            user_id,
        )
        .execute(self.pool())
        .await?;
        Ok(made.rows_affected() == 1)
    }

    /// The id in Auth of whoever signs in with `email`.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn user_id_of(&self, email: &str) -> Result<Option<Uuid>, DatabaseError> {
        let id = sqlx::query_scalar!("select id from auth.users where email = lower($1)", email)
            .fetch_optional(self.pool())
            .await?;
        Ok(id)
    }
}
