//! Changes to a user, each one of GoTrue's own with the fields it resets beside.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{access_token::Method, error::AuthError, one_time_token, state::Auth, user::User};

/// What a changed password does to the sessions of its user.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Spared {
    /// Every session ends.
    None,
    /// All but this one end.
    Session(Uuid),
}

impl User {
    /// Refuses a mail that follows the last one of its purpose too soon.
    pub(crate) async fn check_mail_frequency(
        &self,
        db: &mut PgConnection,
        auth: &Auth,
        purpose: Method,
    ) -> Result<(), AuthError> {
        let sent_at = match purpose {
            Method::SignUp => self.confirmation_sent_at,
            Method::EmailChange => self.email_change_sent_at,
            _ => self.recovery_sent_at,
        };
        let wait = sqlx::query_scalar::<_, Option<f64>>(
            "select extract(epoch from $1::timestamptz + make_interval(secs => $2) - clock_timestamp())::float8",
        )
        .bind(sent_at)
        .bind(auth.options.seconds_between_mails)
        .fetch_one(db)
        .await?
        .unwrap_or_default();
        if wait <= 0.0 {
            return Ok(());
        }
        Err(AuthError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "over_email_send_rate_limit",
            format!(
                "For security purposes, you can only request this after {:.0} seconds.",
                wait.ceil()
            ),
        ))
    }

    /// Confirms the e-mail address, however it was verified. Side effect: mailed links become invalid.
    pub(crate) async fn confirm(&self, db: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update auth.users set confirmation_token = '', email_confirmed_at = now(), updated_at = now(), \
             raw_user_meta_data = coalesce(raw_user_meta_data, '{}') || '{\"email_verified\": true}' where id = $1",
        )
        .bind(self.id)
        .execute(&mut *db)
        .await?;
        one_time_token::spend_links(db, self.id).await
    }

    /// Stores the hash. Side effects: mailed tokens become invalid, and sessions end.
    pub(crate) async fn store_password(
        &self,
        db: &mut PgConnection,
        hash: Option<&str>,
        spared: Spared,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update auth.users set encrypted_password = $2, confirmation_token = '', confirmation_sent_at = null, \
             recovery_token = '', recovery_sent_at = null, email_change_token_current = '', \
             email_change_token_new = '', email_change_sent_at = null, phone_change_token = '', \
             phone_change_sent_at = null, reauthentication_token = '', reauthentication_sent_at = null, \
             updated_at = now() where id = $1",
        )
        .bind(self.id)
        .bind(hash)
        .execute(&mut *db)
        .await?;
        one_time_token::spend_links(&mut *db, self.id).await?;
        let spared = match spared {
            Spared::None => None,
            Spared::Session(session) => Some(session),
        };
        sqlx::query("delete from auth.sessions where user_id = $1 and id is distinct from $2")
            .bind(self.id)
            .bind(spared)
            .execute(db)
            .await?;
        Ok(())
    }

    /// Merges `changes` into the user's own metadata; a null removes its key.
    pub(crate) async fn merge_user_metadata(
        &self,
        db: &mut PgConnection,
        changes: &Map<String, Value>,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update auth.users set raw_user_meta_data = $2, updated_at = now() where id = $1",
        )
        .bind(self.id)
        .bind(Json(merged(self.user_metadata.as_ref(), changes)))
        .execute(db)
        .await?;
        Ok(())
    }

    /// Merges `changes` into the metadata that only administrators write; a null removes its key.
    pub(crate) async fn merge_app_metadata(
        &self,
        db: &mut PgConnection,
        changes: &Map<String, Value>,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update auth.users set raw_app_meta_data = $2, updated_at = now() where id = $1",
        )
        .bind(self.id)
        .bind(Json(merged(self.app_metadata.as_ref(), changes)))
        .execute(db)
        .await?;
        Ok(())
    }

    /// Replaces the user's own metadata.
    pub(crate) async fn replace_user_metadata(
        &self,
        db: &mut PgConnection,
        metadata: &Map<String, Value>,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update auth.users set raw_user_meta_data = $2, updated_at = now() where id = $1",
        )
        .bind(self.id)
        .bind(Json(metadata))
        .execute(db)
        .await?;
        Ok(())
    }

    /// Bans for this many seconds from now; zero lifts a ban.
    pub(crate) async fn ban(&self, db: &mut PgConnection, seconds: f64) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update auth.users set updated_at = now(), banned_until = \
             case when $2 = 0 then null else now() + make_interval(secs => $2) end where id = $1",
        )
        .bind(self.id)
        .bind(seconds)
        .execute(db)
        .await?;
        Ok(())
    }

    /// Sets the Postgres role that the user's tokens carry.
    pub(crate) async fn set_role(
        &self,
        db: &mut PgConnection,
        role: &str,
    ) -> Result<(), sqlx::Error> {
        sqlx::query("update auth.users set role = $2, updated_at = now() where id = $1")
            .bind(self.id)
            .bind(role)
            .execute(db)
            .await?;
        Ok(())
    }

    /// Sets the address at once, on the user and on its identity.
    pub(crate) async fn set_email(
        &self,
        db: &mut PgConnection,
        email: &str,
    ) -> Result<(), sqlx::Error> {
        sqlx::query("update auth.users set email = $2, updated_at = now() where id = $1")
            .bind(self.id)
            .bind(email)
            .execute(&mut *db)
            .await?;
        self.mark_identity(db, &json!({ "email": email })).await
    }

    /// Sets the requested address, now that it is verified. Side effect: mailed links become invalid.
    pub(crate) async fn confirm_email_change(
        &self,
        db: &mut PgConnection,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update auth.users set email = email_change, email_change = '', email_change_token_current = '', \
             email_change_token_new = '', email_change_confirm_status = 0, updated_at = now() where id = $1",
        )
        .bind(self.id)
        .execute(&mut *db)
        .await?;
        one_time_token::spend_links(&mut *db, self.id).await?;
        if !self.is_confirmed() {
            self.confirm(&mut *db).await?;
        }
        self.mark_identity(
            db,
            &json!({ "email": self.email_change, "email_verified": true }),
        )
        .await
    }

    /// Merges `members` into the data of the user's e-mail identity.
    pub(crate) async fn mark_identity(
        &self,
        db: &mut PgConnection,
        members: &Value,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update auth.identities set identity_data = identity_data || $2, updated_at = now() \
             where user_id = $1 and provider = 'email'",
        )
        .bind(self.id)
        .bind(Json(members))
        .execute(db)
        .await?;
        Ok(())
    }

    /// Deletes the row and everything that depends on it.
    pub(crate) async fn delete(&self, db: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query("delete from auth.users where id = $1")
            .bind(self.id)
            .execute(db)
            .await?;
        Ok(())
    }

    /// Anonymises the user and prevents sign-in, but keeps the row for references.
    pub(crate) async fn soft_delete(&self, db: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update auth.users set deleted_at = now(), updated_at = now(), encrypted_password = '', \
             email = encode(sha256(convert_to(id::text || coalesce(email, ''), 'utf8')), 'hex'), \
             phone = left(encode(sha256(convert_to(id::text || coalesce(phone, ''), 'utf8')), 'hex'), 15), \
             email_change = encode(sha256(convert_to(id::text || email_change, 'utf8')), 'hex'), \
             phone_change = left(encode(sha256(convert_to(id::text || phone_change, 'utf8')), 'hex'), 15), \
             confirmation_token = '', recovery_token = '', \
             email_change_token_current = '', email_change_token_new = '', \
             raw_user_meta_data = '{}', raw_app_meta_data = '{}' where id = $1 and deleted_at is null",
        )
        .bind(self.id)
        .execute(&mut *db)
        .await?;
        one_time_token::spend_links(&mut *db, self.id).await?;
        sqlx::query("update auth.identities set identity_data = '{}', updated_at = now(), \
             provider_id = encode(sha256(convert_to(provider_id, 'utf8')), 'hex') where user_id = $1")
            .bind(self.id)
            .execute(&mut *db)
            .await?;
        sqlx::query("delete from auth.sessions where user_id = $1")
            .bind(self.id)
            .execute(db)
            .await?;
        Ok(())
    }
}

fn merged(
    current: Option<&Json<Map<String, Value>>>,
    changes: &Map<String, Value>,
) -> Map<String, Value> {
    let mut all = current
        .map(|Json(members)| members.clone())
        .unwrap_or_default();
    for (name, value) in changes {
        if value.is_null() {
            all.remove(name);
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
    all
}
