//! The Messages resource: fetching, changing and listing what was accepted.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::{Clock as _, SystemClock};
use serde::Deserialize;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::answer::Refusal;
use super::faults::{Die, Faults};
use super::ledger::Ledger;
use super::record::{Record, Status};
use super::state::Shared;

const DEFAULT_PAGE_SIZE: usize = 50;
const LARGEST_PAGE_SIZE: usize = 1000;

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
    let faults = shared.faults();
    shown(shared, &faults, &shared.ledger(), index).ok_or(Refusal::of(20404))
}

/// A message as the API shows it under these faults.
fn shown(shared: &Shared, faults: &Faults, ledger: &Ledger, index: u32) -> Option<Value> {
    let record = ledger.get(index)?;
    let mut resource = record.resource(&shared.options.account_sid, &ledger.sid(index));
    resource["body"] = faults.body_when_read(&record.body).into();
    Some(resource)
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

/// When the newest message that the list shows was accepted.
fn newest_listed(faults: &Faults) -> DateTime<Utc> {
    i64::try_from(faults.list_lag_ms)
        .ok()
        .and_then(TimeDelta::try_milliseconds)
        .and_then(|lag| SystemClock.now().checked_sub_signed(lag))
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
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
    let faults = shared.faults();
    let request = shared.list_requests.fetch_add(1, Ordering::Relaxed);
    if faults.hits(Die::ListThrottle, faults.list_throttle_ratio, request) {
        return Err(Refusal {
            retry_after: faults.retry_after_seconds,
            ..Refusal::of(20429)
        });
    }
    if faults.hits(Die::ListFail, faults.list_fail_ratio, request) {
        return Err(Refusal::of(20500));
    }
    let newest = newest_listed(&faults);
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
        .filter(|index| {
            ledger
                .get(*index)
                .is_some_and(|record| record.created <= newest && query.takes(record))
        })
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
        .filter_map(|index| shown(&shared, &faults, &ledger, *index))
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
