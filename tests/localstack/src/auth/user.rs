//! Users and their identities, as GoTrue stores and shows them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlx::{FromRow, PgConnection, types::Json};
use uuid::Uuid;

use super::{
    error::{AuthError, Saying},
    factors::Factor,
};

/// The audience of every user and token here; GoTrue's default.
pub(crate) const AUDIENCE: &str = "authenticated";

/// A row of `auth.users`; its JSON is GoTrue's.
#[derive(Debug, Clone, FromRow, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are GoTrue's")]
pub(crate) struct User {
    pub(crate) id: Uuid,
    pub(crate) aud: String,
    pub(crate) role: String,
    pub(crate) email: String,
    #[serde(skip)]
    pub(crate) encrypted_password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email_confirmed_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invited_at: Option<DateTime<Utc>>,
    pub(crate) phone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_confirmed_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confirmation_sent_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confirmed_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recovery_sent_at: Option<DateTime<Utc>>,
    #[serde(rename = "new_email", skip_serializing_if = "String::is_empty")]
    pub(crate) email_change: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email_change_sent_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub(crate) email_change_confirm_status: i16,
    #[serde(rename = "new_phone", skip_serializing_if = "String::is_empty")]
    phone_change: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reauthentication_sent_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sign_in_at: Option<DateTime<Utc>>,
    pub(crate) app_metadata: Option<Json<Map<String, Value>>>,
    pub(crate) user_metadata: Option<Json<Map<String, Value>>>,
    /// None in a list of users, where GoTrue does not read them.
    #[sqlx(skip)]
    pub(crate) identities: Option<Vec<Identity>>,
    #[sqlx(skip)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) factors: Vec<Factor>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    banned_until: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<DateTime<Utc>>,
    pub(crate) is_anonymous: bool,
    /// Whether `banned_until` is in the future by the database's clock.
    #[serde(skip)]
    pub(crate) is_banned: bool,
}

/// A row of `auth.identities`, of the provider `email` or `phone`.
#[derive(Debug, Clone, FromRow, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are GoTrue's")]
pub(crate) struct Identity {
    identity_id: Uuid,
    #[serde(rename = "id")]
    provider_id: String,
    user_id: Uuid,
    #[serde(skip_serializing_if = "is_empty")]
    pub(crate) identity_data: Json<Map<String, Value>>,
    provider: String,
    last_sign_in_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "String::is_empty")]
    email: String,
}

fn is_empty(data: &Json<Map<String, Value>>) -> bool {
    data.is_empty()
}

macro_rules! select_users {
    ($rest:literal) => {
        concat!(
            "select id, coalesce(aud, '') as aud, coalesce(role, '') as role, coalesce(email, '') as email, ",
            "encrypted_password, email_confirmed_at, invited_at, coalesce(phone, '') as phone, ",
            "phone_confirmed_at, confirmation_sent_at, confirmed_at, recovery_sent_at, ",
            "coalesce(email_change, '') as email_change, email_change_sent_at, ",
            "coalesce(email_change_confirm_status, 0::smallint) as email_change_confirm_status, last_sign_in_at, ",
            "coalesce(phone_change, '') as phone_change, reauthentication_sent_at, ",
            "raw_app_meta_data as app_metadata, raw_user_meta_data as user_metadata, ",
            "coalesce(created_at, now()) as created_at, coalesce(updated_at, now()) as updated_at, ",
            "banned_until, deleted_at, is_anonymous, coalesce(banned_until > now(), false) as is_banned ",
            "from auth.users ",
            $rest
        )
    };
}

/// The pagination of `/admin/users`.
pub(crate) struct UserPage {
    pub(crate) page: i64,
    pub(crate) per_page: i64,
    /// A part of the e-mail or of `full_name`; empty for all.
    pub(crate) filter: String,
}

impl User {
    /// The user with this id, including soft-deleted ones.
    pub(crate) async fn by_id(
        db: &mut PgConnection,
        id: Uuid,
    ) -> Result<Option<Self>, sqlx::Error> {
        let user = sqlx::query_as::<_, Self>(select_users!("where id = $1"))
            .bind(id)
            .fetch_optional(&mut *db)
            .await?;
        with_relations(db, user).await
    }

