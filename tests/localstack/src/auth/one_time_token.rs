//! One-time tokens: the code in a mail, and the hash in its link.
//!
//! As with GoTrue, a hash is stored twice. A typed code is compared with its user's columns; a link is
//! looked up in `auth.one_time_tokens` only, and so is all that proves a new address. What is proven
//! spends every row that its user has there, but of the columns only its own.

use sha2::{Digest, Sha224};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    flow::{self, Flow},
    user::User,
};

/// A one-time token: the code to type, and the hash that is stored and used in links.
pub(crate) struct OneTimeToken {
    pub(crate) code: String,
    pub(crate) hash: String,
}

impl OneTimeToken {
    /// A new token for the owner of `email`.
    pub(crate) fn new(email: &str) -> Self {
        let code = format!("{:06}", rand::random_range(0..1_000_000_u32));
        let hash = hash(email, &code);
        Self { code, hash }
    }

    /// The same; if a browser began with PKCE, the hash says so.
    pub(crate) fn of(email: &str, flow: Option<&Flow>) -> Self {
        let mut token = Self::new(email);
        if flow.is_some() {
            token.hash.insert_str(0, flow::PREFIX);
        }
        token
    }
}

/// The stored hash of a code: the SHA-224 of address and code, in hexadecimal.
pub(crate) fn hash(email: &str, code: &str) -> String {
    use std::fmt::Write as _;
    let digest = Sha224::digest(format!("{email}{code}").as_bytes());
    digest
        .iter()
        .fold(String::with_capacity(56), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

pub(crate) async fn store_confirmation(
    db: &mut PgConnection,
    user: &User,
    hash: &str,
    invited: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update auth.users set confirmation_token = $2, confirmation_sent_at = now(), updated_at = now(), \
         invited_at = case when $3 then now() else invited_at end where id = $1",
    )
    .bind(user.id)
    .bind(hash)
    .bind(invited)
    .execute(&mut *db)
    .await?;
    store_row(db, user.id, "confirmation_token", &user.email, hash).await
}

pub(crate) async fn store_recovery(
    db: &mut PgConnection,
    user: &User,
    hash: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update auth.users set recovery_token = $2, recovery_sent_at = now(), updated_at = now() where id = $1",
    )
    .bind(user.id)
    .bind(hash)
    .execute(&mut *db)
    .await?;
    store_row(db, user.id, "recovery_token", &user.email, hash).await
}

/// Stores the hashes for the current and the new address; one that is not given stays as it is.
pub(crate) async fn store_email_change(
    db: &mut PgConnection,
    user: &User,
    email: &str,
    for_current: Option<&str>,
    for_new: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update auth.users set email_change = $2, \
         email_change_token_current = coalesce($3, email_change_token_current), \
         email_change_token_new = coalesce($4, email_change_token_new), \
         email_change_sent_at = now(), email_change_confirm_status = 0, updated_at = now() where id = $1",
    )
    .bind(user.id)
    .bind(email)
    .bind(for_current)
    .bind(for_new)
    .execute(&mut *db)
    .await?;
    if let Some(hash) = for_current {
        store_row(db, user.id, "email_change_token_current", &user.email, hash).await?;
    }
    if let Some(hash) = for_new {
        store_row(db, user.id, "email_change_token_new", email, hash).await?;
    }
    Ok(())
}

async fn store_row(
    db: &mut PgConnection,
    user: Uuid,
    kind: &'static str,
    email: &str,
    hash: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to) \
         values (gen_random_uuid(), $1, $2::auth.one_time_token_type, $3, lower($4)) \
         on conflict (user_id, token_type) do update set id = excluded.id, token_hash = excluded.token_hash, \
         relates_to = excluded.relates_to, created_at = now(), updated_at = now()",
    )
    .bind(user)
    .bind(kind)
    .bind(hash)
    .bind(email)
    .execute(db)
    .await?;
    Ok(())
}

/// Spends all mailed links of a user.
pub(crate) async fn spend_links(db: &mut PgConnection, user: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("delete from auth.one_time_tokens where user_id = $1")
        .bind(user)
        .execute(db)
        .await?;
    Ok(())
}

