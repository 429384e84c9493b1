//! Create requests: how each is decided, accepted and answered.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::{Clock as _, Segments, SystemClock};
use serde_json::Value;

use super::answer::Refusal;
use super::faults::{Die, Faults};
use super::moods::Mood;
use super::record::{Record, Status};
use super::request::{CreateForm, NewMessage};
use super::schedule::Step;
use super::smart_encoding::smart_encoded;
use super::state::Shared;

/// How long a request that hangs stays open, if the client stays too.
const LONGEST_HANG: Duration = Duration::from_mins(2);

/// What a create request gets.
enum Reply {
    Answer(Response),
    Silence,
}

pub(super) async fn create_message(
    State(shared): State<Arc<Shared>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    form: Bytes,
) -> Response {
    // A separate task: a client that hangs up, or is killed, cancels nothing at Twilio.
    match tokio::spawn(reply_to_create(shared, account, headers, form)).await {
        Ok(Reply::Answer(answer)) => answer,
        // Outside the task, so that this wait ends when the client hangs up.
        Ok(Reply::Silence) => {
            tokio::time::sleep(LONGEST_HANG).await;
            broken()
        }
        Err(_) => Refusal::of(20500).into_response(),
    }
}

async fn reply_to_create(
    shared: Arc<Shared>,
    account: String,
    headers: HeaderMap,
    form: Bytes,
) -> Reply {
    let concurrent = shared.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
    let mut reply = decide_create(&shared, &account, &headers, &form).await;
    shared.in_flight.fetch_sub(1, Ordering::Relaxed);
    if let Reply::Answer(answer) = &mut reply {
        answer
            .headers_mut()
            .insert("twilio-concurrent-requests", HeaderValue::from(concurrent));
    }
    reply
}

async fn decide_create(shared: &Shared, account: &str, headers: &HeaderMap, form: &[u8]) -> Reply {
    let came_in = Instant::now();
    let requested = SystemClock.now();
    let faults = shared.faults();
    let request = shared.requests.fetch_add(1, Ordering::Relaxed);
    if faults.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(faults.latency_ms)).await;
    }
    if let Some(refusal) = faults.account_refuses {
        return refuse(shared, Refusal::with(refusal.http_status, refusal.code));
    }
    let admitted = shared
        .credentials
        .check_account(headers, account)
        .and_then(|()| refuse_on_request(&faults, request))
        .and_then(|()| admit(shared, &faults, form));
    let (message, mood) = match admitted {
        Ok(admitted) => admitted,
        Err(refusal) => return refuse(shared, refusal),
    };
    if mood == Mood::Hang {
        *shared.ledger().faults.entry("hang").or_default() += 1;
        return Reply::Silence;
    }
    let accepted = match mood.lateness().or_else(|| faults.lateness(request)) {
        None => Some(accept(shared, &faults, message, requested)),
        Some(late) => accept_late(shared, &faults, message, requested, came_in + late).await,
    };
    let resource = match accepted {
        Some(Ok(resource)) => resource,
        Some(Err(refusal)) => return refuse(shared, refusal),
        None => return Reply::Silence,
    };
    if faults.latency_after_ms > 0 {
        tokio::time::sleep(Duration::from_millis(faults.latency_after_ms)).await;
    }
    if mood == Mood::AcceptAndFail || faults.hits(Die::FailAfter, faults.fail_after_ratio, request)
    {
        *shared.ledger().faults.entry("fail_after").or_default() += 1;
        return Reply::Answer(Refusal::of(20500).into_response());
    }
    if faults.hits(Die::DropAfter, faults.drop_after_ratio, request) {
        *shared.ledger().faults.entry("drop_after").or_default() += 1;
        return Reply::Answer(broken());
    }
    Reply::Answer((StatusCode::CREATED, Json(resource)).into_response())
}

fn refuse_on_request(faults: &Faults, request: u64) -> Result<(), Refusal> {
    if faults.hits(Die::Throttle, faults.throttle_ratio, request) {
        return Err(Refusal {
            retry_after: faults.retry_after_seconds,
            ..Refusal::of(20429)
        });
    }
    if faults.hits(Die::FailBefore, faults.fail_before_ratio, request) {
        return Err(Refusal::of(20500));
    }
    Ok(())
}