    /// The user with this address, ignoring case.
    pub(crate) async fn by_email(
        db: &mut PgConnection,
        email: &str,
    ) -> Result<Option<Self>, sqlx::Error> {
        let user = sqlx::query_as::<_, Self>(select_users!(
            "where lower(email) = lower($1) and aud = 'authenticated' and is_sso_user = false"
        ))
        .bind(email)
        .fetch_optional(&mut *db)
        .await?;
        with_relations(db, user).await
    }

    /// One page of users, newest first, and the total.
    pub(crate) async fn page(
        db: &mut PgConnection,
        wanted: &UserPage,
    ) -> Result<(Vec<Self>, i64), sqlx::Error> {
        let total = sqlx::query_scalar::<_, i64>(
            "select count(*) from auth.users where aud = 'authenticated' and \
             ($1 = '' or email like '%' || $1 || '%' or raw_user_meta_data ->> 'full_name' ilike '%' || $1 || '%')",
        )
        .bind(&wanted.filter)
        .fetch_one(&mut *db)
        .await?;
        let users = sqlx::query_as::<_, Self>(select_users!(
            "where aud = 'authenticated' and \
             ($1 = '' or email like '%' || $1 || '%' or raw_user_meta_data ->> 'full_name' ilike '%' || $1 || '%') \
             order by created_at desc, id limit $2 offset $3"
        ))
        .bind(&wanted.filter)
        .bind(wanted.per_page)
        .bind((wanted.page - 1).saturating_mul(wanted.per_page))
        .fetch_all(&mut *db)
        .await?;
        Ok((users, total))
    }

    /// Reads this user again: triggers and generated columns may have changed the row.
    pub(crate) async fn reload(&self, db: &mut PgConnection) -> Result<Self, AuthError> {
        Self::by_id(db, self.id)
            .await?
            .ok_or_else(|| AuthError::internal("Database error loading user"))
    }

    pub(crate) fn is_confirmed(&self) -> bool {
        self.email_confirmed_at.is_some()
    }

    /// Changes what is shown as GoTrue does after a sign-up: it has not read the row again.
    pub(crate) fn as_just_signed_up(&mut self) {
        self.confirmed_at = None;
        for identity in self.identities.iter_mut().flatten() {
            let data = &mut identity.identity_data;
            data.insert("email_verified".into(), Value::Bool(true));
        }
    }

    /// Changes what is shown to whoever signs up with this user's address, so that it looks new, as
    /// GoTrue does. The role and the identities still differ, and GoTrue leaves what else it has of the
    /// user, such as `recovery_sent_at`.
    pub(crate) fn as_if_new(&mut self, data: Map<String, Value>, now: DateTime<Utc>) {
        self.id = Uuid::new_v4();
        self.role.clear();
        self.phone.clear();
        self.email_change.clear();
        self.created_at = now;
        self.updated_at = now;
        self.confirmation_sent_at = Some(now);
        self.email_confirmed_at = None;
        self.phone_confirmed_at = None;
        self.confirmed_at = None;
        self.email_change_sent_at = None;
        self.last_sign_in_at = None;
        self.identities = Some(Vec::new());
        self.user_metadata = Some(Json(data));
        self.app_metadata = Some(Json(Map::from_iter([
            ("provider".to_owned(), json!("email")),
            ("providers".to_owned(), json!(["email"])),
        ])));
    }

    pub(crate) fn has_password(&self) -> bool {
        self.encrypted_password
            .as_deref()
            .is_some_and(|hash| !hash.is_empty())
    }
}

async fn with_relations(
    db: &mut PgConnection,
    user: Option<User>,
) -> Result<Option<User>, sqlx::Error> {
    let Some(mut user) = user else {
        return Ok(None);
    };
    let identities = sqlx::query_as::<_, Identity>(
        "select id as identity_id, provider_id, user_id, identity_data, provider, last_sign_in_at, \
         coalesce(created_at, now()) as created_at, coalesce(updated_at, now()) as updated_at, \
         coalesce(email, '') as email from auth.identities where user_id = $1 order by created_at, id",
    )
    .bind(user.id)
    .fetch_all(&mut *db)
    .await?;
    user.identities = Some(identities);
    user.factors = Factor::of_user(db, user.id).await?;
    Ok(Some(user))
}

