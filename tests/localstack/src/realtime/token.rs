//! Who subscribes: the claims of a token, and the words for one that is refused.

use domain::{Clock as _, SystemClock};
use jwt::errors::ErrorKind;

use crate::keys::Keys;

/// Longer ago than any token ended.
const AGES_S: u32 = 1_000_000_000;

/// Whom Postgres is asked as.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Subscriber {
    pub(super) role: String,
    /// JSON.
    pub(super) claims: String,
    /// When the token ends, in seconds since 1970.
    pub(super) ends_at: i64,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Expired { seconds_ago: i64 },
    MissingClaims,
    Malformed,
    Signature,
}

impl Subscriber {
    pub(super) fn of_token(token: &str, keys: &Keys) -> Result<Self, Refusal> {
        // Ended ones too, since what they are refused with says when they ended.
        let claims =
            keys.verify_with_leeway(token, AGES_S)
                .map_err(|error| match error.kind() {
                    ErrorKind::MissingRequiredClaim(_) => Refusal::MissingClaims,
                    ErrorKind::InvalidToken | ErrorKind::Base64(_) | ErrorKind::Json(_) => {
                        Refusal::Malformed
                    }
                    _ => Refusal::Signature,
                })?;
        let (Some(role), Some(ends_at)) = (claims["role"].as_str(), claims["exp"].as_i64()) else {
            return Err(Refusal::MissingClaims);
        };
        let subscriber = Self {
            role: role.to_owned(),
            claims: claims.to_string(),
            ends_at,
        };
        match subscriber.seconds_left() {
            left @ ..=0 => Err(Refusal::Expired { seconds_ago: -left }),
            _ => Ok(subscriber),
        }
    }

    pub(super) fn seconds_left(&self) -> i64 {
        self.ends_at - SystemClock.now().timestamp()
    }
}

impl Refusal {
    /// What a channel is closed with.
    pub(super) fn words(self) -> String {
        match self {
            Self::Expired { seconds_ago } => {
                format!("Token has expired {seconds_ago} seconds ago")
            }
            Self::MissingClaims => "Fields `role` and `exp` are required in JWT".to_owned(),
            Self::Malformed => "The token provided is not a valid JWT".to_owned(),
            Self::Signature => "Failed to validate JWT signature".to_owned(),
        }
    }

    /// What a join is answered with.
    pub(super) fn reason(self) -> String {
        let code = match self {
            Self::Expired { .. } | Self::MissingClaims => "InvalidJWTToken",
            Self::Malformed => "MalformedJWT",
            Self::Signature => "JwtSignatureError",
        };
        format!("{code}: {}", self.words())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::keys::SigningAlgorithm;

    #[test]
    fn each_refused_token_has_its_words() {
        let generate = || Keys::generate(SigningAlgorithm::Es256).unwrap();
        let (keys, others) = (generate(), generate());
        let now = SystemClock.now().timestamp();
        let reason = |token: &str| Subscriber::of_token(token, &keys).unwrap_err().reason();
        let signed = |claims: Value| keys.sign(&claims).unwrap();

        let good = json!({ "role": "authenticated", "exp": now + 60 });
        let subscriber = Subscriber::of_token(&signed(good.clone()), &keys).unwrap();
        assert_eq!(subscriber.role, "authenticated");
        let ended = reason(&signed(json!({ "role": "authenticated", "exp": now - 60 })));
        assert!(
            ended.starts_with("InvalidJWTToken: Token has expired 6"),
            "{ended}"
        );
        let now_ending = reason(&signed(json!({ "role": "authenticated", "exp": now })));
        assert!(now_ending.ends_with("seconds ago"), "{now_ending}");
        let missing = "InvalidJWTToken: Fields `role` and `exp` are required in JWT";
        assert_eq!(reason(&signed(json!({ "exp": now + 60 }))), missing);
        assert_eq!(reason(&signed(json!({ "role": "authenticated" }))), missing);
        assert_eq!(
            reason("x"),
            "MalformedJWT: The token provided is not a valid JWT"
        );
        let theirs = others.sign(&good).unwrap();
        assert_eq!(
            reason(&theirs),
            "JwtSignatureError: Failed to validate JWT signature"
        );
    }
}
