//! The client address of a request, for rate limits.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Once,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderName, request::Parts},
};
use web::ApiError;

use crate::state::AccountsState;

/// The caller's network address: an IPv4 address, or the /64 of an IPv6 one, which is what one
/// household or server usually has. Nobody's, where only a proxy on this machine knows it: then
/// everybody calls from one address, and what one of them does must not count against the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(Option<IpAddr>);

/// Said once, since it is true of every request.
static WARNED: Once = Once::new();

impl ClientAddress {
    fn of(address: IpAddr) -> Self {
        Self(Some(match address.to_canonical() {
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            v4 @ IpAddr::V4(_) => v4,
        }))
    }

    fn of_peer(address: IpAddr, trusts_a_header: bool) -> Self {
        if trusts_a_header || !address.to_canonical().is_loopback() {
            return Self::of(address);
        }
        WARNED.call_once(|| {
            tracing::error!(
                "requests come from this machine itself, so a proxy hides who calls, and nothing limits \
                 attempts by address: set TRUSTED_PROXY_HEADER to the header in which the proxy passes it"
            );
        });
        Self(None)
    }

    /// The address, if it is known.
    pub fn ip(self) -> Option<IpAddr> {
        self.0
    }
}

impl FromRequestParts<AccountsState> for ClientAddress {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AccountsState,
    ) -> Result<Self, ApiError> {
        let told = state
            .settings
            .trusted_proxy_header
            .as_ref()
            .and_then(|name| told_by_proxy(&parts.headers, name));
        let peer = || {
            parts
                .extensions
                .get::<ConnectInfo<SocketAddr>>()
                .map(|ConnectInfo(peer)| peer.ip())
        };
        let trusts_a_header = state.settings.trusted_proxy_header.is_some();
        told.map(Self::of)
            .or_else(|| peer().map(|peer| Self::of_peer(peer, trusts_a_header)))
            .ok_or_else(|| {
                ApiError::internal("neither a trusted header nor a peer address says who calls")
            })
    }
}

/// The last address in the header: the one that the trusted proxy wrote. Those before it were
/// sent by the client.
fn told_by_proxy(headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
    let last = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    let last = last.rsplit(',').next()?.trim();
    let bare = last
        .strip_prefix('[')
        .and_then(|rest| rest.split(']').next())
        .unwrap_or(last);
    bare.parse()
        .ok()
        .or_else(|| last.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(values: &[&'static str]) -> Option<IpAddr> {
        let name = HeaderName::from_static("x-forwarded-for");
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&name, value.parse().unwrap());
        }
        told_by_proxy(&headers, &name)
    }

    #[test]
    fn only_what_the_proxy_itself_wrote_counts() {
        assert_eq!(told(&["1.2.3.4, 5.6.7.8"]), Some([5, 6, 7, 8].into()));
        assert_eq!(
            told(&["1.2.3.4", "9.9.9.9:4711"]),
            Some([9, 9, 9, 9].into())
        );
        assert_eq!(told(&["nonsense"]), None);
        assert_eq!(told(&[]), None);
    }

    #[test]
    fn callers_behind_a_proxy_that_nobody_trusts_are_not_one_caller() {
        let of = |text: &str, trusts| ClientAddress::of_peer(text.parse().unwrap(), trusts).ip();
        assert_eq!(of("127.0.0.1", false), None);
        assert_eq!(of("::1", false), None);
        assert_eq!(of("::ffff:127.0.0.1", false), None);
        assert!(of("127.0.0.1", true).is_some());
        assert!(of("10.0.0.1", false).is_some());
    }

    #[test]
    fn neighbours_in_one_ipv6_network_are_one_caller() {
        let of = |text: &str| ClientAddress::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::5"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::5"), of("2001:db8:1:3::5"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }
}
