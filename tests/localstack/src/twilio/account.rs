//! The account, and what it may send from: its numbers and messaging services.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Refusal;
use super::holdings::Account;
use super::state::Shared;

pub(super) async fn fetch_account(
    State(shared): State<Arc<Shared>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let sid = file.strip_suffix(".json").unwrap_or_default();
    shared.credentials.check_account(&headers, sid)?;
    let account = shared.account();
    Ok(Json(json!({
        "sid": sid,
        "owner_account_sid": sid,
        "friendly_name": "Stand-in",
        "status": account.status,
        "type": account.kind,
        "uri": format!("/2010-04-01/Accounts/{file}"),
    })))
}

#[derive(Deserialize)]
pub(super) struct NumbersQuery {
    #[serde(rename = "PhoneNumber")]
    part: Option<String>,
}

/// Numbers that contain the given part, as Twilio does.
pub(super) async fn list_numbers(
    State(shared): State<Arc<Shared>>,
    Path(account): Path<String>,
    Query(query): Query<NumbersQuery>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    shared.credentials.check_account(&headers, &account)?;
    let part = query.part.unwrap_or_default();
    let numbers: Vec<Value> = shared
        .account()
        .numbers
        .iter()
        .filter(|(number, _)| number.contains(&part))
        .map(|(phone, number)| {
            json!({
                "sid": format!("PN{:0>32}", &phone[1..]),
                "account_sid": account,
                "phone_number": phone,
                "friendly_name": phone,
                "capabilities": { "sms": !number.voice_only, "mms": false, "voice": true, "fax": false },
                "sms_url": number.sms_url,
                "sms_method": "POST",
                "sms_application_sid": "",
            })
        })
        .collect();
    Ok(Json(json!({
        "incoming_phone_numbers": numbers,
        "page": 0,
        "page_size": 50,
        "next_page_uri": null,
        "uri": format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json"),
    })))
}

pub(super) async fn fetch_service(
    State(shared): State<Arc<Shared>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    shared.credentials.check(&headers)?;
    let account = shared.account();
    let service = account.services.get(&sid).ok_or(Refusal::of(20404))?;
    Ok(Json(json!({
        "sid": sid,
        "account_sid": shared.options.account_sid,
        "friendly_name": "Stand-in",
        "inbound_request_url": service.inbound_request_url,
        "inbound_method": "POST",
        "use_inbound_webhook_on_number": service.use_inbound_webhook_on_number,
    })))
}

pub(super) async fn list_service_numbers(
    State(shared): State<Arc<Shared>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    shared.credentials.check(&headers)?;
    let account = shared.account();
    let service = account.services.get(&sid).ok_or(Refusal::of(20404))?;
    let numbers: Vec<Value> = service
        .numbers
        .iter()
        .map(|phone| json!({ "service_sid": sid, "phone_number": phone }))
        .collect();
    Ok(Json(json!({
        "phone_numbers": numbers,
        "meta": { "page": 0, "page_size": 50, "key": "phone_numbers", "next_page_url": null },
    })))
}

pub(super) async fn get_account(State(shared): State<Arc<Shared>>) -> Json<Account> {
    Json(shared.account().clone())
}

/// Replaces all of it.
pub(super) async fn put_account(
    State(shared): State<Arc<Shared>>,
    Json(account): Json<Account>,
) -> StatusCode {
    *shared.account() = account;
    StatusCode::NO_CONTENT
}
