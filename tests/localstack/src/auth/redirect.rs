//! Where links lead: to the project's own addresses only.

use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::FromRequestParts,
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_TYPE, LOCATION, REFERER},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use url::form_urlencoded;

use super::{options::Options, state::Auth};

/// Where the link of a mail leads: the address that the request asks for, else the page that it comes
/// from, if the project allows them; else the frontend.
#[derive(Debug)]
pub(crate) struct Redirect(pub(crate) String);

impl FromRequestParts<Auth> for Redirect {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, auth: &Auth) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let asked = header(&parts.headers, "redirect_to")
            .map(str::to_owned)
            .or_else(|| {
                form_urlencoded::parse(query.as_bytes())
                    .find(|(name, _)| name == "redirect_to")
                    .map(|(_, address)| address.into_owned())
            });
        let page = header(&parts.headers, REFERER.as_str()).map(str::to_owned);
        let allowed = asked
            .into_iter()
            .chain(page)
            .find(|address| is_allowed(address, &auth.options));
        Ok(Self(
            allowed.unwrap_or_else(|| auth.options.site_url.clone()),
        ))
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?;
    (!value.is_empty()).then_some(value)
}

/// Whether links may lead there: to the frontend, to this machine, or where the project's patterns say.
pub(crate) fn is_allowed(wanted: &str, options: &Options) -> bool {
    if wanted.is_empty() {
        return false;
    }
    let (Some(site), Some(place)) = (Origin::of(&options.site_url), Origin::of(wanted)) else {
        return false;
    };
    let same_port = site.port == place.port || place.is_loopback();
    if site.scheme == place.scheme && site.host == place.host && same_port {
        return true;
    }
    let digits_only = place.host.bytes().all(|byte| byte.is_ascii_digit());
    if digits_only && !place.host.is_empty() {
        // Browsers take a number for the IP address that it is.
        return false;
    }
    if let Ok(address) = place.host.parse::<IpAddr>() {
        return address.to_canonical().is_loopback();
    }
    if ["http", "https"].contains(&place.scheme.as_str()) && !place.has_usual_host() {
        return false;
    }
    let without_fragment = wanted.split('#').next().unwrap_or_default();
    options
        .redirect_urls
        .iter()
        .any(|pattern| matches(pattern.as_bytes(), without_fragment.as_bytes()))
}

/// What of an address says where it leads, each part empty if there is none.
struct Origin<'a> {
    scheme: String,
    host: &'a str,
    port: &'a str,
}

impl<'a> Origin<'a> {
    /// As Go reads it, which GoTrue is written in: nothing is corrected as in a browser, so that
    /// `http:\\host` and `http:host` have no host. None where Go finds a mistake.
    fn of(address: &'a str) -> Option<Self> {
        if address.bytes().any(|byte| byte.is_ascii_control()) {
            return None;
        }
        let place = address.split(['#', '?']).next().unwrap_or_default();
        let (scheme, rest) = match place.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme.to_ascii_lowercase(), rest),
            Some((segment, _)) if !segment.contains('/') => return None,
            _ => (String::new(), place),
        };
        let authority = rest.strip_prefix("//").unwrap_or_default();
        let authority = authority.split('/').next().unwrap_or_default();
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let is_usual =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
        if !user.bytes().all(is_usual) {
            return None;
        }
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
            Some(_) if !host.ends_with(']') => return None,
            _ => (host, ""),
        };
        let in_brackets = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        Some(Self {
            scheme,
            host: in_brackets.unwrap_or(host),
            port,
        })
    }

    /// Whether a program on this machine waits there, on a port that it is free to choose (RFC 8252, 7.3).
    fn is_loopback(&self) -> bool {
        let host = self.host.to_ascii_lowercase();
        ["localhost", "127.0.0.1", "::1", "0.0.0.0", "::"].contains(&host.as_str())
    }

    fn has_usual_host(&self) -> bool {
        let ends = [self.host.chars().next(), self.host.chars().next_back()];
        ends.iter()
            .all(|end| end.is_some_and(|end| end.is_ascii_alphanumeric()))
            && self
                .host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Whether `text` is of the pattern: `*` is anything but `.` and `/`, `**` is anything, `?` is one
/// letter other than those two.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let is_separator = |byte: &u8| matches!(byte, b'.' | b'/');
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|end| matches(rest, &text[end..])),
        [b'*', rest @ ..] => {
            let longest = text.iter().position(is_separator);
            (0..=longest.unwrap_or(text.len())).any(|end| matches(rest, &text[end..]))
        }
        [b'?', rest @ ..] => {
            text.first().is_some_and(|byte| !is_separator(byte)) && matches(rest, &text[1..])
        }
        [letter, rest @ ..] => text.first() == Some(letter) && matches(rest, &text[1..]),
    }
}

/// Sends a browser to `location`, with the body that Go writes for those that don't follow.
pub(crate) fn see_other(location: String) -> Response {
    let in_html = location
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;");
    let body = format!("<a href=\"{in_html}\">See Other</a>.\n\n");
    (
        StatusCode::SEE_OTHER,
        [
            (LOCATION, location),
            (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        ],
        body,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stays_within_one_part_of_an_address() {
        let fits = |pattern: &str, text: &str| matches(pattern.as_bytes(), text.as_bytes());
        assert!(fits("https://*.example.com/", "https://a.example.com/"));
        assert!(!fits("https://*.example.com/", "https://a.b.example.com/"));
        assert!(fits("https://example.com/**", "https://example.com/a/b"));
        assert!(!fits("https://example.com/*", "https://example.com/a/b"));
        assert!(fits("https://example.com/?", "https://example.com/a"));
        assert!(!fits("https://example.com", "https://example.com/"));
    }
}
