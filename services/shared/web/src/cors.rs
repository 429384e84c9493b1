//! Which pages of other origins may call from a browser.

use std::{
    collections::HashSet,
    str::FromStr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::http::{HeaderName, HeaderValue, Method, header, request::Parts};
use tower_http::cors::{AllowOrigin, CorsLayer};
use url::Url;

use crate::request_scope::REQUEST_ID;

/// Refused origins that the log names: strangers choose them, so there is an end.
const MOST_NAMED: usize = 20;
const LONGEST_LABEL: usize = 63;

/// An origin such as `https://app.example.com`, or those that differ in a part of their first label only, such as
/// `https://*.vercel.app` or `https://dashboard-*-acme.vercel.app`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedOrigin {
    /// The whole origin, or what comes before the star.
    before: String,
    /// What comes after the star.
    after: Option<String>,
}

/// The text is no origin, or a pattern that means too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoOrigin {
    /// Not an origin.
    #[error("an origin has the form https://app.example.com")]
    Malformed,
    /// The star is at the wrong place.
    #[error(
        "a star stands once, in the first label of a name with two more, as in https://*.example.com"
    )]
    Star,
}

impl FromStr for AllowedOrigin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let text = text.trim();
        let Some((before, after)) = text.split_once('*') else {
            let before = origin_of(text)?;
            return Ok(Self {
                before,
                after: None,
            });
        };
        let in_first_label = before
            .split_once("://")
            .is_some_and(|(_, label)| is_part_of_label(label));
        let (rest_of_label, domain) = after.split_once('.').ok_or(NoOrigin::Star)?;
        if !in_first_label
            || !is_part_of_label(rest_of_label)
            || !domain.contains('.')
            || domain.contains('*')
        {
            return Err(NoOrigin::Star);
        }
        // A name in place of the star, so that whatever else is wrong with it shows.
        let sample = origin_of(&format!("{before}x{after}"))?;
        let before = before.to_ascii_lowercase();
        let after = sample
            .strip_prefix(&before)
            .and_then(|rest| rest.strip_prefix('x'))
            .ok_or(NoOrigin::Malformed)?;
        Ok(Self {
            after: Some(after.to_owned()),
            before,
        })
    }
}

impl AllowedOrigin {
    fn is(&self, origin: &str) -> bool {
        let Some(after) = &self.after else {
            return origin == self.before;
        };
        origin
            .strip_prefix(&self.before)
            .and_then(|rest| rest.strip_suffix(after.as_str()))
            .is_some_and(|part| !part.is_empty() && is_part_of_label(part))
    }
}

/// Without a dot: a star never stands for more than one label.
fn is_part_of_label(text: &str) -> bool {
    text.len() <= LONGEST_LABEL && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The origin of an address; its path does not count.
fn origin_of(text: &str) -> Result<String, NoOrigin> {
    let url = Url::parse(text).map_err(|_| NoOrigin::Malformed)?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    if !is_plain || !matches!(url.scheme(), "http" | "https") {
        return Err(NoOrigin::Malformed);
    }
    Ok(url.origin().ascii_serialization())
}

/// Lets pages of these origins call, with the headers that supabase-js, Sentry and OpenTelemetry add.
pub(crate) fn cors(origins: &[AllowedOrigin]) -> CorsLayer {
    let origins = origins.to_vec();
    let refused = Refused::default();
    let allowed = move |origin: &HeaderValue, request: &Parts| {
        let is_allowed = origin
            .to_str()
            .is_ok_and(|text| origins.iter().any(|allowed| allowed.is(text)));
        if !is_allowed {
            refused.tell(origin, request);
        }
        is_allowed
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(allowed))
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("apikey"),
            HeaderName::from_static("baggage"),
            HeaderName::from_static("idempotency-key"),
            header::IF_NONE_MATCH,
            // Not every client's EventSource is the browser's own, which needs no leave.
            HeaderName::from_static("last-event-id"),
            HeaderName::from_static("prefer"),
            HeaderName::from_static("sentry-trace"),
            HeaderName::from_static("traceparent"),
            HeaderName::from_static("tracestate"),
            HeaderName::from_static("x-client-info"),
            REQUEST_ID,
        ])
        .expose_headers([
            header::RETRY_AFTER,
            header::CONTENT_DISPOSITION,
            header::ETAG,
            HeaderName::from_static("ratelimit-limit"),
            HeaderName::from_static("ratelimit-remaining"),
            HeaderName::from_static("ratelimit-reset"),
            REQUEST_ID,
        ])
        .max_age(Duration::from_hours(1))
}

