//! Background work of accounts: opening requested resets, and cleaning up.

use std::time::Duration;

use auth_admin::AuthAdmin;
use rows_as_service::{
    DatabaseError, LONGEST_TURN, SOON,
    accounts::{AuthAccounts, PasswordResets, SignInLimits},
    within,
};
use tokio_util::sync::CancellationToken;

use crate::{decoy, reset_token};

/// Requests are handled at this interval and never at once: work directly after a request
/// would slow the next one down, and so reveal whether the address is known.
const BEAT: Duration = Duration::from_secs(1);
/// Intervals between two sweeps.
const SWEEP_EVERY: u32 = 60;

/// Opens a reset for every waiting request. Returns how many requests there were.
///
/// # Errors
/// [`DatabaseError`]; the remaining requests are handled next time.
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
        instruments::accounts().resets_handled.inc();
        opened += 1;
    }
}

/// Marks what has expired, and deletes rate limits that are full again.
///
/// # Errors
/// [`DatabaseError`]; the next sweep does the rest.
pub async fn sweep(resets: &PasswordResets, limits: &SignInLimits) -> Result<(), DatabaseError> {
    let swept = resets.sweep().await?;
    if swept > 0 {
        tracing::info!(resets = swept, "password resets swept");
    }
    limits.sweep().await
}

/// Does both until `shutdown`. Any number of processes may run it.
pub async fn run_background(
    accounts: AuthAccounts,
    resets: PasswordResets,
    limits: SignInLimits,
    auth: AuthAdmin,
    shutdown: CancellationToken,
) {
    // Where Auth can't be asked now, sign-ins tell soon enough.
    if auth
        .confirms_addresses()
        .await
        .is_ok_and(|confirms| !confirms)
    {
        tracing::error!(
            "Auth takes addresses as confirmed without asking: with a stolen session an account can be \
             moved to another address. Set enable_confirmations, as supabase/config.toml does"
        );
    }
    let mut beats = 0_u32;
    while !shutdown.is_cancelled() {
        let mut done = within(SOON, open_requested_resets(&resets)).await.map(drop);
        let is_time = beats.is_multiple_of(SWEEP_EVERY);
        if done.is_ok() && is_time {
            done = within(LONGEST_TURN, sweep(&resets, &limits)).await;
        }
        if is_time && let Err(error) = within(LONGEST_TURN, decoy::keep(&accounts, &auth)).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the time of failed sign-ins may tell which addresses are known"
            );
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
