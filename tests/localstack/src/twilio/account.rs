//! The account, and what it may send from: its numbers and messaging services.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::Refusal;
use super::options::Options;
use super::state::Shared;

/// Twilio's own test number.
const FIRST_NUMBER: &str = "+15005550006";

/// What the account is and has. Any number may send all the same, unless the options name those that may.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Account {
    /// `active`, `suspended` or `closed`.
    status: String,
    /// `Full` or `Trial`.
    #[serde(rename = "type")]
    kind: String,
    numbers: BTreeMap<String, Number>,
    services: BTreeMap<String, Service>,
}

/// A number of the account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Number {
    /// "A message comes in".
    sms_url: String,
    voice_only: bool,
}

/// A messaging service of the account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Service {
    inbound_request_url: Option<String>,
    use_inbound_webhook_on_number: bool,
    /// Its senders.
    numbers: Vec<String>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            status: "active".to_owned(),
            kind: "Full".to_owned(),
            numbers: BTreeMap::new(),
            services: BTreeMap::new(),
        }
    }
}

impl Account {
    /// With the senders of the options, or one number.
    pub(super) fn of(options: &Options) -> Self {
        let mut numbers: BTreeMap<_, _> = options
            .senders
            .iter()
            .map(|number| (number.clone(), Number::default()))
            .collect();
        if numbers.is_empty() {
            numbers.insert(FIRST_NUMBER.to_owned(), Number::default());
        }
        let services = options
            .messaging_services
            .iter()
            .map(|sid| (sid.clone(), Service::default()));
        Self {
            numbers,
            services: services.collect(),
            ..Self::default()
        }
    }
}

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
