//! Idempotency keys: the same request within 24 hours gets the first answer.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::answer::Refusal;

const KEPT: TimeDelta = TimeDelta::hours(24);
const LONGEST: usize = 256;

#[derive(Default)]
pub(super) struct Keys {
    by_name: HashMap<String, Used>,
}

struct Used {
    at: DateTime<Utc>,
    payload: [u8; 32],
    /// None while the first request is running.
    mail: Option<Uuid>,
}

impl Keys {
    /// The mail that the key already belongs to; otherwise reserves the key.
    pub(super) fn take(
        &mut self,
        key: &str,
        payload: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Option<Uuid>, Refusal> {
        if key.is_empty() || key.len() > LONGEST {
            return Err(Refusal::new(
                400,
                "invalid_idempotency_key",
                "The key must be between 1-256 chars.",
            ));
        }
        let payload = Sha256::digest(payload).into();
        match self.by_name.get(key) {
            Some(used) if now - used.at >= KEPT => {}
            Some(used) if used.payload != payload => {
                return Err(Refusal::new(
                    409,
                    "invalid_idempotent_request",
                    "This idempotency key was used with a different request payload.",
                ));
            }
            Some(Used {
                mail: Some(mail), ..
            }) => return Ok(Some(*mail)),
            Some(_) => return Err(concurrent()),
            None => {}
        }
        self.by_name.insert(
            key.to_owned(),
            Used {
                at: now,
                payload,
                mail: None,
            },
        );
        Ok(None)
    }

    /// Records the mail of the request that reserved the key.
    pub(super) fn settle(&mut self, key: &str, mail: Uuid) {
        if let Some(used) = self.by_name.get_mut(key) {
            used.mail = Some(mail);
        }
    }
}

/// The answer while the first request is running.
pub(super) const fn concurrent() -> Refusal {
    Refusal::new(
        409,
        "concurrent_idempotent_requests",
        "A request with the same idempotency key is being processed.",
    )
}
