//! Addresses that get no mail, and what admins do about them.

use chrono::{DateTime, Utc};
use domain::ActingAdmin;

use crate::{DatabaseError, Page, acting::begin_as};

handle! {
    /// Addresses that get no mail.
    MailSuppressions
}

/// An address that gets no mail.
#[derive(Debug)]
pub struct MailSuppression {
    /// In lower case.
    pub address: String,
    /// `bounced`, `complained` or `suppressed`.
    pub reason: String,
    /// Why, in the words of the recipient's server.
    pub detail: Option<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// How often it was lifted before.
    pub times_lifted: i64,
}

impl MailSuppressions {
    /// Those whose address contains `search`, newest first.
    pub async fn list(
        &self,
        search: Option<&str>,
        limit: i64,
        offset: i64,
    ) -> Result<Page<MailSuppression>, DatabaseError> {
        let page = self.page(search, limit, offset).await?;
        if page.rows.is_empty() && offset > 0 {
            // The total comes with the rows, and a page after the last has none.
            let total = self.page(search, 1, 0).await?.total;
            return Ok(Page { total, ..page });
        }
        Ok(page)
    }

    async fn page(
        &self,
        search: Option<&str>,
        limit: i64,
        offset: i64,
    ) -> Result<Page<MailSuppression>, DatabaseError> {
        let rows = sqlx::query!(
            r#"
            select address as "address!", reason as "reason!", detail, created_at as "created_at!",
              times_lifted as "times_lifted!", total as "total!"
            from public.list_mail_suppressions($1, $2::bigint::integer, $3::bigint::integer)
            "#,
            search as Option<&str>,
            limit,
            offset,
        )
        .fetch_all(self.pool())
        .await?;
        let total = rows.first().map_or(0, |row| row.total);
        let rows = rows
            .into_iter()
            .map(|row| MailSuppression {
                address: row.address,
                reason: row.reason,
                detail: row.detail,
                created_at: row.created_at,
                times_lifted: row.times_lifted,
            })
            .collect();
        Ok(Page { rows, total })
    }

    /// Sends mails to `address` again, and records who decided so and why. False if it is not
    /// suppressed.
    pub async fn lift(
        &self,
        address: &str,
        why: &str,
        admin: &ActingAdmin,
    ) -> Result<bool, DatabaseError> {
        let mut transaction = begin_as(self.pool(), admin).await?;
        let lifted = sqlx::query_scalar!(
            r#"select private.lift_mail_suppression($1, $2, $3) as "lifted!""#,
            address,
            why,
            admin.profile.0,
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(lifted)
    }
}
