//! Hooks: a project's Postgres functions that Auth calls as `supabase_auth_admin`.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection, types::Json};
use uuid::Uuid;

use super::error::AuthError;

/// Calls the Postgres function `schema.function` with `input` and returns its answer.
///
/// # Errors
/// The function's `{"error":{http_code,message}}`, or a 500 if it is missing,
/// raises, or takes more than two seconds. The transaction is aborted after a failed call.
pub(crate) async fn ask(
    db: &mut PgConnection,
    function: &str,
    input: &Value,
) -> Result<Value, AuthError> {
    let answer = call(db, function, input).await.map_err(|source| {
        tracing::warn!(hook.function = function, error = %source, "auth.hook_failed");
        let uri = format!("pg-functions://postgres/{}", function.replace('.', "/"));
        AuthError::internal(format!("Error running hook URI: {uri}"))
    })?;
    match refusal(&answer) {
        Some(refused) => Err(refused),
        None => Ok(answer),
    }
}

async fn call(db: &mut PgConnection, function: &str, input: &Value) -> Result<Value, sqlx::Error> {
    sqlx::query("set local statement_timeout to '2000'")
        .execute(&mut *db)
        .await?;
    let statement = format!("select {}($1::jsonb)", quoted(function));
    // Safe: the name comes from the project's own settings and is quoted part by part.
    let answer = sqlx::query_scalar::<_, Option<Json<Value>>>(AssertSqlSafe(statement))
        .bind(Json(input))
        .fetch_one(&mut *db)
        .await?;
    sqlx::query("set local statement_timeout to default")
        .execute(db)
        .await?;
    Ok(answer.map_or(Value::Null, |Json(answer)| answer))
}

fn quoted(function: &str) -> String {
    let parts: Vec<String> = function
        .split('.')
        .map(|part| format!("\"{}\"", part.replace('"', "\"\"")))
        .collect();
    parts.join(".")
}

/// An error without a message is ignored; one without a code is a 500. As in GoTrue.
fn refusal(answer: &Value) -> Option<AuthError> {
    let error = answer.get("error")?;
    let message = error
        .get("message")?
        .as_str()
        .filter(|message| !message.is_empty())?;
    let status = error
        .get("http_code")
        .and_then(Value::as_u64)
        .and_then(|code| u16::try_from(code).ok())
        .and_then(|code| StatusCode::from_u16(code).ok())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Some(AuthError::new(status, "", message))
}

/// What GoTrue tells every hook about the request.
pub(crate) fn metadata(name: &str, now: DateTime<Utc>, ip_address: Option<&str>) -> Value {
    let mut metadata = json!({ "uuid": Uuid::new_v4(), "time": now, "name": name });
    if let Some(ip_address) = ip_address {
        metadata["ip_address"] = json!(ip_address);
    }
    metadata
}

/// Whether a hook's claims may be signed: GoTrue's schema of required claims.
pub(crate) fn check_claims(claims: &Value) -> Result<(), AuthError> {
    const STRINGS: [&str; 6] = ["sub", "email", "phone", "role", "aal", "session_id"];
    let mut problems = Vec::new();
    let mut demand = |right: bool, name: &str, wanted: &str| {
        if claims.get(name).is_none() {
            problems.push(format!("- (root): {name} is required\n"));
        } else if !right {
            problems.push(format!("- {name}: Invalid type. Expected: {wanted}\n"));
        }
    };
    let has = |name: &str, is: fn(&Value) -> bool| claims.get(name).is_some_and(is);
    demand(
        has("aud", |aud| aud.is_string() || aud.is_array()),
        "aud",
        "string or array",
    );
    demand(
        has("exp", |exp| exp.is_i64() || exp.is_u64()),
        "exp",
        "integer",
    );
    demand(
        has("iat", |iat| iat.is_i64() || iat.is_u64()),
        "iat",
        "integer",
    );
    for name in STRINGS {
        demand(has(name, Value::is_string), name, "string");
    }
    demand(true, "is_anonymous", "boolean");
    if problems.is_empty() {
        return Ok(());
    }
    Err(AuthError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "",
        format!(
            "output claims do not conform to the expected schema: \n{}",
            problems.concat()
        ),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{check_claims, quoted, refusal};

    #[test]
    fn a_function_s_name_is_quoted_part_by_part() {
        assert_eq!(quoted("private.may_sign_up"), "\"private\".\"may_sign_up\"");
        assert_eq!(quoted("a\"; drop"), "\"a\"\"; drop\"");
    }

    #[test]
    fn a_hook_refuses_with_a_message_only() {
        assert!(refusal(&json!({})).is_none());
        assert!(refusal(&json!({ "error": { "http_code": 403 } })).is_none());
        let refused = refusal(&json!({ "error": { "http_code": 403, "message": "No" } })).unwrap();
        assert_eq!(refused.status().as_u16(), 403);
        let refused = refusal(&json!({ "error": { "message": "No" } })).unwrap();
        assert_eq!(refused.status().as_u16(), 500);
    }

    #[test]
    fn claims_without_a_subject_are_not_signed() {
        let mut claims = json!({
            "aud": "authenticated", "exp": 2, "iat": 1, "sub": "x", "email": "", "phone": "",
            "role": "authenticated", "aal": "aal1", "session_id": "y", "is_anonymous": false,
        });
        assert!(check_claims(&claims).is_ok());
        claims.as_object_mut().unwrap().remove("sub");
        assert!(
            check_claims(&claims)
                .unwrap_err()
                .message()
                .contains("sub is required")
        );
    }
}
