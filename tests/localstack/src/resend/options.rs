//! The options of the stand-in for Resend.

/// The options of the stand-in for Resend. Tests change [`super::Faults`] at run time.
#[derive(Debug, Clone)]
pub struct Options {
    /// The one API key.
    pub api_key: String,
    /// Requests per second; above it 429. Resend's own default is 2. Unlimited if absent.
    pub requests_per_second: Option<u32>,
    /// The default target of events for `/_control/events`.
    pub webhook_url: Option<String>,
    /// Key of the webhooks' signatures, `whsec_` and base64.
    pub webhook_secret: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            api_key: "re_localstack".to_owned(),
            requests_per_second: None,
            webhook_url: None,
            webhook_secret: "whsec_bG9jYWxzdGFjay13ZWJob29rLXNlY3JldA==".to_owned(),
        }
    }
}
