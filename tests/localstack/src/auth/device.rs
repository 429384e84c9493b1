//! From where somebody signs in.

use axum::{extract::FromRequestParts, http::request::Parts};
use std::{convert::Infallible, net::IpAddr};

/// What is stored about a session's device.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) user_agent: Option<String>,
    pub(crate) ip: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Device {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let ip = header("x-forwarded-for")
            .and_then(|hops| hops.split(',').next())
            .and_then(|first| first.trim().parse::<IpAddr>().ok())
            .map(|address| address.to_string());
        Ok(Self {
            user_agent: header("user-agent").map(str::to_owned),
            ip,
        })
    }
}