/// The origins that the log has named: each is named once.
#[derive(Default)]
struct Refused(Mutex<HashSet<String>>);

impl Refused {
    fn tell(&self, origin: &HeaderValue, request: &Parts) {
        let origin: String = String::from_utf8_lossy(origin.as_bytes())
            .chars()
            .take(200)
            .collect();
        let is_own = origin.split_once("://").is_some_and(|(_, host)| {
            request
                .headers
                .get(header::HOST)
                .is_some_and(|own| own.as_bytes() == host.as_bytes())
        });
        if is_own {
            return;
        }
        let mut named = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if named.len() < MOST_NAMED && named.insert(origin.clone()) {
            tracing::warn!(
                event = "cors.origin_refused",
                "browsers keep pages of {origin:?} from this API: if they are the frontend's, add their origin to \
                 CORS_ALLOWED_ORIGINS (NEXTAUTH_URL where that is not set)"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(pattern: &str, origin: &str) -> bool {
        pattern.parse::<AllowedOrigin>().unwrap().is(origin)
    }

    #[test]
    fn an_address_stands_for_its_origin() {
        for address in [
            "https://app.example.com",
            "https://APP.example.com:443/dash?x=1",
            " https://app.example.com/ ",
        ] {
            assert!(allows(address, "https://app.example.com"), "{address}");
        }
        assert!(allows("http://localhost:3000", "http://localhost:3000"));
        for other in [
            "http://app.example.com",
            "https://app.example.com.evil.com",
            "https://app.example.com:8443",
            "https://evil.com",
            "null",
            "",
        ] {
            assert!(!allows("https://app.example.com", other), "{other}");
        }
    }

    #[test]
    fn a_star_is_one_label_or_a_part_of_it_and_nothing_else() {
        let previews = "https://*.vercel.app";
        for origin in ["https://a.vercel.app", "https://my-app-git-x1.vercel.app"] {
            assert!(allows(previews, origin), "{origin}");
        }
        for origin in [
            "https://vercel.app",
            "https://.vercel.app",
            "https://a.b.vercel.app",
            "https://evil.com/.vercel.app",
            "https://evil.com?.vercel.app",
            "https://evil.com#.vercel.app",
            "https://evil.com:1.vercel.app",
            "https://user@a.vercel.app",
            "https://a.vercel.app.evil.com",
            "https://a.vercel.app:8443",
            "https://a.vercel.app/",
            "https://avercel.app",
            "https://a_b.vercel.app",
            "https://a\u{e9}.vercel.app",
            "https://*.vercel.app\n",
            "http://a.vercel.app",
            "null",
        ] {
            assert!(!allows(previews, origin), "{origin}");
        }
        let of_team = "https://dashboard-*-acme.vercel.app";
        assert!(allows(
            of_team,
            "https://dashboard-git-main-acme.vercel.app"
        ));
        for origin in [
            "https://dashboard--acme.vercel.app",
            "https://dashboard-x-evil.vercel.app",
            "https://dashboard-x.evil.com-acme.vercel.app",
        ] {
            assert!(!allows(of_team, origin), "{origin}");
        }
        assert!(allows(
            "http://*.localhost.test:3000",
            "http://a.localhost.test:3000"
        ));
    }

    #[test]
    fn what_would_let_in_everybody_is_refused() {
        for wrong in [
            "*",
            "https://*",
            "https://*.app",
            "https://*.*.example.com",
            "https://app.*.example.com",
            "https://example.*",
            "*://a.example.com",
            "https://user:*@a.example.com",
            "app.example.com",
            "ftp://example.com",
            "null",
            "",
        ] {
            assert!(wrong.parse::<AllowedOrigin>().is_err(), "{wrong}");
        }
    }
}
