//! Bounded waiting for external events.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

/// One step of a bounded wait.
const STEP: Duration = Duration::from_millis(25);

/// Repeats `question` until it answers, at most for `within`.
///
/// # Errors
/// If nothing answered in time; the error names `what`.
pub async fn eventually<T, F>(what: &str, within: Duration, mut question: F) -> Result<T>
where
    F: AsyncFnMut() -> Result<Option<T>>,
{
    let started = Instant::now();
    let mut tick = tokio::time::interval(STEP);
    loop {
        tick.tick().await;
        if let Some(answer) = question().await? {
            return Ok(answer);
        }
        ensure!(
            started.elapsed() < within,
            "{what} did not happen within {within:?}"
        );
    }
}

/// A free port.
///
/// # Errors
/// If the system has none.
pub fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port())
}
