use std::time::Duration;

/// How long requests in flight may go on after shutdown was asked for. Orchestrators kill after 30 s.
pub const DRAIN: Duration = Duration::from_secs(25);

/// What clients may take from a server. The defaults keep half a request no longer than 15 s.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections open at once. When all are taken, those without a request are closed.
    pub connections: u32,
    /// How long a request's head may take, and after it the body.
    pub request: Duration,
    /// How long a connection is kept between two requests. Longer than the minute after which
    /// load balancers give an idle connection up, so that none of them uses one that is closed.
    pub idle: Duration,
    /// The same while all connections are taken or the server is stopping.
    pub idle_when_full: Duration,
    /// How long requests in flight may go on after shutdown was asked for.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            request: Duration::from_secs(13),
            idle: Duration::from_secs(75),
            idle_when_full: Duration::from_secs(1),
            drain: DRAIN,
        }
    }
}
