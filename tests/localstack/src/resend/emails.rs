//! The emails resource.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Clock as _, EmailAddress, SystemClock};
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::answer::Refusal;
use super::faults::take;
use super::idempotency::concurrent;
use super::mailbox::Mail;
use super::state::{Inner, Shared};

const MOST_RECIPIENTS: usize = 50;

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct NewEmail {
    from: Option<String>,
    to: Option<OneOrMany>,
    subject: Option<String>,
    html: Option<String>,
    text: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

/// The response to an accepted request.
enum Ending {
    Answer,
    Fail,
    Drop,
}

/// An accepted request.
enum Taken {
    /// Its key already belongs to this mail.
    Known(Uuid),
    /// A mail to store.
    New(Box<Mail>),
}

pub(super) async fn send_email(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A separate task: a client that hangs up cancels nothing at Resend.
    tokio::spawn(answer_send(shared, headers, body))
        .await
        .unwrap_or_else(|_| failure().into_response())
}

async fn answer_send(shared: Arc<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut limits = HeaderMap::new();
    let taken = check_key(&shared, &headers)
        .and_then(|()| limit(&shared, &mut limits))
        .and_then(|()| take_request(&mut shared.inner(), &headers, &body));
    let latency = shared.inner().faults.latency_ms;
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    let mut answer = match taken {
        Ok(Taken::Known(id)) => Json(json!({"id": id})).into_response(),
        Ok(Taken::New(mail)) => {
            let id = mail.id;
            match keep(&mut shared.inner(), *mail) {
                Ending::Answer => Json(json!({"id": id})).into_response(),
                Ending::Fail => failure().into_response(),
                Ending::Drop => broken(),
            }
        }
        Err(refusal) => refusal.into_response(),
    };
    answer.headers_mut().extend(limits);
    answer
}

pub(super) fn check_key(shared: &Shared, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(given) = headers.get(header::AUTHORIZATION) else {
        return Err(Refusal::new(401, "missing_api_key", "Missing API Key"));
    };
    let expected = format!("Bearer {}", shared.options.api_key);
    if given.as_bytes().ct_eq(expected.as_bytes()).into() {
        Ok(())
    } else {
        Err(Refusal::new(401, "invalid_api_key", "API key is invalid"))
    }
}

fn limit(shared: &Shared, headers: &mut HeaderMap) -> Result<(), Refusal> {
    let Some(limit) = shared.options.requests_per_second else {
        return Ok(());
    };
    let left = shared.inner().window.take(limit);
    headers.insert("ratelimit-limit", HeaderValue::from(limit));
    headers.insert("ratelimit-remaining", HeaderValue::from(left.unwrap_or(0)));
    headers.insert("ratelimit-reset", HeaderValue::from(1));
    left.map(|_| ()).ok_or(Refusal::rate_limited(1))
}

const fn failure() -> Refusal {
    Refusal::new(500, "application_error", "An unexpected error occurred.")
}

/// A response whose body breaks off: hyper then closes the connection.
fn broken() -> Response {
    let error = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "dropped on request");
    let body = futures::stream::once(std::future::ready(Err::<Bytes, _>(error)));
    (StatusCode::OK, Body::from_stream(body)).into_response()
}

/// Checks a request, and reserves its key.
fn take_request(inner: &mut Inner, headers: &HeaderMap, body: &[u8]) -> Result<Taken, Refusal> {
    let faults = &mut inner.faults;
    if take(&mut faults.rate_limited) {
        return Err(Refusal::rate_limited(faults.retry_after_seconds.max(1)));
    }
    if take(&mut faults.daily_quota) {
        let message = "You have reached your daily email sending quota.";
        return Err(Refusal::new(429, "daily_quota_exceeded", message));
    }
    if take(&mut faults.monthly_quota) {
        let message = "You have reached your monthly email sending quota.";
        return Err(Refusal::new(429, "monthly_quota_exceeded", message));
    }
    if take(&mut faults.concurrent) {
        return Err(concurrent());
    }
    if take(&mut faults.fail_before) {
        return Err(failure());
    }
    let now = SystemClock.now();
    let key = headers
        .get("idempotency-key")
        .map(|key| key.to_str().unwrap_or_default().to_owned());
    let mut mail = check(body, &inner.faults.invalid_recipients)?;
    if let Some(key) = &key
        && let Some(known) = inner.keys.take(key, body, now)?
    {
        return Ok(Taken::Known(known));
    }
    mail.idempotency_key = key;
    Ok(Taken::New(Box::new(mail)))
}

fn keep(inner: &mut Inner, mail: Mail) -> Ending {
    if let Some(key) = &mail.idempotency_key {
        inner.keys.settle(key, mail.id);
    }
    inner.mailbox.keep(mail);
    if take(&mut inner.faults.fail_after) {
        Ending::Fail
    } else if take(&mut inner.faults.drop_after) {
        Ending::Drop
    } else {
        Ending::Answer
    }
}

/// Checks a mail as Resend does.
fn check(body: &[u8], invalid: &[String]) -> Result<Mail, Refusal> {
    let email: NewEmail = serde_json::from_slice(body).map_err(|_| {
        Refusal::new(
            400,
            "validation_error",
            "The request body is not valid JSON.",
        )
    })?;
    let from = email
        .from
        .ok_or(Refusal::missing("Missing `from` field."))?;
    if !is_mailbox(&from) {
        return Err(Refusal::new(
            422,
            "invalid_from_address",
            "Invalid `from` field. Use `email@example.com` or `Name <email@example.com>`.",
        ));
    }
    let to = match email.to.ok_or(Refusal::missing("Missing `to` field."))? {
        OneOrMany::One(to) => vec![to],
        OneOrMany::Many(to) => to,
    };
    if to.is_empty() || to.len() > MOST_RECIPIENTS {
        return Err(Refusal::invalid("The `to` field takes 1 to 50 addresses."));
    }
    if to.iter().any(|to| !is_mailbox(to) || invalid.contains(to)) {
        return Err(Refusal::invalid("Invalid `to` field."));
    }
    let subject = email
        .subject
        .ok_or(Refusal::missing("Missing `subject` field."))?;
    if email.html.is_none() && email.text.is_none() {
        return Err(Refusal::missing("Missing `html` or `text` field."));
    }
    Ok(Mail {
        id: Uuid::new_v4(),
        created_at: SystemClock.now(),
        from,
        to,
        subject,
        html: email.html,
        text: email.text,
        headers: email.headers,
        idempotency_key: None,
        last_event: "sent",
    })
}

/// `ann@example.org` or `Ann <ann@example.org>`.
fn is_mailbox(text: &str) -> bool {
    let address = match text.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => text,
    };
    EmailAddress::parse(address).is_ok()
}

/// One mail as Resend shows it.
pub(super) async fn fetch_email(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    check_key(&shared, &headers)?;
    let id: Uuid = id.parse().map_err(|_| Refusal::not_found())?;
    let inner = shared.inner();
    let mail = inner.mailbox.get(id).ok_or(Refusal::not_found())?;
    Ok(Json(json!({
        "object": "email",
        "id": mail.id,
        "created_at": mail.created_at,
        "from": mail.from,
        "to": mail.to,
        "subject": mail.subject,
        "html": mail.html,
        "text": mail.text,
        "bcc": [], "cc": [], "reply_to": [],
        "last_event": mail.last_event,
    })))
}
