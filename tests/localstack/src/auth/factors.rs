//! A user's second factors, as they are stored.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::error::AuthError;

/// How long a factor waits for its first challenge.
const UNVERIFIED_SECONDS: i32 = 300;

/// A row of `auth.mfa_factors`.
#[derive(Debug, Clone, FromRow, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are GoTrue's")]
pub(crate) struct Factor {
    pub(crate) id: Uuid,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) status: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) friendly_name: String,
    pub(crate) factor_type: String,
    phone: String,
    pub(crate) last_challenged_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub(crate) secret: String,
}

impl Factor {
    pub(crate) async fn of_user(
        db: &mut PgConnection,
        user: Uuid,
    ) -> Result<Vec<Self>, sqlx::Error> {
        sqlx::query_as(
            "select id, created_at, updated_at, status::text as status, coalesce(friendly_name, '') as friendly_name, \
             factor_type::text as factor_type, coalesce(phone, '') as phone, last_challenged_at, \
             coalesce(secret, '') as secret \
             from auth.mfa_factors where user_id = $1 order by created_at, id",
        )
        .bind(user)
        .fetch_all(db)
        .await
    }

    /// The one with this id, among those of one user.
    pub(crate) fn find<'a>(factors: &'a [Self], id: &str) -> Result<&'a Self, AuthError> {
        let id = Uuid::parse_str(id)
            .map_err(|_| AuthError::not_found("validation_failed", "factor_id must be an UUID"))?;
        factors
            .iter()
            .find(|factor| factor.id == id)
            .ok_or_else(|| AuthError::not_found("mfa_factor_not_found", "Factor not found"))
    }

    /// Deletes what anybody began to enrol and did not go on with.
    pub(crate) async fn delete_abandoned(db: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query(
            "delete from auth.mfa_factors f where status <> 'verified' \
             and created_at + make_interval(secs => $1) < now() \
             and not exists (select from auth.mfa_challenges c where c.factor_id = f.id)",
        )
        .bind(f64::from(UNVERIFIED_SECONDS))
        .execute(db)
        .await
        .map(drop)
    }

    /// Deletes the authenticators that a user began to enrol, now that one is verified.
    pub(crate) async fn delete_unverified(
        db: &mut PgConnection,
        user: Uuid,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "delete from auth.mfa_factors \
             where user_id = $1 and status = 'unverified' and factor_type = 'totp'",
        )
        .bind(user)
        .execute(db)
        .await
        .map(drop)
    }

    pub(crate) fn is_verified(&self) -> bool {
        self.status == "verified"
    }
}
