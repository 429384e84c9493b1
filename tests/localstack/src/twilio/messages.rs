//! The Messages resource.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{Clock as _, SystemClock};
use serde::Deserialize;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::answer::Refusal;
use super::faults::{Die, Faults};
use super::moods::Mood;
use super::record::{Record, Status};
use super::request::{CreateForm, NewMessage};
use super::schedule::Step;
use super::state::Shared;

const DEFAULT_PAGE_SIZE: usize = 50;
const LARGEST_PAGE_SIZE: usize = 1000;

pub(super) async fn create_message(
    State(shared): State<Arc<Shared>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    form: Bytes,
) -> Response {
    // A separate task: a client that hangs up, or is killed, cancels nothing at Twilio.
    tokio::spawn(answer_create(shared, account, headers, form))
        .await
        .unwrap_or_else(|_| Refusal::of(20500).into_response())
}

async fn answer_create(
    shared: Arc<Shared>,
    account: String,
    headers: HeaderMap,
    form: Bytes,
) -> Response {
    let concurrent = shared.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
    let mut answer = decide_create(&shared, &account, &headers, &form).await;
    shared.in_flight.fetch_sub(1, Ordering::Relaxed);
    answer
        .headers_mut()
        .insert("twilio-concurrent-requests", HeaderValue::from(concurrent));
    answer
}

async fn decide_create(
    shared: &Shared,
    account: &str,
    headers: &HeaderMap,
    form: &[u8],
) -> Response {
    let faults = shared.faults();
    let request = shared.requests.fetch_add(1, Ordering::Relaxed);
    if faults.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(faults.latency_ms)).await;
    }
    let accepted = shared
        .credentials
        .check_account(headers, account)
        .and_then(|()| refuse_on_request(&faults, request))
        .and_then(|()| accept(shared, &faults, form));
    let (resource, mood) = match accepted {
        Ok(accepted) => accepted,
        Err(refusal) => {
            let mut ledger = shared.ledger();
            *ledger.refused.entry(refusal.code).or_default() += 1;
            if refusal.code == 20500 {
                *ledger.faults.entry("fail_before").or_default() += 1;
            }
            return refusal.into_response();
        }
    };
    if faults.latency_after_ms > 0 {
        tokio::time::sleep(Duration::from_millis(faults.latency_after_ms)).await;
    }
    if mood == Mood::AcceptAndFail || faults.hits(Die::FailAfter, faults.fail_after_ratio, request)
    {
        *shared.ledger().faults.entry("fail_after").or_default() += 1;
        return Refusal::of(20500).into_response();
    }
    if faults.hits(Die::DropAfter, faults.drop_after_ratio, request) {
        *shared.ledger().faults.entry("drop_after").or_default() += 1;
        return broken();
    }
    (StatusCode::CREATED, Json(resource)).into_response()
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

/// A response whose body breaks off: hyper then closes the connection.
fn broken() -> Response {
    let error = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "dropped on request");
    let body = futures::stream::once(std::future::ready(Err::<Bytes, _>(error)));
    (StatusCode::CREATED, Body::from_stream(body)).into_response()
}

/// Checks a create request against format, moods, limits and opt-outs, and stores its message.
fn accept(shared: &Shared, faults: &Faults, form: &[u8]) -> Result<(Value, Mood), Refusal> {
    let now = Instant::now();
    if !shared.limits().take_request(&shared.options, now) {
        return Err(Refusal {
            retry_after: faults.retry_after_seconds,
            ..Refusal::of(20429)
        });
    }
    let message = serde_html_form::from_bytes::<CreateForm>(form)
        .map_err(|_| Refusal::of(20001))?
        .check(&shared.options)?;
    let mood = shared.moods().next(&message.to);
    if let Some(refusal) = mood.refusal() {
        return Err(refusal);
    }
    if let Some(code) = faults.create_errors.get(&*message.to) {
        return Err(Refusal::of(*code));
    }
    if shared.ledger().opted_out.contains(&*message.to) {
        return Err(Refusal::of(21610));
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

    let record = record_of(message, ends_with);
    let mut ledger = shared.ledger();
    let index = ledger.accept(record);
    let step = Step {
        due,
        generation: ledger.generation,
        message: index,
        sent_held_back: false,
    };
    let resource = ledger
        .get(index)
        .map(|record| record.resource(&shared.options.account_sid, &ledger.sid(index)));
    drop(ledger);
    shared.schedule.push(step);
    Ok((resource.ok_or(Refusal::of(20500))?, mood))
}

fn record_of(message: NewMessage, ends_with: u32) -> Record {
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
        created,
        updated: created,
        sent: None,
        previous: None,
        ends_with,
    }
}

