//! Whether what somebody else has locked is waited for.

use std::time::Duration;

use rows_as_service::callbacks::Locked;
use tokio::time::Instant;

/// Once something was locked for too long, nobody waits for locks for this long: a deletion that holds them takes
/// seconds.
const PUT_OFF_FOR: Duration = Duration::from_secs(5);

/// Waits a little for locks, until that was in vain; then not for some seconds.
#[derive(Debug, Default)]
pub(crate) struct LockPatience {
    /// Until then, what is locked is put off at once.
    put_off_until: Option<Instant>,
}

impl LockPatience {
    pub(crate) fn locked(&self) -> Locked {
        match self.put_off_until {
            Some(until) if Instant::now() < until => Locked::PutOff,
            _ => Locked::Wait,
        }
    }

    /// Something was locked for too long.
    pub(crate) fn end(&mut self) {
        tracing::info!("callbacks.locked_messages_put_off");
        self.put_off_until = Some(Instant::now() + PUT_OFF_FOR);
    }
}
