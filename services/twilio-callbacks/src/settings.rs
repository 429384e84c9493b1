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

    /// The Twilio account, `AC` and 32 hex digits: callbacks of other accounts are refused.
    #[arg(
        id = "TWILIO_ACCOUNT_SID",
        long = "twilio-account-sid",
        env = "TWILIO_ACCOUNT_SID"
    )]
    pub account_sid: String,

    /// Twilio's auth token: the key of every callback's signature.
    #[arg(
        id = "TWILIO_AUTH_TOKEN",
        long = "twilio-auth-token",
        env = "TWILIO_AUTH_TOKEN",
        hide_env_values = true
    )]
    pub auth_token: SecretString,

    /// A second auth token whose signatures count as well, while one is being rotated: the new one before it is
    /// promoted at Twilio, the old one for a day afterwards.
    #[arg(
        id = "TWILIO_AUTH_TOKEN_SECONDARY",
        long = "twilio-auth-token-secondary",
        env = "TWILIO_AUTH_TOKEN_SECONDARY",
        hide_env_values = true
    )]
    pub auth_token_secondary: Option<SecretString>,

    /// What is answered to a STOP in words that Twilio does not know and so does not answer itself; `none`: nothing.
    #[arg(
        long,
        env = "SMS_STOP_REPLY",
        value_parser = reply,
        default_value = "You are unsubscribed and will get no more messages from us. Reply START to get them again.",
        value_name = "TEXT"
    )]
    pub stop_reply: String,

    /// What is answered to HELP where Twilio does not answer itself: name the business and how to reach it. `none`: nothing.
    #[arg(
        long,
        env = "SMS_HELP_REPLY",
        value_parser = reply,
        default_value = "You get messages from us because you signed up for them. Msg & data rates may apply. Reply STOP to get no more.",
        value_name = "TEXT"
    )]
    pub help_reply: String,

    /// Maximum callbacks waiting to be written; more get 503, and Twilio retries them.
    #[arg(
        long,
        env = "CALLBACKS_WAITING",
        default_value_t = 4096,
        value_name = "N"
    )]
    pub waiting_callbacks: usize,

    /// Days for which every callback is kept as it came; if absent, what `private.retention` says.
    #[arg(
        long,
        env = "TWILIO_EVENTS_DAYS",
        value_parser = clap::value_parser!(i32).range(2..=3650),
        value_name = "DAYS"
    )]
    pub events_days: Option<i32>,
}

/// An empty variable counts as not set, so a word says that nothing is answered.
#[expect(clippy::unnecessary_wraps, reason = "clap's parsers may fail")]
fn reply(text: &str) -> Result<String, std::convert::Infallible> {
    let is_none = text.trim().eq_ignore_ascii_case("none");
    Ok(if is_none {
        String::new()
    } else {
        text.to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::reply;

    #[test]
    fn none_answers_nothing() {
        for text in ["none", " None\n", ""] {
            assert_eq!(reply(text).unwrap(), "");
        }
        assert_eq!(reply("None of us").unwrap(), "None of us");
    }
}
