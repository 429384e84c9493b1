//! The stack as a person would start it, and its users: what the end-to-end tests, `scripts/dev`
//! and `scripts/demo` have in common.

pub mod crashes;
pub mod people;
pub mod process;
pub mod stack;

/// One step of a bounded wait.
const STEP: std::time::Duration = std::time::Duration::from_millis(25);

/// Asks `question` until it answers, at most for `within`.
///
/// # Errors
/// When nothing answered in time; the error names `what`.
pub async fn eventually<T, F>(
    what: &str,
    within: std::time::Duration,
    mut question: F,
) -> anyhow::Result<T>
where
    F: AsyncFnMut() -> anyhow::Result<Option<T>>,
{
    let started = std::time::Instant::now();
    let mut tick = tokio::time::interval(STEP);
    loop {
        tick.tick().await;
        if let Some(answer) = question().await? {
            return Ok(answer);
        }
        anyhow::ensure!(
            started.elapsed() < within,
            "{what} did not happen within {within:?}"
        );
    }
}
