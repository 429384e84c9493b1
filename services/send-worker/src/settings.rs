//! The send worker's settings.

use std::time::Duration;

use clap::Args;
use url::Url;

/// The send worker's settings.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct Settings {
    /// How to reach Twilio, and the sender.
    #[command(flatten)]
    pub twilio: twilio::Settings,

    /// Our public URL for Twilio's status callbacks: origin, and optionally a path.
    #[arg(long, env = "PUBLIC_BASE_URL", value_name = "PUBLIC_BASE_URL")]
    pub public_base_url: Url,

    /// Concurrency, rate and timeouts.
    #[command(flatten)]
    pub pacing: Pacing,
}

/// Concurrency, rate and timeouts.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct Pacing {
    /// Maximum concurrent requests to Twilio in this process.
    #[arg(long = "send-concurrency", env = "SEND_CONCURRENCY", default_value_t = 50,
          value_parser = clap::value_parser!(u16).range(1..=1000), value_name = "N")]
    pub concurrency: u16,

    /// Segments per second of this sender, across all processes: 1 for a long code, 3 toll-free,
    /// 100 for a short code. Unlimited if absent.
    #[arg(
        long = "send-segments-per-second",
        env = "SEND_SEGMENTS_PER_SECOND",
        value_parser = positive,
        value_name = "N"
    )]
    pub segments_per_second: Option<f64>,

    /// Seconds after which a claim without an outcome is looked up at Twilio. Must exceed Twilio's
    /// timeout by at least two.
    #[arg(
        long = "send-doubt-after-seconds",
        env = "SEND_DOUBT_AFTER_SECONDS",
        default_value_t = 45,
        value_name = "SECONDS"
    )]
    pub doubt_after_seconds: u64,

    /// Milliseconds between polls of the work and the schedules while idle.
    #[arg(long = "send-poll-milliseconds", env = "SEND_POLL_MILLISECONDS", default_value_t = 1000,
          value_parser = clap::value_parser!(u64).range(10..), value_name = "MILLISECONDS")]
    pub poll_milliseconds: u64,

    /// Seconds without a callback after which Twilio's list is read for what became of a message.
    #[arg(long = "send-ask-after-seconds", env = "SEND_ASK_AFTER_SECONDS", default_value_t = 1800,
          value_parser = clap::value_parser!(u64).range(1..), value_name = "SECONDS")]
    pub ask_after_seconds: u64,
}

impl Pacing {
    pub(crate) const fn doubt_after(&self) -> Duration {
        Duration::from_secs(self.doubt_after_seconds)
    }

    pub(crate) const fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_milliseconds)
    }

    pub(crate) const fn ask_after(&self) -> Duration {
        Duration::from_secs(self.ask_after_seconds)
    }
}

fn positive(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|rate: &f64| rate.is_finite() && *rate > 0.0)
        .ok_or_else(|| "a number above 0".to_owned())
}
