//! Checks of a request: credentials, and a message that Twilio would accept.

use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{PhoneNumber, Segments};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;
use url::Url;

use super::answer::Refusal;
use super::options::Options;

const LONGEST_CALLBACK: usize = 4000;

/// The only pair of credentials, as in the header.
pub(super) struct Credentials {
    account_sid: String,
    header: String,
}

impl Credentials {
    pub(super) fn of(options: &Options) -> Self {
        let pair = format!("{}:{}", options.account_sid, options.auth_token);
        Self {
            account_sid: options.account_sid.clone(),
            header: format!("Basic {}", STANDARD.encode(pair)),
        }
    }

    /// Checks the credentials.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let given = headers
            .get(header::AUTHORIZATION)
            .map_or(&b""[..], |value| value.as_bytes());
        if bool::from(given.ct_eq(self.header.as_bytes())) {
            Ok(())
        } else {
            Err(Refusal::of(20003))
        }
    }

    /// Checks the credentials, and the account of the requested resource.
    pub(super) fn check_account(&self, headers: &HeaderMap, account: &str) -> Result<(), Refusal> {
        self.check(headers)?;
        if account == self.account_sid {
            Ok(())
        } else {
            Err(Refusal::of(20404))
        }
    }
}

/// The raw form of a create request.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateForm {
    to: Option<String>,
    from: Option<String>,
    messaging_service_sid: Option<String>,
    body: Option<String>,
    status_callback: Option<String>,
    validity_period: Option<String>,
    smart_encoded: Option<String>,
}

/// A create request that Twilio would accept.
#[derive(Debug)]
pub(super) struct NewMessage {
    pub to: Box<str>,
    pub from: Option<Box<str>>,
    pub service: Option<Box<str>>,
    pub body: Box<str>,
    pub callback: Option<Box<str>>,
    pub validity_seconds: u32,
    pub segments: u16,
    pub smart_encoded: bool,
}

impl CreateForm {
    /// Checks the form in Twilio's order.
    pub(super) fn check(self, options: &Options) -> Result<NewMessage, Refusal> {
        let to = present(self.to).ok_or(Refusal::of(21604))?;
        let to = PhoneNumber::parse(&to).map_err(|_| Refusal::of(21211))?;
        let from = present(self.from);
        let service = present(self.messaging_service_sid);
        match (&from, &service) {
            (None, None) => return Err(Refusal::of(21603)),
            (Some(from), _) if from == to.as_str() => return Err(Refusal::of(21266)),
            (Some(from), _) if !is_e164(from) => return Err(Refusal::of(21212)),
            (Some(from), _) if !options.senders.is_empty() && !options.senders.contains(from) => {
                return Err(Refusal::of(21606));
            }
            _ => {}
        }
        if let Some(service) = &service {
            let known = options.messaging_services.is_empty()
                || options.messaging_services.contains(service);
            if !known || !is_service_sid(service) {
                return Err(Refusal::of(21701));
            }
        }
        let body = present(self.body).ok_or(Refusal::of(21602))?;
        let segments = Segments::count(&body)
            .map_err(|_| Refusal::of(21617))?
            .count;
        let callback = present(self.status_callback);
        if callback.as_deref().is_some_and(|url| !is_web_address(url)) {
            return Err(Refusal::of(21609));
        }
        let validity_seconds = match present(self.validity_period) {
            None => 36_000,
            Some(seconds) => seconds
                .parse()
                .ok()
                .filter(|seconds| (1..=36_000).contains(seconds))
                .ok_or(Refusal::of(20001))?,
        };
        Ok(NewMessage {
            to: to.as_str().into(),
            from: from.map(String::into_boxed_str),
            service: service.map(String::into_boxed_str),
            body: body.into_boxed_str(),
            callback: callback.map(String::into_boxed_str),
            validity_seconds,
            segments: u16::try_from(segments).unwrap_or(u16::MAX),
            smart_encoded: self.smart_encoded.as_deref() == Some("true"),
        })
    }
}

fn present(field: Option<String>) -> Option<String> {
    field.filter(|value| !value.is_empty())
}

fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn is_service_sid(sid: &str) -> bool {
    sid.strip_prefix("MG")
        .is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_web_address(url: &str) -> bool {
    url.len() <= LONGEST_CALLBACK
        && Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}
