//! `/admin/users`, for the bearer of a service token.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use url::form_urlencoded;
use uuid::Uuid;

use super::{
    account::email_exists,
    caller::{Admin, Body, or_default, valid_email},
    changes::Spared,
    error::{AuthError, Saying},
    password::random_password,
    state::Auth,
    user::{AUDIENCE, NewUser, User, UserPage, add_email_identity, add_phone_identity},
};

#[derive(Debug, Deserialize)]
pub(crate) struct PageQuery {
    page: Option<String>,
    per_page: Option<String>,
    #[serde(default)]
    filter: String,
}

pub(crate) async fn list_users(
    State(auth): State<Auth>,
    _: Admin,
    Query(query): Query<PageQuery>,
) -> Result<Response, AuthError> {
    let number = |given: Option<&str>, default: i64| match given {
        None | Some("") => Ok(default),
        Some(text) => text.parse::<u32>().map(i64::from).map_err(|_| {
            AuthError::invalid(format!(
                "Bad Pagination Parameters: strconv.ParseUint: parsing {text:?}: invalid syntax"
            ))
        }),
    };
    let wanted = UserPage {
        page: number(query.page.as_deref(), 1)?.max(1),
        per_page: number(query.per_page.as_deref(), 50)?,
        filter: query.filter,
    };
    if wanted.per_page == 0 {
        // It divides by this.
        return Err(AuthError::panicked());
    }
    let (users, total) = User::page(&mut *auth.pool.acquire().await?, &wanted)
        .await
        .saying("Database error finding users")?;
    let last = total.div_euclid(wanted.per_page) + i64::from(total % wanted.per_page != 0);
    let address = |page: i64| {
        // As Go writes a query: the names in their order.
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !wanted.filter.is_empty() {
            query.append_pair("filter", &wanted.filter);
        }
        query
            .append_pair("page", &page.to_string())
            .append_pair("per_page", &wanted.per_page.to_string());
        format!("</admin/users?{}>", query.finish())
    };
    let next = if last > wanted.page {
        format!("{}; rel=\"next\", ", address(wanted.page + 1))
    } else {
        String::new()
    };
    let link = format!("{next}{}; rel=\"last\"", address(last));
    let mut headers = HeaderMap::new();
    headers.insert("x-total-count", total.into());
    if let Ok(link) = link.parse() {
        headers.insert("link", link);
    }
    Ok((headers, Json(json!({ "users": users, "aud": AUDIENCE }))).into_response())
}

/// The fields of a user that an administrator may set.
#[derive(Debug, Deserialize)]
pub(crate) struct UserSettings {
    #[serde(default, deserialize_with = "or_default")]
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    role: String,
    #[serde(default, deserialize_with = "or_default")]
    email: String,
    #[serde(default, deserialize_with = "or_default")]
    phone: String,
    password: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    password_hash: String,
    #[serde(default, deserialize_with = "or_default")]
    email_confirm: bool,
    user_metadata: Option<Map<String, Value>>,
    app_metadata: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "or_default")]
    ban_duration: String,
}

pub(crate) async fn create_user(
    State(auth): State<Auth>,
    _: Admin,
    Body(wanted): Body<UserSettings>,
) -> Result<Json<User>, AuthError> {
    if wanted.email.is_empty() && wanted.phone.is_empty() {
        return Err(AuthError::invalid(
            "Cannot create a user without either an email or phone",
        ));
    }
    let phone = wanted.phone.trim_start_matches('+');
    let email = if wanted.email.is_empty() {
        String::new()
    } else {
        let email = valid_email(&wanted.email)?;
        let known = User::by_email(&mut *auth.pool.acquire().await?, &email).await?;
        if known.is_some() {
            return Err(email_exists());
        }
        email
    };
    if wanted.password.is_some() && !wanted.password_hash.is_empty() {
        return Err(AuthError::invalid(
            "Only a password or a password hash should be provided",
        ));
    }
    let ban = ban_seconds(&wanted.ban_duration)?;
    let hash = if wanted.password_hash.is_empty() {
        let password = wanted
            .password
            .filter(|password| !password.is_empty())
            .unwrap_or_else(random_password);
        if password.len() > 72 {
            return Err(AuthError::panicked());
        }
        auth.passwords.hash(password).await?
    } else {
        wanted.password_hash
    };
    let mut new = NewUser::new(email, Some(hash), wanted.user_metadata.unwrap_or_default());
    phone.clone_into(&mut new.phone);
    if !wanted.id.is_empty() {
        new.id = Uuid::parse_str(&wanted.id)
            .map_err(|_| AuthError::invalid("ID must conform to the uuid v4 format"))?;
        if new.id.is_nil() {
            return Err(AuthError::invalid("ID cannot be a nil uuid"));
        }
    }
    let failing = "Database error creating new user";
    let role = if wanted.role.is_empty() {
        "authenticated"
    } else {
        &wanted.role
    };
    let mut tx = auth.pool.begin().await?;
    let user = new.save(&mut tx, role, failing).await?;
    if !user.email.is_empty() {
        add_email_identity(&mut tx, user.id, &user.email, None)
            .await
            .saying(failing)?;
    }
    if !user.phone.is_empty() {
        add_phone_identity(&mut tx, user.id, &user.phone)
            .await
            .saying(failing)?;
    }
    if let Some(changes) = &wanted.app_metadata {
        user.merge_app_metadata(&mut tx, changes)
            .await
            .saying(failing)?;
    }
    if wanted.email_confirm {
        user.confirm(&mut tx).await.saying(failing)?;
    }
    if let Some(seconds) = ban {
        user.ban(&mut tx, seconds).await.saying(failing)?;
    }
    let mut user = user.reload(&mut tx).await?;
    tx.commit().await.saying(failing)?;
    // GoTrue has not read the generated column.
    user.confirmed_at = None;
    Ok(Json(user))
}

