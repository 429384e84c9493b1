//! Rate limits by address and by account, and constant-time responses.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use rows_as_service::accounts::{Bucket, Taking};
use sha2::{Digest as _, Sha256};
use web::{ApiError, RateLimit};

use crate::{address::ClientAddress, failure::Failure, state::AccountsState};

/// A token taken from a bucket, which can be returned.
#[derive(Debug)]
pub struct Taken {
    key: [u8; 32],
    bucket: Bucket,
}

impl AccountsState {
    /// Counts an attempt against an address, if it is known.
    ///
    /// # Errors
    /// 429 with `Retry-After` when the bucket is empty.
    pub(crate) async fn limit_address(
        &self,
        what: &str,
        address: ClientAddress,
        bucket: Bucket,
    ) -> Result<Option<Taken>, Failure> {
        let Some(address) = address.ip() else {
            return Ok(None);
        };
        let key = key(&[what, "address", &address.to_string()]);
        let taking = self.rows.limits.take(&key, bucket).await?;
        // Of an account's it is not told: somebody else's attempts would show.
        web::note_rate_limit(RateLimit {
            limit: bucket.burst,
            remaining: taking.places_left,
            reset: taking.full_in,
        });
        allowed(taking, key, bucket).map(Some)
    }

    /// Counts an attempt against an account, known or not. An address that the user has signed
    /// in from has its own bucket, so that strangers elsewhere can't lock the user out.
    ///
    /// # Errors
    /// 429 with `Retry-After` when the bucket is empty.
    pub(crate) async fn limit_account(
        &self,
        what: &str,
        email: &str,
        address: ClientAddress,
        bucket: Bucket,
    ) -> Result<Taken, Failure> {
        let email = email.to_lowercase();
        let mut bucket_key = account_bucket(what, &email);
        if let Some(address) = address.ip() {
            let (account, from) = (account_key(&email), address_key(address));
            if self.rows.limits.knows_address(&account, &from).await? {
                bucket_key = key(&[what, "account", &email, &address.to_string()]);
            }
        }
        let taking = self.rows.limits.take(&bucket_key, bucket).await?;
        allowed(taking, bucket_key, bucket)
    }

    /// Returns what was taken for an attempt that does not count.
    pub(crate) async fn give_back(&self, all_taken: impl IntoIterator<Item = Taken>) {
        for taken in all_taken {
            if let Err(error) = self.rows.limits.give_back(&taken.key, taken.bucket).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a limit was not given back"
                );
            }
        }
    }

    /// Remembers that the user has signed in from this address.
    pub(crate) async fn remember(&self, email: &str, address: ClientAddress) {
        let Some(address) = address.ip() else {
            return;
        };
        if let Err(error) = self
            .rows
            .limits
            .remember_address(&account_key(email), &address_key(address))
            .await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "an address was not remembered"
            );
        }
    }

    /// Waits until a multiple of the configured time has passed since `began`, so that the
    /// response time does not reveal what was done.
    pub(crate) async fn even_out(&self, began: Instant) {
        let beat = Duration::from_millis(self.settings.sign_in_answer_ms);
        let passed = began.elapsed();
        let beats = passed.as_nanos() / beat.as_nanos() + 1;
        let until = beat.saturating_mul(u32::try_from(beats).unwrap_or(u32::MAX));
        tokio::time::sleep(until.saturating_sub(passed)).await;
    }
}

fn allowed(taking: Taking, key: [u8; 32], bucket: Bucket) -> Result<Taken, Failure> {
    match taking.wait {
        None => Ok(Taken { key, bucket }),
        Some(wait) => Err(ApiError::too_many(
            "too_many_attempts",
            "Too many attempts. Please try again later.",
            wait,
        )
        .into()),
    }
}

/// The buckets in which attempts with this address are counted, from wherever its user has not signed in before.
#[must_use]
pub fn buckets_of(email: &str) -> Vec<Vec<u8>> {
    let email = email.to_lowercase();
    ["login", "reset"]
        .map(|what| account_bucket(what, &email).to_vec())
        .to_vec()
}

fn account_bucket(what: &str, email: &str) -> [u8; 32] {
    key(&[what, "account", email])
}

fn account_key(email: &str) -> [u8; 32] {
    key(&["known-account", &email.to_lowercase()])
}

fn address_key(address: IpAddr) -> [u8; 32] {
    key(&["known-address", &address.to_string()])
}

/// A hash of the parts, each with its length, so that different lists never collide by joining.
fn key(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}
