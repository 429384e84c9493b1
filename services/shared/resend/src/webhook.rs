//! Resend's webhooks: verifies signature and age, and parses the event.
//!
//! Signed by svix's scheme: base64(HMAC-SHA256(key, `id.timestamp.body`)), the key in base64 behind
//! `whsec_`. Source: svix, "Verifying webhooks manually".

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
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

/// Rejects, before its body is read, a webhook whose age or form of signature is wrong.
///
/// # Errors
/// [`Invalid::Timestamp`], [`Invalid::Signature`].
pub fn precheck(headers: Headers<'_>, now: DateTime<Utc>) -> Result<(), Invalid> {
    let sent = headers
        .timestamp
        .parse()
        .ok()
        .and_then(|at| DateTime::from_timestamp(at, 0));
    if sent.is_none_or(|sent| (now - sent).abs() > TOLERANCE) {
        return Err(Invalid::Timestamp);
    }
    let mut signatures = headers.signature.split(' ');
    if headers.id.is_empty() || !signatures.any(|signature| signature.starts_with("v1,")) {
        return Err(Invalid::Signature);
    }
    Ok(())
}

/// Verifies a webhook. `body` is the raw body; `secrets` are several, separated by commas or
/// spaces, while one is being rotated.
///
/// # Errors
/// [`Invalid`] says why it is rejected.
pub fn verify(
    secrets: &SecretString,
    headers: Headers<'_>,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Invalid> {
    precheck(headers, now)?;
    let secrets = secrets.expose_secret().split([',', ' ', '\n']);
    let mut valid = false;
    for secret in secrets.filter(|secret| !secret.is_empty()) {
        let expected = sign(&secret.into(), headers.id, headers.timestamp, body)?;
        let matches = |signature: &str| bool::from(signature.as_bytes().ct_eq(expected.as_bytes()));
        valid |= headers.signature.split(' ').any(matches);
    }
    if valid {
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

/// What an event means for a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Delivered to the recipient's server.
    Delivered,
    /// Refused by the recipient's server for good.
    Bounced,
    /// Refused by the recipient's server for now, or for an unknown time.
    BouncedForNow,
    /// The recipient called it spam.
    Complained,
    /// Not sent by Resend: the address is on its own list.
    Suppressed,
    /// Not delivered yet; Resend goes on trying.
    Delayed,
    /// Accepted, and then not sent by Resend: a quota, a domain or a key, as a rule.
    Failed,
    /// Anything else, also what is not about a mail: acknowledge and keep.
    Other,
}

/// An event, as far as it is used here. Whatever Resend signs is one.
#[derive(Debug, Clone)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The same in Resend's words, such as `email.bounced`.
    pub name: String,
    /// When, if it says so.
    pub happened_at: Option<DateTime<Utc>>,
    /// [`crate::Sent::id`] of the mail, if it is about one.
    pub email_id: Option<String>,
    /// Why the mail failed.
    pub detail: Option<String>,
}

impl Event {
    /// Reads a body, of any shape: what is missing in it is absent.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
        let name = text("/type").unwrap_or_default();
        let about_a_mail = name.starts_with("email.");
        let kind = match name {
            "email.delivered" => EventKind::Delivered,
            // The others are Transient and Undetermined.
            "email.bounced" => match text("/data/bounce/type") {
                Some(lasting) if lasting.eq_ignore_ascii_case("permanent") => EventKind::Bounced,
                _ => EventKind::BouncedForNow,
            },
            "email.complained" => EventKind::Complained,
            "email.suppressed" => EventKind::Suppressed,
            "email.delivery_delayed" => EventKind::Delayed,
            "email.failed" => EventKind::Failed,
            _ => EventKind::Other,
        };
        let detail = ["bounce", "failed", "suppressed"].iter().find_map(|cause| {
            let words = ["type", "subType", "reason", "message"];
            let words: Vec<&str> = words
                .iter()
                .filter_map(|word| text(&format!("/data/{cause}/{word}")))
                .collect();
            (!words.is_empty()).then(|| clean(&words.join(": "), 500))
        });
        Self {
            kind,
            name: clean(name, 100),
            happened_at: text("/created_at").and_then(|at| at.parse().ok()),
            email_id: text("/data/email_id")
                .filter(|_| about_a_mail)
                .map(|id| clean(id, 200)),
            detail: detail.filter(|_| about_a_mail),
        }
    }
}

/// At most `most` characters without control characters, some of which Postgres does not store.
fn clean(text: &str, most: usize) -> String {
    let visible = text.chars().filter(|c| !c.is_control());
    visible.take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::{Event, EventKind, Headers, Invalid, sign, verify};
    use chrono::{DateTime, TimeDelta, Utc};
    use secrecy::{ExposeSecret as _, SecretString};
    use serde_json::{Value, json};

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
    fn two_secrets_are_valid_during_a_rotation() {
        let new = "whsec_bmV3";
        for secrets in [
            format!("{},{new}", secret().expose_secret()),
            format!("{new} {}", secret().expose_secret()),
        ] {
            let headers = Headers {
                id: ID,
                timestamp: TIMESTAMP,
                signature: SIGNATURE,
            };
            assert_eq!(verify(&secrets.into(), headers, BODY, now()), Ok(()));
        }
    }

    #[test]
    fn an_event_is_what_it_means() {
        let read = |body: Value| Event::parse(body.to_string().as_bytes());
        let bounced = |kind: &str| {
            read(
                json!({ "type": "email.bounced", "created_at": "2026-01-01T00:00:00Z",
                "data": { "email_id": "e1", "bounce": { "type": kind, "subType": "General", "message": "No\u{0} such" } } }),
            )
        };
        assert_eq!(bounced("Permanent").kind, EventKind::Bounced);
        assert_eq!(bounced("Transient").kind, EventKind::BouncedForNow);
        assert_eq!(bounced("Undetermined").kind, EventKind::BouncedForNow);
        let event = bounced("Permanent");
        assert_eq!(event.email_id.as_deref(), Some("e1"));
        assert_eq!(event.detail.as_deref(), Some("Permanent: General: No such"));
        assert!(event.happened_at.is_some());
        for (name, kind) in [
            ("email.bounced", EventKind::BouncedForNow),
            ("email.complained", EventKind::Complained),
            ("email.suppressed", EventKind::Suppressed),
            ("email.delivery_delayed", EventKind::Delayed),
            ("email.failed", EventKind::Failed),
            ("email.opened", EventKind::Other),
            ("domain.updated", EventKind::Other),
        ] {
            assert_eq!(
                read(json!({ "type": name, "data": [] })).kind,
                kind,
                "{name}"
            );
        }
    }

    #[test]
    fn an_event_of_any_shape_is_read() {
        for body in [
            "",
            "null",
            "[]",
            "{",
            r#"{"type":7,"data":"x","created_at":0}"#,
            r#"{"type":"contact.created","data":{"email_id":"e1"}}"#,
            r#"{"type":"email.sent","data":{"email_id":{}}}"#,
        ] {
            let event = Event::parse(body.as_bytes());
            assert_eq!(
                (event.kind, event.email_id),
                (EventKind::Other, None),
                "{body}"
            );
        }
    }
}
