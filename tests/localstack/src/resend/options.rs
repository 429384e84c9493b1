//! How a stand-in for Resend is set up.

/// How a stand-in for Resend is set up. What a test changes while it runs is in [`super::Faults`].
#[derive(Debug, Clone)]
pub struct Options {
    /// The one API key.
    pub api_key: String,
    /// Requests a second; above it 429. Resend's own default is 2. None: no limit.
    pub requests_per_second: Option<u32>,
    /// Where events go if a request to `/_control/events` does not say.
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