/// What a token proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Confirmation,
    Recovery,
    EmailChange,
}

impl Purpose {
    const fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Confirmation => &["confirmation_token"],
            Self::Recovery => &["recovery_token"],
            Self::EmailChange => &["email_change_token_current", "email_change_token_new"],
        }
    }
}

/// Whose token was shown. The user's row is locked, so that one token opens one session.
pub(crate) struct Found {
    pub(crate) user: User,
    /// None if the token is wrong or has expired.
    pub(crate) proves: Option<Purpose>,
    /// As it is stored.
    pub(crate) hash: String,
}

/// Looks a link up. `seconds` is how long it is valid.
pub(crate) async fn find_link(
    db: &mut PgConnection,
    hashes: &[String],
    wanted: &[Purpose],
    seconds: i64,
) -> Result<Option<Found>, sqlx::Error> {
    let kinds: Vec<_> = wanted.iter().flat_map(|purpose| purpose.kinds()).collect();
    // The user first, like whatever stores a token; then the token as it is by now.
    sqlx::query(
        "select from auth.users where id in (select user_id from auth.one_time_tokens where token_hash = any($1)) \
         for update",
    )
    .bind(hashes)
    .execute(&mut *db)
    .await?;
    let found = sqlx::query_as::<_, (Uuid, String, String, Option<bool>)>(
        "select t.user_id, t.token_type::text, t.token_hash, case t.token_type \
           when 'confirmation_token' then u.confirmation_sent_at \
           when 'recovery_token' then u.recovery_sent_at \
           else u.email_change_sent_at end + make_interval(secs => $3::double precision) > now() \
         from auth.one_time_tokens t join auth.users u on u.id = t.user_id \
         where t.token_hash = any($1) and t.token_type::text = any($2)",
    )
    .bind(hashes)
    .bind(kinds)
    .bind(seconds)
    .fetch_optional(&mut *db)
    .await?;
    let Some((user, kind, hash, fresh)) = found else {
        return Ok(None);
    };
    let mut wanted = wanted.iter().copied();
    let purpose = wanted.find(|purpose| purpose.kinds().contains(&kind.as_str()));
    Ok(User::by_id(db, user).await?.map(|user| Found {
        user,
        proves: purpose.filter(|_| fresh == Some(true)),
        hash,
    }))
}

/// Compares a code with those that were mailed to its address, with PKCE or without.
pub(crate) async fn find_code(
    db: &mut PgConnection,
    email: &str,
    hash: String,
    wanted: &[Purpose],
    seconds: i64,
) -> Result<Option<Found>, sqlx::Error> {
    let found = sqlx::query_as::<_, (Uuid, Option<bool>, Option<bool>)>(
        "select id, confirmation_token in ($2, $3) \
           and confirmation_sent_at + make_interval(secs => $4::double precision) > now(), \
         recovery_token in ($2, $3) and recovery_sent_at + make_interval(secs => $4::double precision) > now() \
         from auth.users where lower(email) = $1 and aud = 'authenticated' and is_sso_user = false for update",
    )
    .bind(email)
    .bind(&hash)
    .bind(format!("{}{hash}", flow::PREFIX))
    .bind(seconds)
    .fetch_optional(&mut *db)
    .await?;
    let Some((user, confirms, recovers)) = found else {
        return Ok(None);
    };
    let is_right = |purpose: &Purpose| match purpose {
        Purpose::Confirmation => confirms == Some(true),
        Purpose::Recovery => recovers == Some(true),
        Purpose::EmailChange => false,
    };
    let proves = wanted.iter().copied().find(is_right);
    Ok(User::by_id(db, user)
        .await?
        .map(|user| Found { user, proves, hash }))
}

#[cfg(test)]
mod tests {
    use super::OneTimeToken;

    #[test]
    fn a_code_has_six_digits_and_its_hash_depends_on_the_address() {
        let token = OneTimeToken::new("a@example.com");
        assert_eq!(token.code.len(), 6);
        assert_eq!(token.hash.len(), 56);
        assert_ne!(super::hash("b@example.com", &token.code), token.hash);
    }
}
