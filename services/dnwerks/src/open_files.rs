//! How many files, and so connections, this process may open.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// For everything that is no client's connection: the database, Twilio, Resend, logs.
const OURS: u64 = 256;

/// Raises the soft limit for `connections`: most systems allow 1,024 files unless a process asks for
/// more, and without one left it reaches neither the database nor Twilio. Returns how many
/// connections there is room for.
pub fn make_room(connections: u32) -> u32 {
    let wanted = u64::from(connections) + OURS;
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return connections;
    };
    let mut allowed = soft;
    if soft < wanted && setrlimit(Resource::RLIMIT_NOFILE, wanted.min(hard), hard).is_ok() {
        allowed = wanted.min(hard);
    }
    let room = u32::try_from(allowed.saturating_sub(OURS).max(1)).unwrap_or(u32::MAX);
    if room < connections {
        tracing::warn!(
            wanted = connections,
            room,
            "the limit of open files leaves room for fewer connections"
        );
    }
    room.min(connections)
}
