//! The settings of the Twilio client.

use std::time::Duration;

use clap::Args;
use secrecy::SecretString;
use url::Url;

/// How to reach Twilio, and the sender.
// No argument group of its own: clap names groups after the type, and every client calls it `Settings`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct Settings {
    /// The account, `AC` and 32 hex digits.
    #[arg(
        id = "TWILIO_ACCOUNT_SID",
        long = "twilio-account-sid",
        env = "TWILIO_ACCOUNT_SID"
    )]
    pub account_sid: String,

    /// The account's auth token: the password of every request and the key of every callback's signature.
    #[arg(
        id = "TWILIO_AUTH_TOKEN",
        long = "twilio-auth-token",
        env = "TWILIO_AUTH_TOKEN",
        hide_env_values = true
    )]
    pub auth_token: SecretString,

    /// The sender.
    #[command(flatten)]
    pub sender: Sender,

    /// Origin of Twilio's REST API.
    #[arg(
        id = "TWILIO_API_URL",
        long = "twilio-api-url",
        env = "TWILIO_API_URL",
        default_value = "https://api.twilio.com"
    )]
    pub api_url: Url,

    /// Connection timeout in seconds.
    #[arg(
        id = "TWILIO_CONNECT_TIMEOUT_SECONDS",
        long = "twilio-connect-timeout-seconds",
        env = "TWILIO_CONNECT_TIMEOUT_SECONDS",
        default_value_t = 5
    )]
    pub connect_timeout_seconds: u64,

    /// Seconds to wait for a complete answer, including connecting. After it a message is in doubt.
    #[arg(
        id = "TWILIO_TIMEOUT_SECONDS",
        long = "twilio-timeout-seconds",
        env = "TWILIO_TIMEOUT_SECONDS",
        default_value_t = 15
    )]
    pub timeout_seconds: u64,
}

impl Settings {
    /// The connection timeout.
    #[must_use]
    pub const fn connect_timeout(&self) -> Duration {
        Duration::from_secs(self.connect_timeout_seconds)
    }

    /// The timeout for a complete answer.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }
}

/// The sender: a number, a messaging service, or a number of a service.
#[derive(Debug, Clone, Default, Args)]
#[group(id = "twilio_sender", required = true, multiple = true)]
pub struct Sender {
    /// The sending number, E.164.
    #[arg(
        id = "TWILIO_PHONE_NUMBER",
        long = "twilio-phone-number",
        env = "TWILIO_PHONE_NUMBER"
    )]
    pub phone_number: Option<String>,

    /// The messaging service that picks the sending number, `MG` and 32 hex digits.
    #[arg(
        id = "TWILIO_MESSAGING_SERVICE_SID",
        long = "twilio-messaging-service-sid",
        env = "TWILIO_MESSAGING_SERVICE_SID"
    )]
    pub messaging_service_sid: Option<String>,
}
