//! The callbacks' settings.

use clap::Args;
use secrecy::SecretString;
use url::Url;

/// The callbacks' settings.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct Settings {
    /// The public URL that Twilio calls: origin, and optionally a path.
    /// Signatures cover it, so it is never taken from the request.
    #[arg(long, env = "PUBLIC_BASE_URL", value_name = "PUBLIC_BASE_URL")]
    pub public_base_url: Url,

    /// Twilio's auth token: the key of every callback's signature.
    #[arg(
        id = "TWILIO_AUTH_TOKEN",
        long = "twilio-auth-token",
        env = "TWILIO_AUTH_TOKEN",
        hide_env_values = true
    )]
    pub auth_token: SecretString,

    /// Maximum callbacks waiting to be written; more get 503, and Twilio retries them.
    #[arg(
        long,
        env = "CALLBACKS_WAITING",
        default_value_t = 4096,
        value_name = "N"
    )]
    pub waiting_callbacks: usize,
}
