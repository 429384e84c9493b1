//! `X-Twilio-Signature`: proves that a callback is Twilio's and unmodified.
//!
//! The signature is base64(HMAC-SHA1(auth token, URL + for every name in order, for every unique
//! value in order: name + value)). A JSON body is covered by its SHA-256 in the URL's query instead.
//! Source: Twilio, "Webhooks security", and the behaviour of its SDKs.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use url::{Url, form_urlencoded};

/// What the signature covers besides the URL.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    /// The raw form body. An empty one has no parameters.
    Form(&'a [u8]),
    /// The fields of a form, parsed, in any order.
    Fields(&'a [(String, String)]),
    /// Any other body, raw: its hash must be in the URL's query as `bodySHA256`.
    Hashed(&'a [u8]),
}

/// The signature of `url` with the parameters of a form.
///
/// `url` must be exactly the one given to Twilio.
#[must_use]
pub fn sign<'a>(
    auth_token: &SecretString,
    url: &str,
    params: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut params: Vec<_> = params.into_iter().collect();
    sign_sorted(auth_token, &[url], sorted(&mut params))
}

/// Names in order, and for each its unique values in order.
fn sorted<'p, 'a>(params: &'p mut Vec<(&'a str, &'a str)>) -> &'p [(&'a str, &'a str)] {
    params.sort_unstable();
    params.dedup();
    params
}

fn sign_sorted(auth_token: &SecretString, url: &[&str], params: &[(&str, &str)]) -> String {
    let key = auth_token.expose_secret().as_bytes();
    // An HMAC accepts keys of any length, so the other arm is unreachable; it must not sign.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key) else {
        return String::new();
    };
    for part in url {
        mac.update(part.as_bytes());
    }
    for (name, value) in params {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Whether `signature` is Twilio's for this request.
///
/// `url` is the public base URL as configured, with the request's raw path and query: never the
/// `Host` header or a proxy's scheme. Tried as given, with the scheme's port, and without port,
/// since Twilio does not say which one it signed.
#[must_use]
pub fn validate(auth_token: &SecretString, signature: &str, url: &str, body: Body<'_>) -> bool {
    let form: Vec<_> = match body {
        Body::Form(raw) => form_urlencoded::parse(raw).collect(),
        Body::Hashed(raw) if !body_hash_matches(url, raw) => return false,
        Body::Fields(_) | Body::Hashed(_) => Vec::new(),
    };
    let mut params: Vec<(&str, &str)> = match body {
        Body::Fields(fields) => fields
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect(),
        _ => form.iter().map(|(n, v)| (&**n, &**v)).collect(),
    };
    let params = sorted(&mut params);
    let matches = |url: &[&str]| {
        let expected = sign_sorted(auth_token, url, params);
        !expected.is_empty() && bool::from(expected.as_bytes().ct_eq(signature.as_bytes()))
    };
    if matches(&[url]) {
        return true;
    }
    let Some((origin, rest)) = split_origin(url) else {
        return false;
    };
    let Ok(parsed) = Url::parse(url) else {
        return false;
    };
    match parsed.port() {
        // `Url` drops the scheme's default port, so look at the text.
        Some(port) => origin
            .strip_suffix(&format!(":{port}"))
            .is_some_and(|bare| matches(&[bare, rest])),
        None => parsed.port_or_known_default().is_some_and(|port| {
            let port = format!(":{port}");
            match origin.strip_suffix(&port) {
                Some(bare) => matches(&[bare, rest]),
                None => matches(&[origin, &port, rest]),
            }
        }),
    }
}

/// `https://host:port` and the rest.
fn split_origin(url: &str) -> Option<(&str, &str)> {
    let host = url.find("://")? + 3;
    let end = url[host..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| host + at);
    Some(url.split_at(end))
}

fn body_hash_matches(url: &str, body: &[u8]) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let Some((_, claimed)) = url.query_pairs().find(|(name, _)| name == "bodySHA256") else {
        return false;
    };
    let actual = body_hash(body);
    actual.as_bytes().ct_eq(claimed.as_bytes()).into()
}

/// The lowercase hex SHA-256 of a body, as in `bodySHA256`.
#[must_use]
pub fn body_hash(body: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(body) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests;
