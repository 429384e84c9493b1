//! Invitation codes and who used them.

use chrono::{DateTime, Utc};
use domain::{ActingAdmin, InviteCodeId, ProfileId};

use crate::{DatabaseError, Page, acting::begin_as};

handle! {
    /// Invitation codes.
    Invites
}

/// What an admin asks for.
#[derive(Debug)]
pub struct NewInvite<'a> {
    /// As displayed; compared without case, dashes and spaces.
    pub code: &'a str,
    /// The admin.
    pub created_by: ActingAdmin,
    /// When it expires.
    pub expiry: Expiry,
    /// Maximum number of uses; unlimited if absent.
    pub max_uses: Option<i32>,
    /// The only address it is for; it gets the invitation mail.
    pub email: Option<&'a str>,
    /// For the admins' eyes.
    pub notes: Option<&'a str>,
}

/// When an invitation expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// As `private.invite_rules` says.
    Usual,
    /// At this time.
    At(DateTime<Utc>),
    /// Only when it is used up or revoked.
    Never,
}

/// An invitation code with its uses.
#[derive(Debug)]
pub struct Invite {
    /// `invite_codes.id`
    pub id: InviteCodeId,
    /// The code as it is shown.
    pub code: String,
    /// The admin's profile; none for a seed code.
    pub created_by: Option<ProfileId>,
    /// When it expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// Maximum number of uses; unlimited if absent.
    pub max_uses: Option<i32>,
    /// The only address it is for.
    pub email: Option<String>,
    /// For the admins' eyes.
    pub notes: Option<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// How often it has been used.
    pub uses: i64,
    /// What became of its mail, if it had one: see `private.invite_mail_state`.
    pub mail_state: Option<String>,
    /// Whether it has expired, by the database's clock.
    pub expired: bool,
}

/// Builds the invitation from a row of either statement.
macro_rules! invite {
    ($row:ident) => {
        Invite {
            id: InviteCodeId($row.id),
            code: $row.code,
            created_by: $row.created_by.map(ProfileId),
            expires_at: $row.expires_at,
            max_uses: $row.max_uses,
            email: $row.email,
            notes: $row.notes,
            created_at: $row.created_at,
            revoked_at: $row.revoked_at,
            uses: $row.uses,
            mail_state: $row.mail_state,
            expired: $row.expired,
        }
    };
}

/// Why a code is refused.
#[derive(Debug)]
pub struct InviteRefusal {
    /// Stable, such as `invite_expired`.
    pub code: String,
    /// The reason in words.
    pub detail: String,
}

/// Which invitations a list shows.
#[derive(Debug, Default)]
pub struct InviteFilter {
    /// Only those that are (or are not) usable now.
    pub usable: Option<bool>,
    /// Rows on a page.
    pub limit: i64,
    /// Rows before it.
    pub offset: i64,
}

impl Invites {
    /// Creates an invitation and, if it is for one address, queues its mail in the same
    /// transaction. `None` if the code is taken.
    pub async fn create(&self, invite: &NewInvite<'_>) -> Result<Option<Invite>, DatabaseError> {
        let mut transaction = begin_as(self.pool(), &invite.created_by).await?;
        let id = sqlx::query_scalar!(
            "
            insert into public.invite_codes (code, created_by, expires_at, max_uses, email, notes)
            values ($1, $2, $3, $4, $5, $6)
            on conflict do nothing
            returning id
            ",
            invite.code,
            invite.created_by.profile.0,
            match invite.expiry {
                Expiry::At(at) => Some(at),
                Expiry::Usual | Expiry::Never => None,
            },
            invite.max_uses,
            invite.email,
            invite.notes,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(id) = id else {
            return Ok(None);
        };
        if invite.expiry == Expiry::Never {
            // An insert without a time is given one.
            sqlx::query!(
                "update public.invite_codes set expires_at = null where id = $1",
                id
            )
            .execute(&mut *transaction)
            .await?;
        }
        sqlx::query!("select private.mail_invite($1)", id)
            .execute(&mut *transaction)
            .await?;
        let created = sqlx::query_file!("src/accounts/find_invite.sql", id)
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(Some(invite!(created)))
    }

    /// Invitations, newest first.
    pub async fn list(&self, filter: &InviteFilter) -> Result<Page<Invite>, DatabaseError> {
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
        filter: &InviteFilter,
        limit: i64,
        offset: i64,
    ) -> Result<Page<Invite>, DatabaseError> {
        let rows = sqlx::query_file!(
            "src/accounts/list_invites.sql",
            filter.usable,
            limit,
            offset
        )
        .fetch_all(self.pool())
        .await?;
        let total = rows.first().map_or(0, |row| row.total);
        let rows = rows.into_iter().map(|row| invite!(row)).collect();
        Ok(Page { rows, total })
    }

    /// Revokes an invitation; an already revoked one keeps its time. False if there is none.
    /// Its mail is not sent if it is still queued, nor sent again.
    pub async fn revoke(
        &self,
        id: InviteCodeId,
        admin: &ActingAdmin,
    ) -> Result<bool, DatabaseError> {
        let mut transaction = begin_as(self.pool(), admin).await?;
        let revoked =
            sqlx::query_scalar!(r#"select private.revoke_invite($1) as "revoked!""#, id.0)
                .fetch_one(&mut *transaction)
                .await?;
        transaction.commit().await?;
        Ok(revoked)
    }

    /// Why a code is refused for an address; `None` if it is accepted.
    pub async fn refusal(
        &self,
        code: &str,
        email: &str,
    ) -> Result<Option<InviteRefusal>, DatabaseError> {
        let refusal = sqlx::query_as!(
            InviteRefusal,
            r#"
            select refusal as "code!", split_part(private.invite_refusal_text(refusal), ': ', 2) as "detail!"
            from private.invite_refusal($1, $2) refusal
            where refusal is not null
            "#,
            code,
            email,
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(refusal)
    }
}
