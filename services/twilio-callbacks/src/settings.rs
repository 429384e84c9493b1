//! What an operator sets.

use clap::Args;
use secrecy::SecretString;
use url::Url;

/// What the callbacks need to know.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct Settings {
    /// The URL that Twilio calls, as it was given to Twilio: origin, and a path if there is one.
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

    /// Most callbacks that wait to be written; more are answered with 503 and come again.
    #[arg(
        long,
        env = "CALLBACKS_WAITING",
        default_value_t = 4096,
        value_name = "N"
    )]
    pub waiting_callbacks: usize,
}
