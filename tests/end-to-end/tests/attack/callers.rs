//! Who knocks, with what in their hands.

use Expected::{Gone, NotLetIn, Unauthenticated};
use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::{Map, Value};
use testkit::{
    access_token, access_token_with,
    people::{Person, read},
    shared_environment,
};
use uuid::Uuid;

/// What a caller must meet at every door that is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// 401.
    Unauthenticated,
    /// 403.
    NotLetIn,
    /// 401 or 403: a rejection ends the sessions as well.
    Gone,
}

/// Tokens that must open nothing.
pub async fn outsiders(victim: &Person) -> Result<Vec<(&'static str, Option<String>, Expected)>> {
    let environment = shared_environment()?;
    let get = |name: &str| environment.get(name).cloned().context("no such setting");
    let (url, secret) = (get("SUPABASE_URL")?, get("SUPABASE_JWT_SECRET")?);
    let user: Uuid = victim.user_id.parse()?;
    let genuine = access_token(&url, &secret, user)?;
    let with = |claim: &str, value: Value| {
        access_token_with(
            &url,
            &secret,
            user,
            Map::from_iter([(claim.to_owned(), value)]),
        )
    };

    let pending = Person::with(&environment, "pending", "user", "pending").await?;
    let rejected = Person::approved(&environment, "rejected").await?;
    rejected.set_status("rejected").await?;
    let ended = Person::approved(&environment, "ended").await?;
    read(ended.api(Method::POST, "/api/auth/logout"))
        .await?
        .success()?;

    Ok(vec![
        ("nobody", None, Unauthenticated),
        ("garbage", Some("x.y.z".to_owned()), Unauthenticated),
        (
            "another project's key",
            Some(access_token(
                &url,
                "another-secret-of-at-least-32-characters",
                user,
            )?),
            Unauthenticated,
        ),
        (
            "another project",
            Some(access_token("https://other.supabase.co", &secret, user)?),
            Unauthenticated,
        ),
        (
            "an expired token",
            Some(with("exp", 1_000_000_000_u64.into())?),
            Unauthenticated,
        ),
        (
            "a token for later",
            Some(with("nbf", 3_999_999_999_u64.into())?),
            Unauthenticated,
        ),
        (
            "another audience",
            Some(with("aud", "anon".into())?),
            Unauthenticated,
        ),
        (
            "no algorithm",
            Some(without_signature(&genuine)?),
            Unauthenticated,
        ),
        (
            "a cut signature",
            Some(genuine[..genuine.len() - 2].to_owned()),
            Unauthenticated,
        ),
        (
            "the anon key",
            Some(get("SUPABASE_ANON_KEY")?),
            Unauthenticated,
        ),
        (
            "the service key",
            Some(get("SUPABASE_SERVICE_ROLE_KEY")?),
            Unauthenticated,
        ),
        (
            "a session that has ended",
            Some(ended.access_token),
            Unauthenticated,
        ),
        ("somebody pending", Some(pending.access_token), NotLetIn),
        ("somebody rejected", Some(rejected.access_token), Gone),
    ])
}

/// The claims of `token`, under a header that says that nothing has to be signed.
fn without_signature(token: &str) -> Result<String> {
    let claims = token.split('.').nth(1).context("claims")?;
    // {"alg":"none","typ":"JWT"}
    Ok(format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}."))
}
