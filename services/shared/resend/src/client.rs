//! The client.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Email, RateLimit, SendError, Sent, Settings};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A client for one account. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) emails: Url,
    from: String,
}

/// Why a client can't be built.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// For example TLS.
    #[error("the HTTP client can't be built")]
    Http(#[from] reqwest::Error),
    /// The origin can't have a path.
    #[error("not an origin: {0}")]
    Origin(#[from] url::ParseError),
    /// The key has line breaks or other invalid characters.
    #[error("the API key has characters that are invalid in a header")]
    Credentials(#[from] reqwest::header::InvalidHeaderValue),
}

#[derive(Serialize)]
struct Body<'a> {
    from: &'a str,
    #[serde(flatten)]
    email: &'a Email<'a>,
}

#[derive(Deserialize)]
struct Answer {
    id: String,
}

impl Client {
    /// Builds a client.
    ///
    /// # Errors
    /// [`SetupError`] if the settings are invalid.
    pub fn new(settings: &Settings) -> Result<Self, SetupError> {
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {}", settings.api_key.expose_secret()))?;
        authorization.set_sensitive(true);
        Ok(Self {
            http: reqwest::Client::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(Duration::from_secs(settings.timeout_seconds))
                .default_headers(HeaderMap::from_iter([(AUTHORIZATION, authorization)]))
                .user_agent(concat!("dnwerks/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            emails: settings.api_url.join("/emails")?,
            from: settings.from_email.clone(),
        })
    }

    /// Sends a mail through Resend. Never retries on its own.
    ///
    /// `idempotency_key` identifies this mail, 1 to 256 characters: a retry within 24 hours
    /// with the same key and the same mail gets the first answer, and only one mail is sent.
    ///
    /// # Errors
    /// [`SendError`]; its [`next_step`](SendError::next_step) says what to do.
    #[tracing::instrument(name = "resend.send", level = "debug", skip_all, fields(otel.kind = "client"))]
    pub async fn send(&self, email: &Email<'_>, idempotency_key: &str) -> Result<Sent, SendError> {
        let answer = self
            .http
            .post(self.emails.clone())
            .header(IDEMPOTENCY_KEY, idempotency_key)
            .json(&Body {
                from: &self.from,
                email,
            })
            .send()
            .await
            .map_err(transport)?;
        let status = answer.status();
        let retry_after = retry_after(answer.headers());
        let rate_limit = rate_limit(answer.headers());
        let body = answer.bytes().await.map_err(transport)?;
        if !status.is_success() {
            return Err(SendError::of_answer(status.as_u16(), retry_after, &body));
        }
        match serde_json::from_slice::<Answer>(&body) {
            Ok(Answer { id }) if !id.is_empty() => Ok(Sent { id, rate_limit }),
            _ => Err(SendError::Unclear(status.as_u16())),
        }
    }
}

pub(crate) fn transport(error: reqwest::Error) -> SendError {
    if error.is_connect() || error.is_builder() {
        SendError::Unreachable(error)
    } else {
        SendError::NoAnswer(error)
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    seconds(headers, RETRY_AFTER.as_str()).or_else(|| seconds(headers, "ratelimit-reset"))
}

fn rate_limit(headers: &HeaderMap) -> Option<RateLimit> {
    let remaining = headers
        .get("ratelimit-remaining")?
        .to_str()
        .ok()?
        .parse()
        .ok()?;
    Some(RateLimit {
        remaining,
        reset: seconds(headers, "ratelimit-reset")?,
    })
}

fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    let seconds = headers.get(name)?.to_str().ok()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use serde_json::json;
    use wiremock::matchers::{body_json, header, method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::Client;
    use crate::{Email, NextStep, Quota, RateLimit, SendError, Sent, Settings};

    fn client(origin: &str) -> Client {
        Client::new(&Settings {
            api_key: "re_123".into(),
            from_email: "DNwerks <hello@example.com>".into(),
            api_url: origin.parse().unwrap(),
            timeout_seconds: 1,
        })
        .unwrap()
    }

    fn email() -> Email<'static> {
        Email {
            to: "ann@example.org",
            subject: "Welcome",
            html: "<p>Hello</p>",
            text: "Hello",
            headers: BTreeMap::from([("X-Entity-Ref-ID", "1")]),
        }
    }

    async fn answering(template: ResponseTemplate) -> (MockServer, Client) {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/emails"))
            .and(header("authorization", "Bearer re_123"))
            .and(header("idempotency-key", "invite/1"))
            .and(body_json(json!({
                "from": "DNwerks <hello@example.com>", "to": "ann@example.org", "subject": "Welcome",
                "html": "<p>Hello</p>", "text": "Hello", "headers": {"X-Entity-Ref-ID": "1"},
            })))
            .respond_with(template)
            .expect(1)
            .mount(&server)
            .await;
        let client = client(&server.uri());
        (server, client)
    }

    async fn refused(status: u16, name: &str) -> SendError {
        let body = json!({"statusCode": status, "name": name, "message": "no"});
        let template = ResponseTemplate::new(status)
            .set_body_json(body)
            .insert_header("retry-after", "2");
        let (_server, client) = answering(template).await;
        client.send(&email(), "invite/1").await.unwrap_err()
    }

    #[tokio::test]
    async fn a_sent_mail_has_an_id_and_says_what_is_left_of_the_rate() {
        let template = ResponseTemplate::new(200)
            .set_body_json(json!({"id": "e1"}))
            .insert_header("ratelimit-remaining", "1")
            .insert_header("ratelimit-reset", "1");
        let (_server, client) = answering(template).await;
        let rate_limit = Some(RateLimit {
            remaining: 1,
            reset: Duration::from_secs(1),
        });
        assert_eq!(
            client.send(&email(), "invite/1").await.unwrap(),
            Sent {
                id: "e1".into(),
                rate_limit
            }
        );
    }

    #[tokio::test]
    async fn each_refusal_says_what_to_do_next() {
        for (status, name, step) in [
            (
                429,
                "rate_limit_exceeded",
                NextStep::Repeat(Some(Duration::from_secs(2))),
            ),
            (
                429,
                "daily_quota_exceeded",
                NextStep::AwaitQuota(Quota::Daily),
            ),
            (
                429,
                "monthly_quota_exceeded",
                NextStep::AwaitQuota(Quota::Monthly),
            ),
            (
                409,
                "concurrent_idempotent_requests",
                NextStep::Repeat(None),
            ),
            (409, "invalid_idempotent_request", NextStep::GiveUp),
            (422, "validation_error", NextStep::GiveUp),
            (422, "invalid_from_address", NextStep::AwaitOperator),
            (401, "missing_api_key", NextStep::AwaitOperator),
            (403, "validation_error", NextStep::AwaitOperator),
            (500, "application_error", NextStep::Repeat(None)),
        ] {
            assert_eq!(
                refused(status, name).await.next_step(),
                step,
                "{status} {name}"
            );
        }
    }

    #[tokio::test]
    async fn a_success_without_an_id_is_repeated_with_the_same_key() {
        let (_server, client) = answering(ResponseTemplate::new(200)).await;
        let error = client.send(&email(), "invite/1").await.unwrap_err();
        assert!(matches!(error, SendError::Unclear(200)));
        assert_eq!(error.next_step(), NextStep::Repeat(None));
    }

    #[tokio::test]
    async fn silence_is_repeated_with_the_same_key() {
        let template = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
        let (_server, client) = answering(template).await;
        let error = client.send(&email(), "invite/1").await.unwrap_err();
        assert!(matches!(error, SendError::NoAnswer(_)));
        assert_eq!(error.next_step(), NextStep::Repeat(None));
    }
}
