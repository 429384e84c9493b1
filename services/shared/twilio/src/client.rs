//! The client: one connection pool, cheaply built requests.

mod account;
mod lists;

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Request};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use url::{Url, form_urlencoded};

use crate::outcome::error_code;
use crate::{CreateMessage, Outcome, RequestError, Settings, UnknownReason};

pub use account::{AccountState, MessagingService, OwnNumber};
pub use lists::ListPage;

const VALIDITY_SECONDS: std::ops::RangeInclusive<u32> = 1..=36_000;

/// A client for one account. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    account: Arc<Account>,
}

/// What requests to the account have in common.
struct Account {
    api: Url,
    messages: Url,
    headers: HeaderMap,
    form_headers: HeaderMap,
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
    /// The credentials have line breaks or other invalid characters.
    #[error("the account SID or the auth token has characters that are invalid in a header")]
    Credentials(#[from] reqwest::header::InvalidHeaderValue),
}

impl Client {
    /// Builds a client.
    ///
    /// # Errors
    /// [`SetupError`] if the settings are invalid.
    pub fn new(settings: &Settings) -> Result<Self, SetupError> {
        let credentials = format!(
            "{}:{}",
            settings.account_sid,
            settings.auth_token.expose_secret()
        );
        let mut authorization =
            HeaderValue::try_from(format!("Basic {}", STANDARD.encode(credentials)))?;
        authorization.set_sensitive(true);
        let headers = HeaderMap::from_iter([(AUTHORIZATION, authorization)]);
        let mut form_headers = headers.clone();
        form_headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );

        Ok(Self {
            http: reqwest::Client::builder()
                // One request at a time per connection: a broken one leaves one message in doubt.
                .http1_only()
                .connect_timeout(settings.connect_timeout())
                .timeout(settings.timeout())
                .pool_idle_timeout(Duration::from_secs(30))
                // A redirected POST would be a second send; a proxy may retry on its own.
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            account: Arc::new(Account {
                messages: settings.api_url.join(&format!(
                    "/2010-04-01/Accounts/{}/Messages.json",
                    settings.account_sid
                ))?,
                api: settings.api_url.clone(),
                headers,
                form_headers,
            }),
        })
    }

    /// Asks Twilio to send a message. Never retries on its own.
    pub async fn create_message(&self, message: &CreateMessage<'_>) -> Outcome {
        let began = Instant::now();
        let outcome = self.post(message).await;
        let counted = instruments::twilio();
        let result = match &outcome {
            Outcome::Accepted { .. } => "answered",
            Outcome::Refused { meaning, .. } => {
                counted.refusals.inc(meaning.class.reason());
                "refused"
            }
            Outcome::Throttled { .. } => "throttled",
            Outcome::NotSent => "unreachable",
            Outcome::Unknown { .. } => "unknown",
        };
        counted.answered("create_message", result, began.elapsed());
        outcome
    }

    #[tracing::instrument(name = "twilio.create_message", level = "debug", skip_all, fields(otel.kind = "client"))]
    async fn post(&self, message: &CreateMessage<'_>) -> Outcome {
        let mut request = Request::new(Method::POST, self.account.messages.clone());
        *request.headers_mut() = self.account.form_headers.clone();
        *request.body_mut() = Some(Self::form(message).into());
        let mut answer = match self.http.execute(request).await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() || error.is_builder() => return Outcome::NotSent,
            Err(error) => return doubt(&error),
        };
        let http_status = answer.status().as_u16();
        let headers = std::mem::take(answer.headers_mut());
        match answer.bytes().await {
            Ok(body) => Outcome::of_answer(
                http_status,
                retry_after(&headers),
                number(&headers, "twilio-concurrent-requests"),
                &body,
            ),
            Err(error) => doubt(&error),
        }
    }

    fn form(message: &CreateMessage<'_>) -> String {
        let callback = message.status_callback.unwrap_or_default();
        let room = message.body.len() * 2 + callback.len() * 2 + 192;
        let mut form = form_urlencoded::Serializer::new(String::with_capacity(room));
        if let Some(number) = message.from {
            form.append_pair("From", number);
        }
        if let Some(sid) = message.messaging_service_sid {
            form.append_pair("MessagingServiceSid", sid);
        }
        form.append_pair("To", message.to)
            .append_pair("Body", message.body);
        if !callback.is_empty() {
            form.append_pair("StatusCallback", callback);
        }
        if let Some(seconds) = message.validity_period {
            let seconds = seconds.clamp(*VALIDITY_SECONDS.start(), *VALIDITY_SECONDS.end());
            form.append_pair("ValidityPeriod", &seconds.to_string());
        }
        form.finish()
    }

    async fn get<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        url: Url,
    ) -> Result<T, RequestError> {
        get(operation, &self.http, &self.account.headers, url).await
    }
}

