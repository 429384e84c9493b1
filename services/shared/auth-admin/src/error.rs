//! Errors of calls to Auth.

use reqwest::StatusCode;

/// Why a call to Auth failed. No variant carries a token or a password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be set up")]
    Setup(#[source] reqwest::Error),
    /// Wrong e-mail or wrong password: Auth does not say which, and neither do we.
    #[error("wrong e-mail or password")]
    WrongCredentials,
    /// The password is right, and the address not yet confirmed.
    #[error("the address is not confirmed")]
    Unconfirmed,
    /// A user with this address exists.
    #[error("the address is taken")]
    AlreadyRegistered,
    /// Auth takes the address for none that gets mail.
    #[error("Auth takes no such address")]
    InvalidEmail,
    /// Auth finds the password too weak.
    #[error("the password is too weak for Auth")]
    WeakPassword,
    /// Auth's rate limit.
    #[error("rate limited by Auth")]
    RateLimited,
    /// Auth has mailed this address a moment ago.
    #[error("Auth has mailed this address a moment ago")]
    MailedBefore,
    /// A database hook or trigger refused; the code before the colon in its message.
    #[error("refused by a rule of the database: {0}")]
    Refused(String),
    /// Auth could not save a new user: of simultaneous sign-ups of one address, all but one.
    #[error("Auth could not save the user")]
    NotSaved,
    /// The session or user does not exist (any more).
    #[error("the session or user does not exist")]
    NotFound,
    /// Any other error response. Auth's message may name an address, so it is not kept.
    #[error("Auth answered {status} {code}")]
    Answer {
        /// The response's status.
        status: StatusCode,
        /// Auth's `error_code`, empty where it has none.
        code: String,
    },
    /// A success with an undocumented body. It may hold tokens, so it is not kept.
    #[error("Auth's answer could not be read")]
    Unreadable,
    /// Auth could not be reached in time.
    #[error("Auth could not be reached")]
    Unreachable(#[source] reqwest::Error),
}

impl Error {
    /// Whether Auth is out of order, or busy: nobody's fault, and worth another try.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::RateLimited | Self::NotSaved => true,
            Self::Answer { status, .. } => status.is_server_error(),
            _ => false,
        }
    }

    /// Classifies an error response by its status, Auth's code and its message.
    pub(crate) fn from_answer(status: StatusCode, error_code: &str, message: &str) -> Self {
        if let Some(code) = rule_code(message) {
            return Self::Refused(code.to_owned());
        }
        match error_code {
            "invalid_credentials" | "user_banned" => Self::WrongCredentials,
            "email_not_confirmed" => Self::Unconfirmed,
            "user_already_exists" | "email_exists" => Self::AlreadyRegistered,
            "email_address_invalid" => Self::InvalidEmail,
            "weak_password" => Self::WeakPassword,
            "session_not_found" | "user_not_found" | "bad_jwt" | "no_authorization" => {
                Self::NotFound
            }
            "over_email_send_rate_limit" => Self::MailedBefore,
            _ if message == "Database error saving new user"
                || message.starts_with("duplicate key value") =>
            {
                Self::NotSaved
            }
            _ if status == StatusCode::TOO_MANY_REQUESTS => Self::RateLimited,
            _ => Self::Answer {
                status,
                code: error_code.to_owned(),
            },
        }
    }
}

/// The stable code that our hooks and triggers put before the colon in their message.
fn rule_code(message: &str) -> Option<&str> {
    let (code, _) = message.split_once(": ")?;
    let ours = code.starts_with("invite_") || code.starts_with("account_");
    (ours && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(status: u16, code: &str, message: &str) -> Error {
        Error::from_answer(StatusCode::from_u16(status).unwrap(), code, message)
    }

    #[test]
    fn a_banned_person_is_told_nothing_that_a_stranger_is_not() {
        for code in ["user_banned", "invalid_credentials"] {
            assert!(matches!(sorted(400, code, "x"), Error::WrongCredentials));
        }
    }

    #[test]
    fn a_rule_of_the_database_is_known_by_its_code() {
        let refused = sorted(
            403,
            "unknown",
            "invite_expired: This invitation has expired.",
        );
        assert!(matches!(refused, Error::Refused(code) if code == "invite_expired"));
        assert!(matches!(
            sorted(500, "unexpected_failure", "Database error: x"),
            Error::Answer { .. }
        ));
        for message in [
            "Database error saving new user",
            "duplicate key value violates unique constraint \"users_email_partial_key\"",
        ] {
            assert!(matches!(sorted(500, "", message), Error::NotSaved));
        }
    }

    #[test]
    fn only_what_passes_by_itself_is_an_outage() {
        assert!(sorted(500, "unexpected_failure", "x").is_outage());
        assert!(sorted(429, "over_request_rate_limit", "x").is_outage());
        for (status, code) in [
            (400, "validation_failed"),
            (422, "weak_password"),
            (418, "new_code"),
        ] {
            assert!(!sorted(status, code, "x").is_outage(), "{code}");
        }
    }
}
