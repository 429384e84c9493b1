use serde::Deserialize;

/// Why reading or writing rows as the caller failed.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// There is no such row, or the caller may not see it.
    #[error("no such row")]
    NotFound,
    /// The token is not accepted (PGRST300 to 303).
    #[error("the token was not accepted")]
    SignedOut,
    /// The token's session has ended (PT401).
    #[error("the session has ended")]
    SessionEnded,
    /// The caller may not do this (42501).
    #[error("not allowed")]
    Forbidden,
    /// A value that must be unique is taken (23505).
    #[error("taken: {constraint}")]
    Taken {
        /// Name of the constraint or index.
        constraint: String,
    },
    /// A foreign key violation, in either direction (23503).
    #[error("foreign key violated: {constraint}")]
    Reference {
        /// Name of the constraint.
        constraint: String,
    },
    /// A check constraint is violated (23514), or a required value is missing (23502).
    #[error("check violated: {constraint}")]
    Check {
        /// Name of the constraint, or of the missing column.
        constraint: String,
    },
    /// A database rule refused with its own error (SQLSTATE `PT<status>`).
    #[error("refused: {code}")]
    Refused {
        /// The rule's HTTP status.
        status: u16,
        /// Stable code.
        code: String,
        /// What is wrong, in words.
        detail: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A value that its column cannot hold (class 22).
    #[error("a value does not fit its column ({sqlstate})")]
    BadValue {
        /// Postgres's code.
        sqlstate: String,
    },
    /// Somebody else was changing the same rows (55P03, 40001), or waited for rows that this statement had (40P01).
    #[error("rows are locked ({sqlstate})")]
    Locked {
        /// Postgres's code.
        sqlstate: String,
    },
    /// The statement timed out (57014), or no answer came in time.
    #[error("timed out")]
    TimedOut,
    /// PostgREST or its database cannot be reached just now.
    #[error("PostgREST cannot be reached")]
    Unreachable(#[source] Option<reqwest::Error>),
    /// An unexpected answer. Its text is left out: it may contain row values.
    #[error("unexpected answer {status} ({code})")]
    Unexpected {
        /// HTTP status.
        status: u16,
        /// PostgREST's or Postgres's code, if any.
        code: String,
    },
    /// The value to write, or an answer, is not a JSON object.
    #[error("JSON")]
    Json(#[from] serde_json::Error),
}

impl From<reqwest::Error> for RowsError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::TimedOut
        } else {
            // The URL contains search texts.
            Self::Unreachable(Some(error.without_url()))
        }
    }
}

#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    details: Option<String>,
    #[serde(default)]
    hint: Option<String>,
}

impl RowsError {
    /// Classifies PostgREST's answer with `status` and `body`.
    pub(crate) fn from_answer(status: u16, body: &[u8]) -> Self {
        let body: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
        let code = body.code.unwrap_or_default();
        let message = body.message.unwrap_or_default();
        let details = body.details.unwrap_or_default();
        if code == "PT401" {
            return Self::SessionEnded;
        }
        if let Some(status) = code
            .strip_prefix("PT")
            .and_then(|status| status.parse().ok())
        {
            return Self::Refused {
                status,
                code: message,
                detail: details,
                hint: body.hint.filter(|hint| !hint.is_empty()),
            };
        }
        let constraint = || quoted_name(&message).unwrap_or_default().to_owned();
        match code.as_str() {
            "PGRST116" => Self::NotFound,
            "PGRST300" | "PGRST301" | "PGRST302" | "PGRST303" => Self::SignedOut,
            "42501" => Self::Forbidden,
            "23505" => Self::Taken {
                constraint: constraint(),
            },
            "23503" => Self::Reference {
                constraint: constraint(),
            },
            "23514" => Self::Check {
                // relation "customers" violates check constraint "…": the last name counts.
                constraint: message.rsplit('"').nth(1).unwrap_or_default().to_owned(),
            },
            "23502" => Self::Check {
                constraint: constraint(),
            },
            "55P03" | "40001" | "40P01" => Self::Locked { sqlstate: code },
            "57014" => Self::TimedOut,
            "PGRST000" | "PGRST001" | "PGRST002" | "PGRST003" | "53300" | "57P03" => {
                Self::Unreachable(None)
            }
            _ if code.len() == 5 && code.starts_with("22") => Self::BadValue { sqlstate: code },
            _ => match status {
                401 => Self::SignedOut,
                403 => Self::Forbidden,
                502..=504 => Self::Unreachable(None),
                _ => Self::Unexpected { status, code },
            },
        }
    }
}

/// The last quoted name: `duplicate key value violates unique constraint "customers_phone_key"`.
fn quoted_name(message: &str) -> Option<&str> {
    message.rsplit('"').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, body: &str) -> RowsError {
        RowsError::from_answer(status, body.as_bytes())
    }

    #[test]
    fn postgrest_errors_get_their_meaning() {
        let taken = error(
            409,
            r#"{"code":"23505","message":"duplicate key value violates unique constraint \"customers_phone_key\"","details":"Key (phone)=(+1) already exists.","hint":null}"#,
        );
        assert!(
            matches!(taken, RowsError::Taken { constraint } if constraint == "customers_phone_key")
        );
        let check = error(
            400,
            r#"{"code":"23514","message":"new row for relation \"campaigns\" violates check constraint \"campaigns_audience_check\""}"#,
        );
        assert!(
            matches!(check, RowsError::Check { constraint } if constraint == "campaigns_audience_check")
        );
        let refused = error(
            409,
            r#"{"code":"PT409","message":"campaign_sending","details":"A campaign…","hint":"Wait."}"#,
        );
        assert!(
            matches!(refused, RowsError::Refused { status: 409, code, .. } if code == "campaign_sending")
        );
        assert!(matches!(
            error(406, r#"{"code":"PGRST116"}"#),
            RowsError::NotFound
        ));
        assert!(matches!(
            error(401, r#"{"code":"PGRST301"}"#),
            RowsError::SignedOut
        ));
        assert!(matches!(
            error(401, r#"{"code":"PT401","message":"session_ended"}"#),
            RowsError::SessionEnded
        ));
        assert!(matches!(
            error(401, r#"{"code":"42501"}"#),
            RowsError::Forbidden
        ));
        assert!(matches!(
            error(500, r#"{"code":"57014"}"#),
            RowsError::TimedOut
        ));
        assert!(matches!(
            error(500, r#"{"code":"55P03"}"#),
            RowsError::Locked { .. }
        ));
        assert!(matches!(
            error(400, r#"{"code":"22P02"}"#),
            RowsError::BadValue { .. }
        ));
    }

    #[test]
    fn answers_that_are_no_postgrest_errors_go_by_their_status() {
        assert!(matches!(
            error(502, "<html>bad gateway"),
            RowsError::Unreachable(None)
        ));
        assert!(matches!(error(401, ""), RowsError::SignedOut));
        assert!(matches!(
            error(418, "{}"),
            RowsError::Unexpected { status: 418, .. }
        ));
    }
}
