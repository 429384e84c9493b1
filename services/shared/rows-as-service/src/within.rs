//! A bound for calls that nobody else bounds.

use std::{io, time::Duration};

use crate::DatabaseError;

/// Longer than a statement takes for whose end a request or a message waits; and Twilio waits no longer for an answer.
pub const SOON: Duration = Duration::from_secs(15);
/// Longer than any statement of ours may take: for what a loop does again and again.
pub const LONGEST_TURN: Duration = Duration::from_mins(35);

/// What `call` returns, or [`DatabaseError::Unavailable`] after `limit`. Where the database's machine is gone without a word
/// no answer ever comes, and sqlx lets nobody ask TCP to notice. Requests end by their own limit; a loop would wait for ever.
///
/// # Errors
/// Those of `call`, and the one above; what `call` was to do may have been done then.
pub async fn within<T, E: From<DatabaseError>>(
    limit: Duration,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    tokio::time::timeout(limit, call).await.unwrap_or_else(|_| {
        let silence = io::Error::new(io::ErrorKind::TimedOut, "no answer");
        Err(DatabaseError::from(sqlx::Error::Io(silence)).into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_never_hears_from_the_database_tries_again() {
        let never = std::future::pending::<Result<(), DatabaseError>>();
        let error = within(Duration::from_millis(1), never).await.unwrap_err();
        assert!(error.is_transient(), "{error:?}");
    }
}
