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
    /// A user with this address exists.
    #[error("the address is taken")]
    AlreadyRegistered,
    /// Auth finds the password too weak.
    #[error("the password is too weak for Auth")]
    WeakPassword,
    /// Auth's rate limit.
    #[error("rate limited by Auth")]
    RateLimited,
    /// A database hook or trigger refused; the code before the colon in its message.
    #[error("refused by a rule of the database: {0}")]
    Refused(String),
    /// The session or user does not exist (any more).
    #[error("the session or user does not exist")]
    NotFound,
    /// Any other error response; the text is Auth's.
    #[error("Auth answered {status}: {message}")]
    Answer {
        /// The response's status.
        status: StatusCode,
        /// Auth's message.
        message: String,
    },
    /// A success with an undocumented body. It may hold tokens, so it is not kept.
    #[error("Auth's answer could not be read")]
    Unreadable,
    /// Auth could not be reached in time.
    #[error("Auth could not be reached")]
    Unreachable(#[source] Option<reqwest::Error>),
}

impl Error {
    /// Whether Auth certainly changed nothing.
    #[must_use]
    pub fn is_surely_undone(&self) -> bool {
        match self {
            Self::Answer { status, .. } => status.is_client_error(),
            Self::Unreachable(Some(source)) => source.is_connect(),
            Self::Unreadable | Self::Unreachable(None) => false,
            Self::Setup(_)
            | Self::WrongCredentials
            | Self::AlreadyRegistered
            | Self::WeakPassword
            | Self::RateLimited
            | Self::Refused(_)
            | Self::NotFound => true,
        }
    }

    /// Classifies an error response by its status and Auth's message.
    pub(crate) fn from_answer(status: StatusCode, error_code: Option<&str>, message: &str) -> Self {
        if status.is_success() {
            return Self::Unreadable;
        }
        if let Some(code) = rule_code(message) {
            return Self::Refused(code.to_owned());
        }
        // The crate passes on only the message, so both are checked.
        match (error_code.unwrap_or_default(), message) {
            ("invalid_credentials" | "user_banned" | "email_not_confirmed", _)
            | (_, "Invalid login credentials" | "User is banned" | "Email not confirmed") => {
                Self::WrongCredentials
            }
            ("user_already_exists" | "email_exists", _)
            | (
                _,
                "User already registered"
                | "A user with this email address has already been registered",
            ) => Self::AlreadyRegistered,
            ("weak_password", _) => Self::WeakPassword,
            ("session_not_found" | "user_not_found" | "bad_jwt" | "no_authorization", _) => {
                Self::NotFound
            }
            (_, text) if text.starts_with("Password should ") => Self::WeakPassword,
            _ if status == StatusCode::TOO_MANY_REQUESTS => Self::RateLimited,
            _ => Self::Answer {
                status,
                message: message.to_owned(),
            },
        }
    }
}

/// The stable code that our hooks put before the colon in their message.
fn rule_code(message: &str) -> Option<&str> {
    let (code, _) = message.split_once(": ")?;
    let ours = code.starts_with("invite_") || code.starts_with("account_");
    (ours && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(status: u16, code: Option<&str>, message: &str) -> Error {
        Error::from_answer(StatusCode::from_u16(status).unwrap(), code, message)
    }

    #[test]
    fn a_banned_person_is_told_nothing_that_a_stranger_is_not() {
        assert!(matches!(
            sorted(400, Some("user_banned"), "User is banned"),
            Error::WrongCredentials
        ));
        assert!(matches!(
            sorted(400, None, "Invalid login credentials"),
            Error::WrongCredentials
        ));
    }

    #[test]
    fn a_rule_of_the_database_is_known_by_its_code() {
        let refused = sorted(403, None, "invite_expired: This invitation has expired.");
        assert!(matches!(refused, Error::Refused(code) if code == "invite_expired"));
        assert!(matches!(
            sorted(500, None, "Database error: x"),
            Error::Answer { .. }
        ));
    }

    #[test]
    fn an_unreadable_success_is_not_kept_because_it_may_hold_tokens() {
        let error = sorted(200, None, r#"{"access_token":"secret"}"#);
        assert!(!format!("{error:?} {error}").contains("secret"));
    }
}