/// The user that a path names.
pub(crate) async fn existing(db: &mut PgConnection, id: &str) -> Result<User, AuthError> {
    let id = Uuid::parse_str(id)
        .map_err(|_| AuthError::not_found("validation_failed", "user_id must be an UUID"))?;
    User::by_id(db, id)
        .await?
        .ok_or_else(|| AuthError::not_found("user_not_found", "User not found"))
}

pub(crate) async fn get_user(
    State(auth): State<Auth>,
    _: Admin,
    Path(id): Path<String>,
) -> Result<Json<User>, AuthError> {
    Ok(Json(existing(&mut *auth.pool.acquire().await?, &id).await?))
}

pub(crate) async fn update_user(
    State(auth): State<Auth>,
    _: Admin,
    Path(id): Path<String>,
    Body(wanted): Body<UserSettings>,
) -> Result<Json<User>, AuthError> {
    let user = existing(&mut *auth.pool.acquire().await?, &id).await?;
    if !wanted.phone.is_empty() {
        return Err(AuthError::bad_request(
            "phone_provider_disabled",
            "Phone signups are disabled",
        ));
    }
    let email = if wanted.email.is_empty() {
        None
    } else {
        Some(valid_email(&wanted.email)?)
    };
    let ban = ban_seconds(&wanted.ban_duration)?;
    let hash = match wanted.password {
        Some(password) => {
            auth.passwords.check_strength(&password)?;
            Some(auth.passwords.hash(password).await?)
        }
        None => None,
    };
    let failing = "Error updating user";
    let mut tx = auth.pool.begin().await?;
    if !wanted.role.is_empty() {
        user.set_role(&mut tx, &wanted.role).await.saying(failing)?;
    }
    if wanted.email_confirm {
        user.confirm(&mut tx).await.saying(failing)?;
    }
    if let Some(hash) = hash {
        user.store_password(&mut tx, Some(&hash), Spared::None)
            .await
            .saying(failing)?;
    }
    if let Some(email) = email {
        add_email_identity(&mut tx, user.id, &email, None)
            .await
            .saying(failing)?;
        user.set_email(&mut tx, &email).await.saying(failing)?;
    }
    if let Some(changes) = &wanted.app_metadata {
        user.merge_app_metadata(&mut tx, changes)
            .await
            .saying(failing)?;
    }
    if let Some(changes) = &wanted.user_metadata {
        // Confirming has just written to it too.
        user.reload(&mut tx)
            .await?
            .merge_user_metadata(&mut tx, changes)
            .await
            .saying(failing)?;
    }
    if let Some(seconds) = ban {
        user.ban(&mut tx, seconds).await.saying(failing)?;
    }
    let mut shown = user.reload(&mut tx).await?;
    tx.commit().await.saying(failing)?;
    // Those that GoTrue read before it changed them.
    shown.identities = user.identities;
    Ok(Json(shown))
}

#[derive(Debug, Default, Deserialize)]
struct Deletion {
    #[serde(default)]
    should_soft_delete: bool,
}

pub(crate) async fn delete_user(
    State(auth): State<Auth>,
    _: Admin,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, AuthError> {
    let user = existing(&mut *auth.pool.acquire().await?, &id).await?;
    let wanted = if body.is_empty() {
        Deletion::default()
    } else {
        serde_json::from_slice(&body).map_err(|source| {
            AuthError::bad_request(
                "bad_json",
                format!("Could not parse request body as JSON: {source}"),
            )
        })?
    };
    let mut tx = auth.pool.begin().await?;
    if wanted.should_soft_delete {
        user.soft_delete(&mut tx)
            .await
            .saying("Error soft deleting user")?;
    } else {
        user.delete(&mut tx)
            .await
            .saying("Database error deleting user")?;
    }
    tx.commit().await.saying("Database error deleting user")?;
    Ok(Json(json!({})))
}

/// A ban in Go's duration format (`24h`, `1h30m`), in seconds; `none` is 0, empty is no change.
fn ban_seconds(text: &str) -> Result<Option<f64>, AuthError> {
    let wrong = || {
        AuthError::invalid(format!(
            "invalid format for ban duration: time: invalid duration {text:?}"
        ))
    };
    match text {
        "" => return Ok(None),
        "none" | "0" => return Ok(Some(0.0)),
        _ => {}
    }
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .ok_or_else(wrong)?;
        let amount: f64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let unit = rest
            .find(|letter: char| letter.is_ascii_digit())
            .unwrap_or(rest.len());
        seconds += amount
            * match &rest[..unit] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 1e-3,
                "us" | "µs" => 1e-6,
                "ns" => 1e-9,
                _ => return Err(wrong()),
            };
        rest = &rest[unit..];
    }
    Ok(Some(sign * seconds))
}

#[cfg(test)]
mod tests {
    use super::ban_seconds;

    #[test]
    fn bans_are_read_as_go_writes_durations() {
        assert_eq!(ban_seconds("").unwrap(), None);
        assert_eq!(ban_seconds("none").unwrap(), Some(0.0));
        assert_eq!(ban_seconds("1h30m").unwrap(), Some(5400.0));
        assert_eq!(ban_seconds("876000h").unwrap(), Some(876_000.0 * 3600.0));
        assert_eq!(ban_seconds("-1h").unwrap(), Some(-3600.0));
        assert!(ban_seconds("forever").is_err());
        assert!(ban_seconds("-").is_err());
        assert!(ban_seconds("10").is_err());
    }
}
