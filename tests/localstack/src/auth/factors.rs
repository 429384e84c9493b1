//! A user's second factors, as they are stored.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

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
    #[serde(skip_serializing_if = "Option::is_none")]
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
             factor_type::text as factor_type, last_challenged_at, coalesce(secret, '') as secret \
             from auth.mfa_factors where user_id = $1 order by created_at, id",
        )
        .bind(user)
        .fetch_all(db)
        .await
    }

    pub(crate) fn is_verified(&self) -> bool {
        self.status == "verified"
    }
}
