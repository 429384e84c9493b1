//! Users, and admins' decisions about them.

use chrono::{DateTime, Utc};
use domain::{ActingAdmin, AuthUserId, ProfileId, ProfileStatus, Role};

use crate::{DatabaseError, Page, acting::begin_as, database_error::known};

handle! {
    /// The users.
    Users
}

/// A profile with the user's data from Auth, and counts of what they own.
#[derive(Debug)]
pub struct User {
    /// `user_profiles.id`
    pub id: ProfileId,
    /// `auth.users.id`
    pub user_id: Option<AuthUserId>,
    /// The address they sign in with.
    pub email: Option<String>,
    /// Their role.
    pub role: Role,
    /// Their approval status.
    pub status: ProfileStatus,
    /// The profile of the inviter.
    pub invited_by: Option<ProfileId>,
    /// The code they registered with, if it was for one person only.
    pub invite_code: Option<String>,
    /// When they were invited.
    pub invited_at: Option<DateTime<Utc>>,
    /// When they were approved.
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
    /// Part of the e-mail address, ignoring case.
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

/// The unfiltered number of profiles per status.
#[derive(Debug)]
pub struct StatusCounts {
    /// Waiting for approval.
    pub pending: i64,
    /// Approved.
    pub approved: i64,
    /// Rejected.
    pub rejected: i64,
}

/// Builds the user from a row of either statement.
macro_rules! user {
    ($row:ident) => {
        Ok(User {
            id: ProfileId($row.id),
            user_id: $row.user_id.map(AuthUserId),
            email: $row.email,
            role: known("user_profiles", "role", &$row.role)?,
            status: known("user_profiles", "status", &$row.status)?,
            invited_by: $row.invited_by.map(ProfileId),
            invite_code: $row.invite_code,
            invited_at: $row.invited_at,
            approved_at: $row.approved_at,
            last_login_at: $row.last_login_at,
            created_at: $row.created_at,
            updated_at: $row.updated_at,
            customer_count: $row.customer_count,
            campaign_count: $row.campaign_count,
        })
    };
}

/// An admin's decision.
#[derive(Debug)]
pub struct UserChange {
    /// The admin.
    pub admin: ActingAdmin,
    /// The other user's profile.
    pub id: ProfileId,
    /// The new role, if any.
    pub role: Option<Role>,
    /// The new status, if any.
    pub status: Option<ProfileStatus>,
}

/// The result of a decision.
#[derive(Debug)]
pub enum UserOutcome {
    /// Applied.
    Changed(Box<User>),
    /// There is no such profile.
    NotFound,
    /// Admins can't decide about themselves.
    OwnAccount,
    /// The last approved admin must stay.
    LastAdmin,
    /// The person has not confirmed the address.
    Unconfirmed,
}

/// The result of making somebody an admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadeAdmin {
    /// Done.
    Yes,
    /// There is no profile of this user.
    NoProfile,
    /// The person has not confirmed the address.
    Unconfirmed,
}

impl Users {
    /// Says whether admins must sign in with a second factor, from the next request on.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn require_second_factor(&self, required: bool) -> Result<(), DatabaseError> {
        sqlx::query!(
            "update private.sign_in_rules set admins_need_second_factor = $1",
            required
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Users, newest first.
    pub async fn list(&self, filter: &UserFilter) -> Result<Page<User>, DatabaseError> {
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
        filter: &UserFilter,
        limit: i64,
        offset: i64,
    ) -> Result<Page<User>, DatabaseError> {
        let rows = sqlx::query_file!(
            "src/accounts/list_users.sql",
            filter.search,
            filter.role.map(Role::as_str),
            filter.status.map(ProfileStatus::as_str),
            limit,
            offset,
        )
        .fetch_all(self.pool())
        .await?;
        let total = rows.first().map_or(0, |row| row.total);
        let rows = rows
            .into_iter()
            .map(|row| user!(row))
            .collect::<Result<_, DatabaseError>>()?;
        Ok(Page { rows, total })
    }

    /// The number of profiles per status.
    pub async fn count_by_status(&self) -> Result<StatusCounts, DatabaseError> {
        let counts = sqlx::query_as!(
            StatusCounts,
            r#"
            select
              count(*) filter (where p.status = 'pending') as "pending!",
              count(*) filter (where p.status = 'approved') as "approved!",
              count(*) filter (where p.status = 'rejected') as "rejected!"
            from private.users p
            "#,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(counts)
    }

    /// One user.
    pub async fn find(&self, id: ProfileId) -> Result<Option<User>, DatabaseError> {
        let row = sqlx::query_file!("src/accounts/find_user.sql", id.0)
            .fetch_optional(self.pool())
            .await?;
        row.map(|row| user!(row)).transpose()
    }

    /// Applies an admin's decision. Side effects, by triggers in the same transaction: the
    /// mail, default templates on approval, the end of all sessions on rejection.
    pub async fn change(&self, change: &UserChange) -> Result<UserOutcome, DatabaseError> {
        if change.admin.profile == change.id {
            return Ok(UserOutcome::OwnAccount);
        }
        let mut transaction = begin_as(self.pool(), &change.admin).await?;
        let changed = sqlx::query!(
            "
            update public.user_profiles set role = coalesce($2, role), status = coalesce($3, status)
            where id = $1
            ",
            change.id.0,
            change.role.map(Role::as_str),
            change.status.map(ProfileStatus::as_str),
        )
        .execute(&mut *transaction)
        .await
        .map_err(DatabaseError::from);
        match changed {
            Ok(changed) if changed.rows_affected() == 0 => return Ok(UserOutcome::NotFound),
            Ok(_) => transaction.commit().await?,
            Err(error) if error.rule() == Some("last_admin") => return Ok(UserOutcome::LastAdmin),
            Err(error) if error.rule() == Some("email_not_confirmed") => {
                return Ok(UserOutcome::Unconfirmed);
            }
            Err(error) => return Err(error),
        }
        let user = self.find(change.id).await?;
        Ok(user.map_or(UserOutcome::NotFound, |user| {
            UserOutcome::Changed(Box::new(user))
        }))
    }

    /// Makes an Auth user an approved admin, for the first admin.
    pub async fn make_admin(&self, user_id: AuthUserId) -> Result<MadeAdmin, DatabaseError> {
        let made = sqlx::query!(
            "update public.user_profiles set role = 'admin', status = 'approved' where user_id = $1",
            user_id.0,
        )
        .execute(self.pool())
        .await
        .map_err(DatabaseError::from);
        match made {
            Ok(made) if made.rows_affected() == 1 => Ok(MadeAdmin::Yes),
            Ok(_) => Ok(MadeAdmin::NoProfile),
            Err(error) if error.rule() == Some("email_not_confirmed") => Ok(MadeAdmin::Unconfirmed),
            Err(error) => Err(error),
        }
    }

    /// The Auth id of the user with this `email`.
    pub async fn id_of(&self, email: &str) -> Result<Option<AuthUserId>, DatabaseError> {
        let id = sqlx::query_scalar!("select id from auth.users where email = lower($1)", email)
            .fetch_optional(self.pool())
            .await?;
        Ok(id.map(AuthUserId))
    }
}
