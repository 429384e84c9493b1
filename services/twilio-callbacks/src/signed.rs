//! Requests that Twilio signed.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{FromRef, FromRequest, FromRequestParts as _, OriginalUri, Request};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use twilio::signature::{self, Body};
use url::form_urlencoded;
use web::Routine;

use crate::settings::Settings;

const SIGNATURE: &str = "x-twilio-signature";
/// The base64 of an HMAC-SHA1.
const SIGNATURE_LENGTH: usize = 28;
/// Callbacks are a few hundred bytes; a text of 1,600 characters, percent-encoded, is below 20,000.
const LARGEST_BODY: usize = 32 * 1024;

/// What a request must be signed with to be Twilio's, and about our account.
pub(crate) struct Signer {
    auth_tokens: Vec<SecretString>,
    account_sid: String,
    /// Without a slash at the end.
    public_base_url: String,
}

impl Signer {
    pub(crate) fn new(settings: &Settings) -> Self {
        let tokens = [
            Some(&settings.auth_token),
            settings.auth_token_secondary.as_ref(),
        ];
        Self {
            // An empty token would let everybody sign.
            auth_tokens: tokens
                .into_iter()
                .flatten()
                .filter(|token| !token.expose_secret().is_empty())
                .cloned()
                .collect(),
            account_sid: settings.account_sid.clone(),
            public_base_url: settings
                .public_base_url
                .as_str()
                .trim_end_matches('/')
                .into(),
        }
    }
}

/// The fields of a request that Twilio signed for our account. Everything else is refused with 403, without a
/// body, and so that it costs little: what has no signature by its form is not even read.
pub struct SignedFields {
    /// The raw query of the URL.
    pub query: String,
    /// The body's fields in their order: of a form, or of a JSON object.
    pub fields: Vec<(String, String)>,
    /// The body as it came, as far as Postgres can store it.
    pub payload: String,
}

impl SignedFields {
    /// The first field of this name, if it is not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, value)| field == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }
}

impl<S> FromRequest<S> for SignedFields
where
    Arc<Signer>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let Ok(OriginalUri(uri)) = OriginalUri::from_request_parts(&mut parts, state).await;
        let Some(signature) = signature_of(&parts.headers) else {
            return Err(forbidden("no_signature"));
        };
        let announced = parts
            .headers
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > LARGEST_BODY) {
            return Err(too_large());
        }
        let body = axum::body::to_bytes(body, LARGEST_BODY)
            .await
            .map_err(|_| too_large())?;
        let signer = Arc::<Signer>::from_ref(state);
        let query = uri.query().unwrap_or_default();
        let kind = Kind::of(&parts.headers, query).ok_or_else(|| forbidden("content_type"))?;
        let path_and_query = uri
            .path_and_query()
            .map_or("/", axum::http::uri::PathAndQuery::as_str);
        let url = format!("{}{path_and_query}", signer.public_base_url);
        let fields = kind.fields(&body);
        let covered = match kind {
            Kind::Form => Body::Fields(&fields),
            Kind::HashedForm | Kind::HashedJson => Body::Hashed(&body),
        };
        let is_twilios = signer
            .auth_tokens
            .iter()
            .any(|token| signature::validate(token, signature, &url, covered));
        if !is_twilios {
            return Err(forbidden("signature"));
        }
        let request = Self {
            query: query.to_owned(),
            fields,
            payload: storable(&body),
        };
        let is_ours = request
            .get("AccountSid")
            .is_none_or(|sid| sid == signer.account_sid);
        if is_ours {
            Ok(request)
        } else {
            Err(forbidden("other_account"))
        }
    }
}

fn signature_of(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(SIGNATURE).iter();
    let signature = all.next()?.to_str().ok()?;
    (all.next().is_none() && signature.len() == SIGNATURE_LENGTH).then_some(signature)
}

/// What a body is, and what the signature covers of it.
#[derive(Clone, Copy)]
enum Kind {
    /// The signature covers the fields of the form.
    Form,
    /// The signature covers the body's hash in the URL.
    HashedForm,
    HashedJson,
}

impl Kind {
    /// `None` for what can't be signed: a body that is no form and has no hash in the URL.
    fn of(headers: &HeaderMap, query: &str) -> Option<Self> {
        let is_hashed =
            form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "bodySHA256");
        let content_type = headers
            .get(CONTENT_TYPE)
            .map_or(Ok(""), |value| value.to_str())
            .ok()?;
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let is = |kind: &str| essence.eq_ignore_ascii_case(kind);
        let is_form = essence.is_empty() || is("application/x-www-form-urlencoded");
        let is_json = is("application/json") || essence.to_ascii_lowercase().ends_with("+json");
        match (is_hashed, is_form, is_json) {
            (false, true, _) => Some(Self::Form),
            (true, true, _) => Some(Self::HashedForm),
            (true, _, true) => Some(Self::HashedJson),
            _ => None,
        }
    }

    fn fields(self, body: &[u8]) -> Vec<(String, String)> {
        match self {
            Self::Form | Self::HashedForm => form_urlencoded::parse(body).into_owned().collect(),
            Self::HashedJson => match serde_json::from_slice(body) {
                Ok(Value::Object(fields)) => fields.into_iter().map(text_of).collect(),
                _ => Vec::new(),
            },
        }
    }
}

/// Numbers and booleans as a form would have them.
fn text_of((name, value): (String, Value)) -> (String, String) {
    let text = match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    (name, text)
}

/// Postgres can't store NUL, nor what is no UTF-8.
fn storable(body: &Bytes) -> String {
    let text = String::from_utf8_lossy(body);
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text.into_owned()
    }
}

/// Whoever sends what is not Twilio's gets no second request on the same connection. `reason` is what it is counted as.
fn forbidden(reason: &'static str) -> Response {
    instruments::callbacks().refused.inc(reason);
    let close = [(CONNECTION, "close")];
    (StatusCode::FORBIDDEN, close, Extension(Routine)).into_response()
}

fn too_large() -> Response {
    instruments::callbacks().refused.inc("too_large");
    (StatusCode::PAYLOAD_TOO_LARGE, [(CONNECTION, "close")]).into_response()
}
