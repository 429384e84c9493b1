//! Where links lead: to the project's own addresses only.

use axum::{
    http::{
        StatusCode,
        header::{CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use url::Url;

use super::{caller::or_default, options::Options};

/// The link target that a request asks for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Redirect {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) redirect_to: String,
}

impl Redirect {
    /// The requested address if the project allows it, else the frontend's.
    pub(crate) fn target(&self, options: &Options) -> String {
        if is_allowed(&self.redirect_to, options) {
            self.redirect_to.clone()
        } else {
            options.site_url.clone()
        }
    }
}

fn is_allowed(wanted: &str, options: &Options) -> bool {
    let host = |address: &str| {
        Url::parse(address)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
    };
    if host(wanted).is_some_and(|named| Some(named) == host(&options.site_url)) {
        return true;
    }
    // What follows in the address never decides where it leads.
    let place = wanted.split(['#', '?']).next().unwrap_or_default();
    options
        .redirect_urls
        .iter()
        .any(|pattern| !pattern.is_empty() && matches(pattern.as_bytes(), place.as_bytes()))
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
    use super::{Options, Redirect, matches};

    #[test]
    fn links_lead_only_where_the_project_allows() {
        let mut options = Options::new("http://127.0.0.1:54321", "https://app.example.com");
        options
            .redirect_urls
            .push("https://preview.example.com/**".into());
        let target = |wanted: &str| {
            Redirect {
                redirect_to: wanted.into(),
            }
            .target(&options)
        };
        for allowed in [
            "https://app.example.com/reset",
            "https://preview.example.com/x/y?z=1",
        ] {
            assert_eq!(target(allowed), allowed);
        }
        for foreign in [
            "",
            "https://evil.example",
            "https://evil.example/?https://preview.example.com/",
            "https://preview.example.com.evil.example/",
        ] {
            assert_eq!(target(foreign), "https://app.example.com", "{foreign}");
        }
    }

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
