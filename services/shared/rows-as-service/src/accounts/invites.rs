//! Invitation codes and who used them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Page;
use crate::{Database, DatabaseError};

/// What an admin asks for.
#[derive(Debug)]
pub struct NewInvite<'a> {
    /// As it will be shown; compared without case, dashes and spaces.
    pub code: &'a str,
    /// The admin's profile.
    pub created_by: Uuid,
    /// From when on it lets nobody in.
    pub expires_at: Option<DateTime<Utc>>,
    /// How many people it lets in; none for as many as come.
    pub max_uses: Option<i32>,
    /// The only address it is for; it gets the invitation mail.
    pub email: Option<&'a str>,
    /// For the admins' eyes.
    pub notes: Option<&'a str>,
}

/// An invitation code with its uses.
#[derive(Debug)]
pub struct Invite {
    /// `invite_codes.id`
    pub id: Uuid,
    /// The code as it is shown.
    pub code: String,
    /// The admin's profile; none for a code of the seed.
    pub created_by: Option<Uuid>,
    /// From when on it lets nobody in.
    pub expires_at: Option<DateTime<Utc>>,
    /// How many people it lets in; none for as many as come.
    pub max_uses: Option<i32>,
    /// The only address it is for.
    pub email: Option<String>,
    /// For the admins' eyes.
    pub notes: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was withdrawn.
    pub revoked_at: Option<DateTime<Utc>>,
    /// How many people it has let in.
    pub uses: i64,
    /// Whether its time is over, by the database's clock.
    pub expired: bool,
}

/// Why a code lets somebody not in.
#[derive(Debug)]
pub struct InviteRefusal {
    /// Stable, such as `invite_expired`.
    pub code: String,
    /// The same for people.
    pub detail: String,
}

/// Which invitations a list shows.
#[derive(Debug, Default)]
pub struct InviteFilter {
    /// Only those that would (or would not) let somebody in now.
    pub usable: Option<bool>,
    /// Rows on a page.
    pub limit: i64,
    /// Rows before it.
    pub offset: i64,
}

impl Database {
    /// Makes an invitation and, where it is bound to an address, queues its mail in the same
    /// transaction. None when the code is taken.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn create_invite(
        &self,
        invite: &NewInvite<'_>,
    ) -> Result<Option<Invite>, DatabaseError> {
        let mut transaction = self.pool().begin().await?;
        let created = sqlx::query_as!(
            Invite,
            r#"
            insert into public.invite_codes (code, created_by, expires_at, max_uses, email, notes)
            values ($1, $2, $3, $4, $5, $6)
            on conflict do nothing
            returning id, code, created_by, expires_at, max_uses, email, notes,
              created_at as "created_at!", revoked_at, 0::bigint as "uses!",
              coalesce(expires_at <= now(), false) as "expired!"
            "#,
            invite.code,
            invite.created_by,
            invite.expires_at,
            invite.max_uses,
            invite.email,
            invite.notes,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        if let (Some(created), Some(address)) = (&created, invite.email) {
            sqlx::query!(
                r#"
                select private.queue_mail(
                  'invitation', $1, jsonb_build_object('code', $2::text, 'expires_at', $3::timestamptz)
                ) as "queued?: ()"
                "#,
                address,
                created.code,
                created.expires_at,
            )
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(created)
    }

    /// Invitations, newest first.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn list_invites(&self, filter: &InviteFilter) -> Result<Page<Invite>, DatabaseError> {
        let rows = sqlx::query_file!(
            "src/accounts/list_invites.sql",
            filter.usable,
            filter.limit,
            filter.offset
        )
        .fetch_all(self.pool())
        .await?;
        // The total comes along with every row; a page past the end has none to carry it.
        let total = rows.first().map_or(0, |row| row.total);
        let rows = rows
            .into_iter()
            .map(|row| Invite {
                id: row.id,
                code: row.code,
                created_by: row.created_by,
                expires_at: row.expires_at,
                max_uses: row.max_uses,
                email: row.email,
                notes: row.notes,
                created_at: row.created_at,
                revoked_at: row.revoked_at,
                uses: row.uses,
                expired: row.expired,
            })
            .collect();
        Ok(Page { rows, total })
    }

    /// Withdraws an invitation; one that was withdrawn before keeps its time. False when there is none.
    /// Its mail is not sent if it still waits.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn revoke_invite(&self, id: Uuid) -> Result<bool, DatabaseError> {
        let revoked = sqlx::query!(
            r#"
            with revoked as (
              update public.invite_codes set revoked_at = coalesce(revoked_at, now())
              where id = $1
              returning code
            ), unsent as (
              update private.mails m
              set state = 'cancelled', contents = '{}', finished_at = now()
              from revoked r
              where m.state = 'queued' and m.kind = 'invitation' and m.attempts = 0 and m.contents ->> 'code' = r.code
            )
            select 1 as one from revoked
            "#,
            id,
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(revoked.is_some())
    }

    /// Why a code does not let an address in; none when it does.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database.
    pub async fn invite_refusal(
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
