//! The caller: the bearer of a token.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION, request::Parts},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

use super::{error::AuthError, state::Auth, user::User};

/// A caller whose token is valid, whose user exists and whose session has not ended.
#[derive(Debug)]
pub(crate) struct SignedIn {
    pub(crate) user: User,
    pub(crate) session: Option<Uuid>,
}

/// The bearer of a token that may administer: `service_role` or `supabase_admin`.
#[derive(Debug)]
pub(crate) struct Admin;

fn claims_of(headers: &HeaderMap, auth: &Auth) -> Result<Value, AuthError> {
    let token = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty())
        .map(|(_, token)| token.trim())
        .ok_or_else(|| {
            AuthError::new(
                StatusCode::UNAUTHORIZED,
                "no_authorization",
                "This endpoint requires a valid Bearer token",
            )
        })?;
    auth.keys.verify(token).map_err(|source| {
        AuthError::forbidden(
            "bad_jwt",
            format!(
                "invalid JWT: unable to parse or verify signature, {}",
                jwt_problem(token, &source)
            ),
        )
    })
}

fn is_administrator(claims: &Value) -> bool {
    let role = claims.get("role").and_then(Value::as_str);
    matches!(role, Some("service_role" | "supabase_admin"))
}

/// Whether the request bears a token that may administer.
pub(crate) fn may_administer(headers: &HeaderMap, auth: &Auth) -> bool {
    claims_of(headers, auth).is_ok_and(|claims| is_administrator(&claims))
}

impl FromRequestParts<Auth> for SignedIn {
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, auth: &Auth) -> Result<Self, AuthError> {
        let claims = claims_of(&parts.headers, auth)?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("sub").is_empty() {
            return Err(AuthError::forbidden(
                "bad_jwt",
                "invalid claim: missing sub claim",
            ));
        }
        let id = Uuid::parse_str(text("sub")).map_err(|_| {
            AuthError::bad_request("bad_jwt", "invalid claim: sub claim must be a UUID")
        })?;
        let mut db = auth.pool.acquire().await?;
        let user = User::by_id(&mut db, id).await?.ok_or_else(|| {
            AuthError::forbidden(
                "user_not_found",
                "User from sub claim in JWT does not exist",
            )
        })?;
        let session = match text("session_id") {
            "" => None,
            named => {
                let id = Uuid::parse_str(named).map_err(|_| {
                    AuthError::forbidden(
                        "bad_jwt",
                        "invalid claim: session_id claim must be a UUID",
                    )
                })?;
                let found =
                    sqlx::query_scalar::<_, Uuid>("select id from auth.sessions where id = $1")
                        .bind(id)
                        .fetch_optional(&mut *db)
                        .await?;
                Some(found.ok_or_else(|| {
                    AuthError::forbidden(
                        "session_not_found",
                        "Session from session_id claim in JWT does not exist",
                    )
                })?)
            }
        };
        if user.is_banned {
            return Err(AuthError::forbidden("user_banned", "User is banned"));
        }
        Ok(Self { user, session })
    }
}

impl FromRequestParts<Auth> for Admin {
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, auth: &Auth) -> Result<Self, AuthError> {
        let claims = claims_of(&parts.headers, auth)?;
        if is_administrator(&claims) {
            Ok(Self)
        } else {
            Err(AuthError::forbidden("not_admin", "User not allowed"))
        }
    }
}

/// A JSON body, parsed as GoTrue does: any content type, null for absent.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Auth> for Body<T> {
    type Rejection = AuthError;

    async fn from_request(request: Request, auth: &Auth) -> Result<Self, AuthError> {
        let bytes = Bytes::from_request(request, auth).await.map_err(|_| {
            AuthError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "request_entity_too_large",
                "Request body too large",
            )
        })?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|source| json_problem(&bytes, &source))
    }
}

/// Reads null as the default, for `#[serde(deserialize_with)]`.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The address in lower case, as it is stored.
pub(crate) fn valid_email(address: &str) -> Result<String, AuthError> {
    if address.is_empty() {
        return Err(AuthError::invalid("An email address is required"));
    }
    if address.len() > 255 {
        return Err(AuthError::invalid("An email address is too long"));
    }
    let well_formed = address.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && local
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte))
            && host.split('.').all(is_label)
    });
    if well_formed {
        Ok(address.to_lowercase())
    } else {
        Err(AuthError::invalid(
            "Unable to validate email address: invalid format",
        ))
    }
}

/// Whether this is a part of a domain's name.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Go's words for a token that can't be read.
fn jwt_problem(token: &str, source: &jwt::errors::Error) -> String {
    use jwt::errors::ErrorKind;
    if token.split('.').count() != 3 {
        return "token is malformed: token contains an invalid number of segments".to_owned();
    }
    match source.kind() {
        ErrorKind::InvalidSignature => {
            "token signature is invalid: signature is invalid".to_owned()
        }
        ErrorKind::ExpiredSignature => "token has invalid claims: token is expired".to_owned(),
        _ => format!("token is malformed: {source}"),
    }
}

/// Go's words for a body that can't be read.
fn json_problem(bytes: &[u8], source: &serde_json::Error) -> AuthError {
    let problem = if bytes.is_empty() || source.is_eof() {
        "unexpected end of JSON input".to_owned()
    } else {
        source.to_string()
    };
    AuthError::bad_request(
        "bad_json",
        format!("Could not parse request body as JSON: {problem}"),
    )
}

#[cfg(test)]
mod tests {
    use super::valid_email;

    #[test]
    fn addresses_are_stored_in_lower_case() {
        assert_eq!(
            valid_email("Ann.Lee+x@Example.COM").unwrap(),
            "ann.lee+x@example.com"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "ann@ex ample.com",
            "a@b@c",
            "ann@.com",
            "änn@example.com",
            "ann@müller.example.com",
            "\"ann b\"@example.com",
            " ann@example.com",
        ] {
            assert!(valid_email(wrong).is_err(), "{wrong}");
        }
    }
}