/// Sends a read-only request; `operation` is what it is counted as.
pub(crate) async fn get<T: DeserializeOwned>(
    operation: &'static str,
    http: &reqwest::Client,
    headers: &HeaderMap,
    url: Url,
) -> Result<T, RequestError> {
    let began = Instant::now();
    let answer = ask(http, headers, url).await;
    let result = match &answer {
        Ok(_) => "answered",
        Err(RequestError::Throttled { .. }) => "throttled",
        Err(RequestError::Refused { .. }) => "refused",
        Err(RequestError::Transport(error)) if error.is_connect() => "unreachable",
        Err(_) => "unknown",
    };
    instruments::twilio().answered(operation, result, began.elapsed());
    answer
}

#[tracing::instrument(name = "twilio.read", level = "debug", skip_all, fields(otel.kind = "client"))]
async fn ask<T: DeserializeOwned>(
    http: &reqwest::Client,
    headers: &HeaderMap,
    url: Url,
) -> Result<T, RequestError> {
    let mut request = Request::new(Method::GET, url);
    *request.headers_mut() = headers.clone();
    let answer = http.execute(request).await.map_err(transport)?;
    let http_status = answer.status().as_u16();
    let retry_after = retry_after(answer.headers());
    let body = answer.bytes().await.map_err(transport)?;
    match http_status {
        200..=299 => Ok(serde_json::from_slice(&body)?),
        429 => Err(RequestError::Throttled { retry_after }),
        400..=499 => {
            let code = error_code(&body);
            Err(RequestError::Refused { http_status, code })
        }
        _ => Err(RequestError::Failed(http_status)),
    }
}

/// The URL of a list contains the recipient, so it must not be part of the error.
fn transport(error: reqwest::Error) -> RequestError {
    RequestError::Transport(error.without_url())
}

fn doubt(error: &reqwest::Error) -> Outcome {
    let reason = if error.is_timeout() {
        UnknownReason::Timeout
    } else {
        UnknownReason::BrokenConnection
    };
    Outcome::Unknown { reason }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    number(headers, RETRY_AFTER.as_str()).map(|seconds| Duration::from_secs(u64::from(seconds)))
}

fn number(headers: &HeaderMap, name: &str) -> Option<u32> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Client;
    use crate::{CreateMessage, Outcome, Sender, Settings, UnknownReason};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    fn client(origin: &str) -> Client {
        Client::new(&Settings {
            account_sid: "AC00000000000000000000000000000001".into(),
            auth_token: "secret".into(),
            sender: Sender {
                phone_number: Some("+15005550006".into()),
                messaging_service_sid: None,
            },
            api_url: origin.parse().unwrap(),
            connect_timeout_seconds: 1,
            timeout_seconds: 1,
        })
        .unwrap()
    }

    const MESSAGE: CreateMessage<'static> = CreateMessage {
        from: Some("+15005550006"),
        messaging_service_sid: None,
        to: "+14155552671",
        body: "Hello & good day",
        status_callback: Some("https://x.example/status?message=1"),
        validity_period: Some(90_000),
    };

    /// Serves one connection: reads a request, writes `answer`, closes (or holds the line).
    async fn serve(answer: &'static str, hold: bool) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let request = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = vec![0; 8192];
            let n = stream.read(&mut seen).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            if hold {
                std::future::pending::<()>().await;
            }
            String::from_utf8_lossy(&seen[..n]).into_owned()
        });
        (origin, request)
    }

    #[tokio::test]
    async fn the_form_names_sender_recipient_text_callback_and_a_clamped_validity() {
        let (origin, request) = serve(
            "HTTP/1.1 201 Created\r\ncontent-length: 30\r\n\r\n{\"sid\":\"SM1\",\"status\":\"sent\"} ",
            false,
        )
        .await;
        assert!(matches!(
            client(&origin).create_message(&MESSAGE).await,
            Outcome::Accepted { .. }
        ));
        let request = request.await.unwrap();
        assert!(request.ends_with(
            "From=%2B15005550006&To=%2B14155552671&Body=Hello+%26+good+day\
             &StatusCallback=https%3A%2F%2Fx.example%2Fstatus%3Fmessage%3D1&ValidityPeriod=36000"
        ));
        assert!(request.contains("authorization: Basic QUMwMDAw"));
    }

    #[tokio::test]
    async fn a_refused_connection_proves_that_nothing_was_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        assert_eq!(
            client(&origin).create_message(&MESSAGE).await,
            Outcome::NotSent
        );
    }

    #[tokio::test]
    async fn a_broken_connection_leaves_doubt() {
        for answer in [
            "",
            "HTTP/1.1 201 Created\r\ncontent-length: 90\r\n\r\n{\"sid\":\"SM1\"",
        ] {
            let (origin, _request) = serve(answer, false).await;
            assert_eq!(
                client(&origin).create_message(&MESSAGE).await,
                Outcome::Unknown {
                    reason: UnknownReason::BrokenConnection
                }
            );
        }
    }

    #[tokio::test]
    async fn silence_leaves_doubt() {
        let (origin, request) = serve("", true).await;
        assert_eq!(
            client(&origin).create_message(&MESSAGE).await,
            Outcome::Unknown {
                reason: UnknownReason::Timeout
            }
        );
        request.abort();
    }
}
