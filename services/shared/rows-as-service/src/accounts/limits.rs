//! Rate limits shared by all processes, and the addresses a user has signed in from.

use std::time::Duration;

use crate::DatabaseError;

handle! {
    /// Counts attempts, and remembers where users have signed in from.
    SignInLimits
}

/// A bucket's size and refill rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// At most this many at once.
    pub burst: u32,
    /// One more after this time.
    pub refill: Duration,
}

/// What came of taking one from a bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Taking {
    /// `None` if there was one; otherwise how long to wait for the next.
    pub wait: Option<Duration>,
    /// Those that are in it now.
    pub places_left: u32,
    /// After this time it is full again.
    pub full_in: Duration,
}

impl SignInLimits {
    /// Takes one from the bucket `key`. Keys are hashes, so that the table holds no addresses.
    pub async fn take(&self, key: &[u8], bucket: Bucket) -> Result<Taking, DatabaseError> {
        let burst = i32::try_from(bucket.burst).unwrap_or(i32::MAX);
        let taken = sqlx::query!(
            r#"select extract(epoch from t.wait)::float8 as wait, t.places_left as "places_left!",
              extract(epoch from t.full_in)::float8 as "full_in!"
            from private.take_from_bucket($1, $2, make_interval(secs => $3)) t"#,
            key,
            burst,
            bucket.refill.as_secs_f64(),
        )
        .fetch_one(self.pool())
        .await?;
        Ok(Taking {
            wait: taken.wait.map(Duration::from_secs_f64),
            places_left: taken.places_left.unsigned_abs(),
            full_in: Duration::from_secs_f64(taken.full_in.max(0.0)),
        })
    }

    /// Puts one back into the bucket `key`, for an attempt that does not count.
    pub async fn give_back(&self, key: &[u8], bucket: Bucket) -> Result<(), DatabaseError> {
        sqlx::query!(
            "update private.rate_limits set full_at = full_at - make_interval(secs => $2) where key = $1",
            key,
            bucket.refill.as_secs_f64(),
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Whether `account` (a hash) has signed in from `address` (a hash) before.
    pub async fn knows_address(
        &self,
        account: &[u8],
        address: &[u8],
    ) -> Result<bool, DatabaseError> {
        let known = sqlx::query_scalar!(
            r#"select exists (
              select from private.known_addresses where account = $1 and address = $2
            ) as "known!""#,
            account,
            address,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(known)
    }

    /// Remembers that `account` signed in from `address`.
    pub async fn remember_address(
        &self,
        account: &[u8],
        address: &[u8],
    ) -> Result<(), DatabaseError> {
        sqlx::query!(
            "
            insert into private.known_addresses (account, address) values ($1, $2)
            on conflict (account, address) do update set seen_at = now()
            ",
            account,
            address,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Deletes full buckets, addresses not seen for 90 days, and records that have been kept long enough.
    pub async fn sweep(&self) -> Result<(), DatabaseError> {
        sqlx::query!("delete from private.rate_limits where full_at < now()")
            .execute(self.pool())
            .await?;
        sqlx::query!(
            "delete from private.known_addresses where seen_at < now() - interval '90 days'"
        )
        .execute(self.pool())
        .await?;
        sqlx::query_scalar!(r#"select private.expire_records() as "n!""#)
            .fetch_one(self.pool())
            .await?;
        Ok(())
    }
}
