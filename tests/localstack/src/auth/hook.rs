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
/// Outside of a transaction the time is not limited: GoTrue's `set local` then does nothing.
pub(crate) async fn ask(
    db: &mut PgConnection,
    function: &str,
    input: &Value,
) -> Result<Value, AuthError> {
    let answer = call(db, function, input).await.map_err(|source| {
        tracing::warn!(hook.function = function, error = %source, "auth.hook_failed");
        let uri = format!("pg-functions://postgres/{}", function.replace('.', "/"));
        AuthError::internal(format!("Error running hook URI: {uri}")).showing(&source)
    })?;
    if let Some(refused) = refusal(&answer) {
        return Err(refused);
    }
    match answer {
        Value::Object(_) | Value::Null => Ok(answer),
        _ => Err(AuthError::internal("Error unmarshaling JSON output.")),
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

/// An error without a message, or whose code is no number, is ignored; one without a code is a 500,
/// and one with a code that HTTP does not know makes GoTrue panic.
fn refusal(answer: &Value) -> Option<AuthError> {
    let error = answer.get("error")?;
    let message = error
        .get("message")?
        .as_str()
        .filter(|message| !message.is_empty())?;
    let status = match error.get("http_code") {
        None | Some(Value::Null) => StatusCode::INTERNAL_SERVER_ERROR,
        Some(code) => match code.as_i64()? {
            0 => StatusCode::INTERNAL_SERVER_ERROR,
            code => {
                let known = u16::try_from(code).map(StatusCode::from_u16);
                let Ok(Ok(status)) = known else {
                    return Some(AuthError::panicked());
                };
                status
            }
        },
    };
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

/// What GoTrue's schema demands of a claim: its name, whether it must be there, its type.
type Demand = (&'static str, bool, &'static str, fn(&Value) -> bool);
const CLAIMS: [Demand; 12] = [
    ("aud", true, "string/array", |aud| {
        aud.is_string() || aud.is_array()
    }),
    ("exp", true, "integer", is_integer),
    ("iat", true, "integer", is_integer),
    ("sub", true, "string", Value::is_string),
    ("email", true, "string", Value::is_string),
    ("phone", true, "string", Value::is_string),
    ("role", true, "string", Value::is_string),
    ("aal", true, "string", Value::is_string),
    ("session_id", true, "string", Value::is_string),
    ("is_anonymous", true, "boolean", Value::is_boolean),
    ("app_metadata", false, "object", Value::is_object),
    ("user_metadata", false, "object", Value::is_object),
];

fn is_integer(value: &Value) -> bool {
    value.is_i64() || value.is_u64()
}

/// The type of a value, in JSON schema's words.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) if is_integer(value) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether a hook's claims may be signed: GoTrue's schema of claims.
pub(crate) fn check_claims(claims: &Value) -> Result<(), AuthError> {
    let mut problems = Vec::new();
    if let Some(claims) = claims.as_object() {
        for (name, required, wanted, is_right) in CLAIMS {
            match claims.get(name) {
                None if required => problems.push(format!("- (root): {name} is required\n")),
                Some(value) if !is_right(value) => problems.push(format!(
                    "- {name}: Invalid type. Expected: {wanted}, given: {}\n",
                    type_of(value)
                )),
                _ => {}
            }
        }
    } else {
        problems.push(format!(
            "- (root): Invalid type. Expected: object, given: {}\n",
            type_of(claims)
        ));
    }
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
    fn a_code_that_is_no_number_is_no_refusal() {
        let error =
            |code: serde_json::Value| json!({ "error": { "http_code": code, "message": "No" } });
        assert!(refusal(&error(json!("403"))).is_none());
        assert_eq!(refusal(&error(json!(429))).unwrap().status().as_u16(), 429);
        assert_eq!(
            refusal(&error(json!(99))).unwrap().message(),
            "Internal Server Error"
        );
    }

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