pub(super) async fn fetch_message(
    State(shared): State<Arc<Shared>>,
    Path((account, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    shared.credentials.check_account(&headers, &account)?;
    Ok(Json(resource(&shared, index_in(&shared, &file)?)?))
}

fn index_in(shared: &Shared, file: &str) -> Result<u32, Refusal> {
    file.strip_suffix(".json")
        .and_then(|sid| shared.ledger().index_of(sid))
        .ok_or(Refusal::of(20404))
}

fn resource(shared: &Shared, index: u32) -> Result<Value, Refusal> {
    let ledger = shared.ledger();
    let record = ledger.get(index).ok_or(Refusal::of(20404))?;
    Ok(record.resource(&shared.options.account_sid, &ledger.sid(index)))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateForm {
    status: Option<String>,
    body: Option<String>,
}

/// Cancels a message that is not sent yet, or blanks its text.
pub(super) async fn update_message(
    State(shared): State<Arc<Shared>>,
    Path((account, file)): Path<(String, String)>,
    headers: HeaderMap,
    form: Bytes,
) -> Result<Json<Value>, Refusal> {
    shared.credentials.check_account(&headers, &account)?;
    let index = index_in(&shared, &file)?;
    let form: UpdateForm = serde_html_form::from_bytes(&form).map_err(|_| Refusal::of(20001))?;
    {
        let mut ledger = shared.ledger();
        let status = ledger.get(index).ok_or(Refusal::of(20404))?.status;
        match (form.status.as_deref(), form.body.as_deref()) {
            (Some("canceled"), _) if matches!(status, Status::Accepted | Status::Queued) => {
                ledger.set_status(index, Status::Canceled, SystemClock.now());
            }
            (Some("canceled"), _) => return Err(Refusal::of(30409)),
            (None, Some("")) => ledger.redact(index),
            _ => return Err(Refusal::of(20001)),
        }
    }
    Ok(Json(resource(&shared, index)?))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListQuery {
    to: Option<String>,
    from: Option<String>,
    date_sent: Option<String>,
    #[serde(rename = "DateSent>")]
    sent_from: Option<String>,
    #[serde(rename = "DateSent<")]
    sent_until: Option<String>,
    page_size: Option<usize>,
    page: Option<usize>,
    page_token: Option<String>,
}

impl ListQuery {
    fn takes(&self, record: &Record) -> bool {
        let on = |text: &Option<String>, holds: fn(NaiveDate, NaiveDate) -> bool| {
            text.as_deref().is_none_or(|text| {
                let (Some(asked), Some(sent)) = (date(text), record.sent) else {
                    return false;
                };
                holds(sent.date_naive(), asked)
            })
        };
        self.from
            .as_ref()
            .is_none_or(|from| record.from.as_deref() == Some(from))
            && on(&self.date_sent, |sent, asked| sent == asked)
            && on(&self.sent_from, |sent, asked| sent >= asked)
            && on(&self.sent_until, |sent, asked| sent <= asked)
    }

    fn link(&self, account: &str, page_size: usize, page: usize, after: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("To", &self.to),
            ("From", &self.from),
            ("DateSent", &self.date_sent),
            ("DateSent>", &self.sent_from),
            ("DateSent<", &self.sent_until),
        ] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        query
            .append_pair("PageSize", &page_size.to_string())
            .append_pair("Page", &page.to_string());
        if let Some(sid) = after {
            query.append_pair("PageToken", &format!("PA{sid}"));
        }
        format!(
            "/2010-04-01/Accounts/{account}/Messages.json?{}",
            query.finish()
        )
    }
}

/// A day, given as a date or a timestamp.
fn date(text: &str) -> Option<NaiveDate> {
    text.parse()
        .or_else(|_| text.parse::<DateTime<Utc>>().map(|at| at.date_naive()))
        .ok()
}

/// Newest first, as Twilio does.
pub(super) async fn list_messages(
    State(shared): State<Arc<Shared>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, Refusal> {
    shared.credentials.check_account(&headers, &account)?;
    let page_size = query
        .page_size
        .unwrap_or(DEFAULT_PAGE_SIZE)
        .clamp(1, LARGEST_PAGE_SIZE);
    let page = query.page.unwrap_or(0);
    let ledger = shared.ledger();
    // A page starts after the last message of the previous one, so new messages don't shift it.
    let before = match &query.page_token {
        Some(token) => token
            .strip_prefix("PA")
            .and_then(|sid| ledger.index_of(sid))
            .ok_or(Refusal::of(20001))?,
        None => ledger.len(),
    };
    let candidates: Box<dyn Iterator<Item = u32>> = match &query.to {
        Some(to) => Box::new(ledger.to(to).skip_while(move |index| *index >= before)),
        None => Box::new((0..before).rev()),
    };
    let mut found: Vec<u32> = candidates
        .filter(|index| ledger.get(*index).is_some_and(|record| query.takes(record)))
        .take(page_size + 1)
        .collect();
    let has_more = found.len() > page_size;
    found.truncate(page_size);
    let next = found
        .last()
        .filter(|_| has_more)
        .map(|last| query.link(&account, page_size, page + 1, Some(&ledger.sid(*last))));
    let messages: Vec<Value> = found
        .iter()
        .filter_map(|index| {
            Some(
                ledger
                    .get(*index)?
                    .resource(&shared.options.account_sid, &ledger.sid(*index)),
            )
        })
        .collect();
    let start = page * page_size;
    Ok(Json(json!({
        "end": (start + messages.len()).saturating_sub(1),
        "first_page_uri": query.link(&account, page_size, 0, None),
        "next_page_uri": next,
        "page": page,
        "page_size": page_size,
        "previous_page_uri": null,
        "start": start,
        "uri": query.link(&account, page_size, page, query.page_token.as_deref().map(|token| &token[2..])),
        "messages": messages,
    })))
}
