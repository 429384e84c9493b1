//! The mail worker's settings.

use secrecy::SecretString;
use url::Url;

/// Where links in mails lead, and how Resend's webhooks are checked.
// No argument group of its own: clap names groups after the type, and every service calls it `Settings`.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// The frontend's base URL: links in mails start with it.
    #[arg(
        id = "NEXTAUTH_URL",
        long = "frontend-url",
        env = "NEXTAUTH_URL",
        value_name = "NEXTAUTH_URL"
    )]
    pub frontend_url: Url,

    /// The secret of Resend's webhook (`whsec_…`); several during a rotation, separated by commas
    /// or spaces. Without it, webhooks are refused.
    #[arg(
        id = "RESEND_WEBHOOK_SECRET",
        long = "resend-webhook-secret",
        env = "RESEND_WEBHOOK_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub webhook_secret: Option<SecretString>,
}
