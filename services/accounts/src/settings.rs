//! The settings of accounts.

use std::{str::FromStr, time::Duration};

use axum::http::HeaderName;
use rows_as_service::accounts::Bucket;
use url::Url;

/// Rate limits, the source of the client address, and where links lead.
// No argument group of its own: clap names groups after the type, and every service calls it `Settings`.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// The frontend's base URL: links of invitations start with it. Without it, answers have none.
    #[arg(
        id = "NEXTAUTH_URL",
        long = "frontend-url",
        env = "NEXTAUTH_URL",
        value_name = "NEXTAUTH_URL"
    )]
    pub frontend_url: Option<Url>,

    /// The header in which the reverse proxy passes the client address, such as
    /// `x-forwarded-for`. If absent, the connection's peer address is used. Set it only if every
    /// request passes through that proxy: other clients could forge it.
    #[arg(
        id = "TRUSTED_PROXY_HEADER",
        long = "trusted-proxy-header",
        env = "TRUSTED_PROXY_HEADER",
        value_name = "HEADER"
    )]
    pub trusted_proxy_header: Option<HeaderName>,

    /// Sign-ins from one address: `<burst>/<seconds to refill>`.
    #[arg(
        id = "LOGIN_LIMIT_PER_ADDRESS",
        long = "login-limit-per-address",
        env = "LOGIN_LIMIT_PER_ADDRESS",
        default_value = "60/300",
        value_name = "LIMIT"
    )]
    pub login_limit_per_address: Limit,

    /// Failed sign-ins to one account from all addresses that have not signed in to it before.
    #[arg(
        id = "LOGIN_LIMIT_PER_ACCOUNT",
        long = "login-limit-per-account",
        env = "LOGIN_LIMIT_PER_ACCOUNT",
        default_value = "10/600",
        value_name = "LIMIT"
    )]
    pub login_limit_per_account: Limit,

    /// Registrations from one address.
    #[arg(
        id = "REGISTER_LIMIT_PER_ADDRESS",
        long = "register-limit-per-address",
        env = "REGISTER_LIMIT_PER_ADDRESS",
        default_value = "60/3600",
        value_name = "LIMIT"
    )]
    pub register_limit_per_address: Limit,

    /// Password resets requested, or tokens submitted, from one address.
    #[arg(
        id = "RESET_LIMIT_PER_ADDRESS",
        long = "reset-limit-per-address",
        env = "RESET_LIMIT_PER_ADDRESS",
        default_value = "60/3600",
        value_name = "LIMIT"
    )]
    pub reset_limit_per_address: Limit,

    /// Password resets requested for one account.
    #[arg(
        id = "RESET_LIMIT_PER_ACCOUNT",
        long = "reset-limit-per-account",
        env = "RESET_LIMIT_PER_ACCOUNT",
        default_value = "5/3600",
        value_name = "LIMIT"
    )]
    pub reset_limit_per_account: Limit,

    /// A refused sign-in or a registration is answered after a multiple of this many
    /// milliseconds, to hide its timing. Set it longer than Auth takes to check a password.
    #[arg(
        id = "SIGN_IN_ANSWER_MS",
        long = "sign-in-answer-ms",
        env = "SIGN_IN_ANSWER_MS",
        default_value_t = 500,
        value_parser = clap::value_parser!(u64).range(1..=10_000),
        value_name = "MS"
    )]
    pub sign_in_answer_ms: u64,
}

/// A limit: `60/300` allows a burst of 60, refilled within 300 s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit(pub Bucket);

/// The text is not a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a limit has the form <burst>/<seconds to refill>, such as 60/300")]
pub struct NoLimit;

impl FromStr for Limit {
    type Err = NoLimit;

    fn from_str(text: &str) -> Result<Self, NoLimit> {
        let (burst, seconds) = text.split_once('/').ok_or(NoLimit)?;
        let burst: u32 = burst.trim().parse().map_err(|_| NoLimit)?;
        let seconds: u32 = seconds.trim().parse().map_err(|_| NoLimit)?;
        if burst == 0 || seconds == 0 {
            return Err(NoLimit);
        }
        Ok(Self(Bucket {
            burst,
            refill: Duration::from_secs(seconds.into()) / burst,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_burst_and_the_time_to_fill_up() {
        let limit: Limit = "60/300".parse().unwrap();
        assert_eq!(
            limit.0,
            Bucket {
                burst: 60,
                refill: Duration::from_secs(5)
            }
        );
        for wrong in ["", "60", "0/5", "5/0", "a/b", "-1/5"] {
            assert_eq!(wrong.parse::<Limit>(), Err(NoLimit));
        }
    }
}