/// Counts a refusal and answers with it.
fn refuse(shared: &Shared, refusal: Refusal) -> Reply {
    let mut ledger = shared.ledger();
    *ledger.refused.entry(refusal.counted_as()).or_default() += 1;
    if refusal.code == Some(20500) {
        *ledger.faults.entry("fail_before").or_default() += 1;
    }
    drop(ledger);
    Reply::Answer(refusal.into_response())
}

/// A response whose body breaks off: hyper then closes the connection.
fn broken() -> Response {
    let error = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "dropped on request");
    let body = futures::stream::once(std::future::ready(Err::<Bytes, _>(error)));
    (StatusCode::CREATED, Body::from_stream(body)).into_response()
}

/// Checks a create request against the account's limit, the format, and its recipient's mood.
fn admit(shared: &Shared, faults: &Faults, form: &[u8]) -> Result<(NewMessage, Mood), Refusal> {
    if !shared
        .limits()
        .take_request(&shared.options, Instant::now())
    {
        return Err(Refusal {
            retry_after: faults.retry_after_seconds,
            ..Refusal::of(20429)
        });
    }
    let message = serde_html_form::from_bytes::<CreateForm>(form)
        .map_err(|_| Refusal::of(20001))?
        .check(&shared.options)?;
    let mood = shared.moods().next(&message.to);
    match mood.refusal() {
        Some(refusal) => Err(refusal),
        None => Ok((message, mood)),
    }
}

/// Accepts a message at `due`; `None` if the ledger was reset in between.
async fn accept_late(
    shared: &Shared,
    faults: &Faults,
    message: NewMessage,
    requested: DateTime<Utc>,
    due: Instant,
) -> Option<Result<Value, Refusal>> {
    let generation = shared.ledger().generation;
    shared.late.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep_until(due.into()).await;
    let is_the_same = shared.ledger().generation == generation;
    let accepted = is_the_same.then(|| {
        *shared.ledger().faults.entry("late").or_default() += 1;
        accept(shared, faults, message, requested)
    });
    // Only now, so that `pending` never reads 0 too early.
    shared.late.fetch_sub(1, Ordering::Relaxed);
    accepted
}

/// Checks a message against opt-outs and its sender's limits, and stores it.
fn accept(
    shared: &Shared,
    faults: &Faults,
    mut message: NewMessage,
    requested: DateTime<Utc>,
) -> Result<Value, Refusal> {
    let now = Instant::now();
    if let Some(code) = faults.create_errors.get(&*message.to) {
        return Err(Refusal::of(*code));
    }
    if shared.ledger().opted_out.contains(&*message.to) {
        return Err(Refusal::of(21610));
    }
    let changed_body = (faults.smart_encoding || message.smart_encoded)
        .then(|| smart_encoded(&message.body).into_boxed_str());
    if let Some(Ok(segments)) = changed_body.as_deref().map(Segments::count) {
        message.segments = u16::try_from(segments.count).unwrap_or(u16::MAX);
    }
    let sender = message
        .service
        .as_deref()
        .or(message.from.as_deref())
        .unwrap_or_default();
    let wait = shared
        .limits()
        .enqueue(&shared.options, sender, message.segments, now)
        .ok_or(Refusal::of(21611))?;
    let validity = Duration::from_secs(u64::from(message.validity_seconds));
    let ends_with = if wait > validity {
        30036
    } else {
        faults.delivery_error(&message.to)
    };
    let due = now + wait.min(validity) + shared.options.step_delay;

    let record = record_of(message, requested, ends_with);
    let mut ledger = shared.ledger();
    let index = ledger.accept(record, changed_body);
    let step = Step {
        due,
        generation: ledger.generation,
        message: index,
        is_first: true,
        sent_held_back: false,
    };
    let record = ledger.get(index).ok_or(Refusal::of(20500))?;
    let mut resource = record.resource(&shared.options.account_sid, &ledger.sid(index));
    resource["body"] = faults.body_when_created(&record.body).into();
    drop(ledger);
    shared.schedule.push(step);
    Ok(resource)
}

fn record_of(message: NewMessage, requested: DateTime<Utc>, ends_with: u32) -> Record {
    let created = SystemClock.now();
    Record {
        // With a service and no number, Twilio has not chosen one yet.
        status: if message.from.is_none() {
            Status::Accepted
        } else {
            Status::Queued
        },
        segments: if message.from.is_none() {
            0
        } else {
            message.segments
        },
        to: message.to,
        from: message.from,
        service: message.service,
        body: message.body,
        callback: message.callback,
        requested,
        created,
        updated: created,
        sent: None,
        previous: None,
        ends_with,
    }
}
