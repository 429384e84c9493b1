//! The control API: faults and counts.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::faults::Faults;
use super::ledger::Summary;
use super::limits::Limits;
use super::lines::Lines;
use super::moods::{Mood, Moods};
use super::state::Shared;

pub(super) async fn get_faults(State(shared): State<Arc<Shared>>) -> Json<Faults> {
    Json(Faults::clone(&shared.faults()))
}

/// Replaces all faults; `{}` ends them.
pub(super) async fn put_faults(
    State(shared): State<Arc<Shared>>,
    Json(faults): Json<Faults>,
) -> Json<Faults> {
    shared.set_faults(faults.clone());
    Json(faults)
}

pub(super) async fn get_summary(State(shared): State<Arc<Shared>>) -> Json<Summary> {
    Json(shared.summary())
}

/// Sets the moods for the next create requests to each of these numbers, one each.
pub(super) async fn put_moods(
    State(shared): State<Arc<Shared>>,
    Json(moods): Json<HashMap<String, Vec<Mood>>>,
) -> StatusCode {
    for (to, moods) in moods {
        shared.moods().set(to, moods);
    }
    StatusCode::NO_CONTENT
}

/// Resets messages, lookups, counts, moods, opt-outs and limits; faults stay.
pub(super) async fn reset_ledger(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.ledger().reset();
    shared.schedule.clear();
    shared.callbacks.reset();
    *shared.limits() = Limits::default();
    *shared.lines() = Lines::default();
    *shared.moods() = Moods::default();
    shared.requests.store(0, Ordering::Relaxed);
    shared.list_requests.store(0, Ordering::Relaxed);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordQuery {
    to: Option<String>,
    #[serde(default)]
    offset: u32,
    #[serde(default = "hundred")]
    limit: usize,
}

const fn hundred() -> usize {
    100
}

/// Messages in the order of their acceptance; with `to`, newest first.
pub(super) async fn list_records(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<RecordQuery>,
) -> Json<Value> {
    let ledger = shared.ledger();
    let indices: Box<dyn Iterator<Item = u32>> = match &query.to {
        Some(to) => Box::new(ledger.to(to).skip(query.offset as usize)),
        None => Box::new(query.offset..ledger.len()),
    };
    let messages: Vec<Value> = indices
        .take(query.limit)
        .filter_map(|index| {
            let record = ledger.get(index)?;
            let mut resource = record.resource(&shared.options.account_sid, &ledger.sid(index));
            resource["status_callback"] = json!(record.callback);
            resource["requested_at"] = json!(record.requested);
            Some(resource)
        })
        .collect();
    Json(json!({"total": ledger.len(), "messages": messages}))
}

/// Recipients with more than one message.
pub(super) async fn list_duplicates(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<RecordQuery>,
) -> Json<Value> {
    let ledger = shared.ledger();
    let recipients: Vec<Value> = ledger
        .several()
        .skip(query.offset as usize)
        .take(query.limit)
        .map(|(to, messages)| json!({"to": to, "messages": messages}))
        .collect();
    Json(json!({"recipients": recipients}))
}

pub(super) async fn list_opt_outs(State(shared): State<Arc<Shared>>) -> Json<BTreeSet<String>> {
    Json(shared.ledger().opted_out.clone())
}

/// Replaces the numbers that Twilio refuses with 21610.
pub(super) async fn put_opt_outs(
    State(shared): State<Arc<Shared>>,
    Json(numbers): Json<BTreeSet<String>>,
) -> StatusCode {
    shared.ledger().opted_out = numbers;
    StatusCode::NO_CONTENT
}
