//! What accounts do when nobody asks: opening the resets that were requested, and sweeping.

use std::time::Duration;

use rows_as_service::{
    DatabaseError,
    accounts::{PasswordResets, SignInLimits},
};
use tokio_util::sync::CancellationToken;

use crate::reset_token;

/// Requests are dealt with at this beat and never at once: work that follows a request at its
/// heels would slow the next one down, and so tell whether the address is known.
const BEAT: Duration = Duration::from_secs(1);
/// Beats between two sweeps.
const SWEEP_EVERY: u32 = 60;

/// Opens a reset for every request that waits. Answers how many requests there were.
///
/// # Errors
/// [`DatabaseError`]; what is not done by then stays for the next time.
pub async fn open_requested_resets(resets: &PasswordResets) -> Result<usize, DatabaseError> {
    let mut opened = 0;
    loop {
        let token = reset_token::generate();
        let Some(hash) = reset_token::hash(&token) else {
            continue;
        };
        if !resets.open_requested(&token, &hash).await? {
            return Ok(opened);
        }
        opened += 1;
    }
}

/// Marks what has expired, and forgets limits that no longer limit.
///
/// # Errors
/// [`DatabaseError`]; the next sweep does what this one could not.
pub async fn sweep(resets: &PasswordResets, limits: &SignInLimits) -> Result<(), DatabaseError> {
    let swept = resets.sweep().await?;
    if swept > 0 {
        tracing::info!(resets = swept, "password resets swept");
    }
    limits.sweep().await
}

/// Does both until `shutdown`. Any number of processes may.
pub async fn run_background(
    resets: PasswordResets,
    limits: SignInLimits,
    shutdown: CancellationToken,
) {
    let mut beats = 0_u32;
    while !shutdown.is_cancelled() {
        let mut done = open_requested_resets(&resets).await.map(drop);
        if done.is_ok() && beats.is_multiple_of(SWEEP_EVERY) {
            done = sweep(&resets, &limits).await;
        }
        if let Err(error) = done {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "accounts' background work failed"
            );
        }
        beats = beats.wrapping_add(1);
        tokio::select! {
            () = tokio::time::sleep(BEAT) => {}
            () = shutdown.cancelled() => {}
        }
    }
}
