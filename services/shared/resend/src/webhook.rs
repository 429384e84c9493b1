//! Resend's webhooks: verifies signature and age, and parses the event.
//!
//! Signed by svix's scheme: base64(HMAC-SHA256(key, `id.timestamp.body`)), the key in base64 behind
//! `whsec_`. Source: svix, "Verifying webhooks manually".

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// Maximum difference between a webhook's time and ours, either way.
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// The three headers of a webhook.
#[derive(Debug, Clone, Copy)]
pub struct Headers<'a> {
    /// `svix-id`: identifies the event; a repeated delivery has the same id.
    pub id: &'a str,
    /// `svix-timestamp`: Unix seconds.
    pub timestamp: &'a str,
    /// `svix-signature`: `v1,<base64>`, several separated by spaces.
    pub signature: &'a str,
}

/// Why a webhook is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// The configured secret is not `whsec_` and base64.
    #[error("the webhook secret is not of the form whsec_<base64>")]
    Secret,
    /// Too old, too new, or not a number.
    #[error("the timestamp is not within five minutes of now")]
    Timestamp,
    /// Not signed by Resend, or modified.
    #[error("no signature matches")]
    Signature,
}

/// Verifies a webhook. `body` is the raw body.
///
/// # Errors
/// [`Invalid`] says why it is rejected.
pub fn verify(
    secret: &SecretString,
    headers: Headers<'_>,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Invalid> {
    let expected = sign(secret, headers.id, headers.timestamp, body)?;
    let sent = headers
        .timestamp
        .parse()
        .ok()
        .and_then(|at| DateTime::from_timestamp(at, 0));
    if sent.is_none_or(|sent| (now - sent).abs() > TOLERANCE) {
        return Err(Invalid::Timestamp);
    }
    let matches = |signature: &str| bool::from(signature.as_bytes().ct_eq(expected.as_bytes()));
    // There are several while a secret is being rotated.
    if headers.signature.split(' ').any(matches) {
        Ok(())
    } else {
        Err(Invalid::Signature)
    }
}

/// The value of `svix-signature` for a webhook.
///
/// # Errors
/// [`Invalid::Secret`].
pub fn sign(
    secret: &SecretString,
    id: &str,
    timestamp: &str,
    body: &[u8],
) -> Result<String, Invalid> {
    let secret = secret.expose_secret();
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap_or(secret))
        .map_err(|_| Invalid::Secret)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| Invalid::Secret)?;
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    Ok(format!(
        "v1,{}",
        STANDARD.encode(mac.finalize().into_bytes())
    ))
}

/// What happened to a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum EventKind {
    /// Delivered to the recipient's server.
    #[serde(rename = "email.delivered")]
    Delivered,
    /// Permanently refused by the recipient's server.
    #[serde(rename = "email.bounced")]
    Bounced,
    /// Marked as spam by the recipient.
    #[serde(rename = "email.complained")]
    Complained,
    /// Anything else: acknowledge and ignore.
    #[serde(other)]
    Other,
}

/// The fields of a webhook's body that are used here.
#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// When.
    pub created_at: DateTime<Utc>,
    /// The mail.
    pub data: EventMail,
}

/// The mail of an [`Event`].
#[derive(Debug, Clone, Deserialize)]
pub struct EventMail {
    /// [`crate::Sent::id`].
    pub email_id: String,
}

#[cfg(test)]
mod tests {
    use super::{Event, EventKind, Headers, Invalid, sign, verify};
    use chrono::{DateTime, TimeDelta, Utc};
    use secrecy::SecretString;

    // svix's own published example.
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIMESTAMP: &str = "1614265330";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn secret() -> SecretString {
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_614_265_330, 0).unwrap()
    }

    fn check(signature: &str, body: &[u8], now: DateTime<Utc>) -> Result<(), Invalid> {
        verify(
            &secret(),
            Headers {
                id: ID,
                timestamp: TIMESTAMP,
                signature,
            },
            body,
            now,
        )
    }

    #[test]
    fn the_published_example_is_valid() {
        assert_eq!(sign(&secret(), ID, TIMESTAMP, BODY).unwrap(), SIGNATURE);
        assert_eq!(check(SIGNATURE, BODY, now()), Ok(()));
    }

    #[test]
    fn one_of_several_signatures_is_enough() {
        assert_eq!(
            check(&format!("v1,AAAA v2,BBBB {SIGNATURE}"), BODY, now()),
            Ok(())
        );
    }

    #[test]
    fn anything_changed_is_rejected() {
        assert_eq!(check(SIGNATURE, b"{}", now()), Err(Invalid::Signature));
        assert_eq!(check("v1,AAAA", BODY, now()), Err(Invalid::Signature));
        assert_eq!(check("", BODY, now()), Err(Invalid::Signature));
    }

    #[test]
    fn what_is_older_or_newer_than_five_minutes_is_rejected() {
        for late in [TimeDelta::seconds(301), TimeDelta::seconds(-301)] {
            assert_eq!(
                check(SIGNATURE, BODY, now() + late),
                Err(Invalid::Timestamp)
            );
        }
        assert_eq!(
            check(SIGNATURE, BODY, now() + TimeDelta::seconds(300)),
            Ok(())
        );
    }

    #[test]
    fn unknown_events_are_read_as_other() {
        let read = |kind: &str| {
            let body = format!(
                r#"{{"type":"{kind}","created_at":"2026-01-01T00:00:00Z","data":{{"email_id":"e1","to":["x"]}}}}"#
            );
            serde_json::from_str::<Event>(&body).unwrap().kind
        };
        assert_eq!(read("email.bounced"), EventKind::Bounced);
        assert_eq!(read("email.opened"), EventKind::Other);
    }
}
