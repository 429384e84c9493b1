//! The address at which Twilio reaches us: public, ours, and known to the process behind it by the same name.

use reqwest::{Response, StatusCode};
use secrecy::SecretString;
use twilio::signature::sign;
use twilio_callbacks::{CHECK_QUERY, STATUS_PATH};
use url::Url;

use super::{
    finding::Finding,
    setup::{Setup, is_this_machine, reason},
};

const ADDRESS: &str = "callbacks.address";
const REACHABLE: &str = "callbacks.reachable";

pub async fn check(setup: &Setup) -> Vec<Finding> {
    let Some(base) = setup.url("PUBLIC_BASE_URL") else {
        return Vec::new();
    };
    let mut found: Vec<_> = address(setup, &base).into_iter().collect();
    let (Some(sid), Some(token)) = (
        setup.get("TWILIO_ACCOUNT_SID"),
        setup.get("TWILIO_AUTH_TOKEN"),
    ) else {
        return found;
    };
    // Exactly as the process puts it together.
    let url = format!(
        "{}{STATUS_PATH}?{CHECK_QUERY}",
        base.as_str().trim_end_matches('/')
    );
    let fields = [("AccountSid", sid)];
    let signature = sign(&SecretString::from(token), &url, fields);
    let signed = setup
        .http
        .post(&url)
        .header("x-twilio-signature", signature)
        .form(&fields)
        .send();
    let unsigned = setup.http.post(&url).form(&fields).send();
    let (signed, unsigned) = tokio::join!(signed, unsigned);
    found.push(match (signed, unsigned) {
        (Ok(signed), Ok(unsigned)) => reached(&signed, &unsigned),
        (Err(error), _) | (_, Err(error)) => Finding::problem(
            REACHABLE,
            format!("PUBLIC_BASE_URL can't be reached from here: {}. Twilio's callbacks would be lost.", reason(error)),
            "Start twilio-callbacks (or `dnwerks all`) and the proxy before it, and point the name in PUBLIC_BASE_URL at it; then run this again.",
        ),
    });
    found
}

/// What can be seen without asking.
fn address(setup: &Setup, base: &Url) -> Option<Finding> {
    let twilio = setup.url("TWILIO_API_URL");
    let is_real = twilio.is_some_and(|url| !is_this_machine(&url));
    if !is_real {
        return None;
    }
    if is_this_machine(base) {
        return Some(Finding::problem(
            ADDRESS,
            "PUBLIC_BASE_URL leads to this machine, where Twilio can't reach it.",
            "Set it to the public address of the proxy before twilio-callbacks, such as https://api.example.com.",
        ));
    }
    (base.scheme() != "https").then(|| {
        Finding::warning(
            ADDRESS,
            "PUBLIC_BASE_URL is not https: people's numbers and texts travel in the open.",
            "Give the proxy a certificate, and write https:// in PUBLIC_BASE_URL.",
        )
    })
}

/// Ours refuses what is not signed, and takes what is.
fn reached(signed: &Response, unsigned: &Response) -> Finding {
    let problem = |detail: String, remedy: &str| Finding::problem(REACHABLE, detail, remedy);
    match (signed.status(), unsigned.status()) {
        (StatusCode::NO_CONTENT, StatusCode::FORBIDDEN) => Finding::ok(
            REACHABLE,
            "PUBLIC_BASE_URL leads to our twilio-callbacks, which takes what this auth token signed.",
        ),
        (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN) => problem(
            "PUBLIC_BASE_URL leads to a server that refuses what this auth token signed: every callback of Twilio's would be refused.".to_owned(),
            "Give the process there the same PUBLIC_BASE_URL, TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN as here, and let the proxy change neither path nor query.",
        ),
        (StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED, _) => problem(
            format!("PUBLIC_BASE_URL leads to a server without our callbacks: it answers {}.", signed.status()),
            "Let the proxy send /api/webhooks/twilio to twilio-callbacks, or correct PUBLIC_BASE_URL: the origin, and a path only if the proxy cuts none off.",
        ),
        (status, _) if status.is_redirection() => problem(
            format!("PUBLIC_BASE_URL redirects ({status}); Twilio's signature is for the address it was given."),
            "Set PUBLIC_BASE_URL to where it redirects: mind http or https, and www.",
        ),
        (status, _) if status.is_server_error() => problem(
            format!("What is behind PUBLIC_BASE_URL answers {status}."),
            "Start twilio-callbacks (or `dnwerks all`) behind the proxy, and look at its log.",
        ),
        (status, _) => problem(
            format!("PUBLIC_BASE_URL leads to another server: it answers {status}."),
            "Let the proxy send /api/webhooks/twilio to twilio-callbacks, or correct PUBLIC_BASE_URL.",
        ),
    }
}
