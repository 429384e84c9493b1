//! A project's Auth settings.

use std::fmt;

/// The settings of Auth, named after GoTrue's and those of `supabase/config.toml`.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
#[derive(Clone)]
pub struct Options {
    /// The address of the project that clients use, without a path: `http://127.0.0.1:54321`.
    /// Tokens are issued by `<external_url>/auth/v1`.
    pub external_url: String,
    /// The frontend's address, where links in mails lead unless a request names another.
    pub site_url: String,
    /// More addresses that links may lead to, with `*` and `**`, besides `site_url`'s host.
    pub redirect_urls: Vec<String>,
    /// Whether `/signup` is open.
    pub enable_signup: bool,
    /// Whether a new account is confirmed at once, without a mail (`mailer_autoconfirm`).
    pub autoconfirm: bool,
    /// Whether a change of e-mail asks both addresses (only without `autoconfirm`).
    pub double_confirm_changes: bool,
    /// The minimum length of a password.
    pub password_min_length: usize,
    /// The work factor of bcrypt, 4 to 31. GoTrue's is 10; tests take 4.
    pub bcrypt_cost: u32,
    /// The lifetime of an access token, in seconds.
    pub access_token_seconds: i64,
    /// How long a used refresh token is still accepted, in seconds.
    pub refresh_token_reuse_seconds: i64,
    /// Whether a new password needs a code again where the session is older than a day.
    pub secure_password_change: bool,
    /// How long after a mail the next one of its kind is refused, in seconds. GoTrue's is 60.
    pub seconds_between_mails: f64,
    /// The header with the caller's address, by which requests are limited as GoTrue does; if absent,
    /// nothing is limited.
    pub rate_limit_header: Option<String>,
    /// The lifetime of mailed tokens, in seconds.
    pub one_time_token_seconds: i64,
    /// The Postgres function called before a user is created, as `schema.function`.
    pub before_user_created: Option<String>,
    /// The Postgres function that writes the claims of access tokens, as `schema.function`.
    pub custom_access_token: Option<String>,
    /// Where mails go. If absent, tokens are only stored and not mailed.
    pub outbox: Option<Outbox>,
}

/// A Resend-compatible API for mails.
#[derive(Clone)]
pub struct Outbox {
    /// The address of the API, to which `/emails` is appended.
    pub api_url: String,
    /// Sent as Bearer.
    pub api_key: String,
    /// The sender, as `Name <address>`.
    pub from: String,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Outbox")
            .field("api_url", &self.api_url)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// GoTrue's defaults for a project at `external_url` whose frontend is at `site_url`, except
    /// that accounts are confirmed at once, as `supabase init` sets it for development.
    #[must_use]
    pub fn new(external_url: impl Into<String>, site_url: impl Into<String>) -> Self {
        Self {
            external_url: external_url.into(),
            site_url: site_url.into(),
            redirect_urls: Vec::new(),
            enable_signup: true,
            autoconfirm: true,
            double_confirm_changes: true,
            password_min_length: 6,
            bcrypt_cost: 10,
            access_token_seconds: 3600,
            refresh_token_reuse_seconds: 10,
            secure_password_change: false,
            seconds_between_mails: 0.0,
            rate_limit_header: None,
            one_time_token_seconds: 3600,
            before_user_created: None,
            custom_access_token: None,
            outbox: None,
        }
    }

    /// The `iss` of every token, and the address of Auth as clients know it.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("{}/auth/v1", self.external_url.trim_end_matches('/'))
    }
}
