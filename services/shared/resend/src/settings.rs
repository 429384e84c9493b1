//! The settings of the Resend client.

use clap::Args;
use secrecy::SecretString;
use url::Url;

/// How to reach Resend, and the sender of mails.
// No argument group of its own: clap names groups after the type, and every client calls it `Settings`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct Settings {
    /// The API key, `re_…`.
    #[arg(
        id = "RESEND_API_KEY",
        long = "resend-api-key",
        env = "RESEND_API_KEY",
        hide_env_values = true
    )]
    pub api_key: SecretString,

    /// The sending address, of a domain verified at Resend: `name@example.com` or `Name <name@example.com>`.
    #[arg(
        id = "RESEND_FROM_EMAIL",
        long = "resend-from-email",
        env = "RESEND_FROM_EMAIL"
    )]
    pub from_email: String,

    /// Origin of Resend's API.
    #[arg(
        id = "RESEND_API_URL",
        long = "resend-api-url",
        env = "RESEND_API_URL",
        default_value = "https://api.resend.com"
    )]
    pub api_url: Url,

    /// Timeout in seconds for a complete response, including the connection.
    #[arg(
        id = "RESEND_TIMEOUT_SECONDS",
        long = "resend-timeout-seconds",
        env = "RESEND_TIMEOUT_SECONDS",
        default_value_t = 15
    )]
    pub timeout_seconds: u64,
}