/// The data of a new user.
#[derive(Debug, Clone)]
pub(crate) struct NewUser {
    pub(crate) id: Uuid,
    /// Empty for a user who has a telephone number only.
    pub(crate) email: String,
    /// Without `+`; empty for a user with an address.
    pub(crate) phone: String,
    /// The bcrypt hash; `None` for an invited user without a password.
    pub(crate) encrypted_password: Option<String>,
    pub(crate) user_metadata: Map<String, Value>,
}

impl NewUser {
    pub(crate) fn new(
        email: String,
        encrypted_password: Option<String>,
        user_metadata: Map<String, Value>,
    ) -> Self {
        Self {
            id: Uuid::new_v4(),
            email,
            phone: String::new(),
            encrypted_password,
            user_metadata,
        }
    }

    fn provider(&self) -> &'static str {
        if self.email.is_empty() {
            "phone"
        } else {
            "email"
        }
    }

    pub(crate) fn app_metadata(&self) -> Value {
        json!({ "provider": self.provider(), "providers": [self.provider()] })
    }

    /// The user as `before_user_created` sees it: not saved yet, so without timestamps.
    pub(crate) fn as_hook_input(&self) -> Value {
        json!({
            "id": self.id, "aud": AUDIENCE, "role": "", "email": self.email, "phone": "",
            "app_metadata": self.app_metadata(), "user_metadata": self.user_metadata,
            "identities": [], "is_anonymous": false,
            "created_at": "0001-01-01T00:00:00Z", "updated_at": "0001-01-01T00:00:00Z",
        })
    }

    /// Writes the user and its identity. GoTrue's order is kept, since triggers see it: the row
    /// comes first without a role, then `role` is set, then the identity is written.
    pub(crate) async fn save(
        &self,
        db: &mut PgConnection,
        role: &str,
        failing: &'static str,
    ) -> Result<User, AuthError> {
        sqlx::query(
            "insert into auth.users (instance_id, id, aud, role, email, encrypted_password, raw_app_meta_data, \
             raw_user_meta_data, phone, created_at, updated_at) values ('00000000-0000-0000-0000-000000000000', $1, \
             'authenticated', '', nullif($2, ''), $3, $4, $5, nullif($6, ''), now(), now())",
        )
        .bind(self.id)
        .bind(&self.email)
        .bind(self.encrypted_password.as_deref())
        .bind(Json(self.app_metadata()))
        .bind(Json(&self.user_metadata))
        .bind(&self.phone)
        .execute(&mut *db)
        .await
        .saying(failing)?;
        sqlx::query("update auth.users set role = $2, updated_at = now() where id = $1")
            .bind(self.id)
            .bind(role)
            .execute(&mut *db)
            .await
            .saying("Database error updating user")?;
        User::by_id(db, self.id)
            .await?
            .ok_or_else(|| AuthError::internal("Database error loading user after sign-up"))
    }
}

/// Writes the identity `phone` of a user.
pub(crate) async fn add_phone_identity(
    db: &mut PgConnection,
    user: Uuid,
    phone: &str,
) -> Result<(), sqlx::Error> {
    let identity =
        json!({ "sub": user, "phone": phone, "email_verified": false, "phone_verified": false });
    sqlx::query(
        "insert into auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, \
         updated_at) values ($1::uuid::text, $1, $2, 'phone', now(), now(), now())",
    )
    .bind(user)
    .bind(Json(&identity))
    .execute(db)
    .await?;
    Ok(())
}

/// Writes the identity `email` of a user unless there is one; `more` are the sign-up's own members.
pub(crate) async fn add_email_identity(
    db: &mut PgConnection,
    user: Uuid,
    email: &str,
    more: Option<&Map<String, Value>>,
) -> Result<Option<Map<String, Value>>, sqlx::Error> {
    let mut identity = Map::new();
    identity.insert("sub".into(), json!(user));
    identity.insert("email".into(), json!(email));
    identity.insert("email_verified".into(), json!(false));
    identity.insert("phone_verified".into(), json!(false));
    for (name, value) in more.into_iter().flatten() {
        identity
            .entry(name.clone())
            .or_insert_with(|| value.clone());
    }
    let written = sqlx::query(
        "insert into auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, \
         updated_at) values ($1::uuid::text, $1, $2, 'email', now(), now(), now()) on conflict (provider_id, provider) do nothing"
    )
    .bind(user)
    .bind(Json(&identity))
    .execute(db)
    .await?;
    Ok((written.rows_affected() == 1).then_some(identity))
}
