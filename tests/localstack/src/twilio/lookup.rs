//! Lookup v2, with line types if requested. Tests set the results in advance
//! (`POST /_control/lookups`), and can check the number of requests afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::{PhoneNumber, PhoneRejection};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Refusal;
use super::lines::Line;
use super::state::Shared;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LookupQuery {
    #[serde(default)]
    fields: String,
}

pub(super) async fn look_up_number(
    State(shared): State<Arc<Shared>>,
    Path(number): Path<String>,
    Query(query): Query<LookupQuery>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    shared.credentials.check(&headers)?;
    let line = {
        let mut lines = shared.lines();
        *lines.requests.entry(number.clone()).or_default() += 1;
        lines.lines.get(&number).cloned().unwrap_or_default()
    };
    if let Some(code) = line.error {
        return Err(Refusal::of(code));
    }
    let url = format!("https://lookups.twilio.com/v2/PhoneNumbers/{number}");
    let exists = match PhoneNumber::parse(&number) {
        Ok(_) if line.valid == Some(false) => Err("INVALID_BUT_POSSIBLE"),
        Ok(phone) => Ok(phone),
        Err(rejection) => Err(word(rejection)),
    };
    let mut answer = match exists {
        Ok(valid) => {
            let region = domain_region(valid.as_str());
            json!({
                "valid": true,
                "validation_errors": null,
                "phone_number": valid.as_str(),
                "calling_country_code": region.map(|(calling, _)| calling),
                "country_code": region.map(|(_, country)| country),
                "url": url,
            })
        }
        Err(word) => json!({
            "valid": false,
            "validation_errors": [word],
            "phone_number": number,
            "calling_country_code": null,
            "country_code": null,
            "url": url,
        }),
    };
    let asked = query
        .fields
        .split(',')
        .any(|field| field == "line_type_intelligence");
    answer["line_type_intelligence"] = if asked && exists.is_ok() {
        json!({
            "type": line.leads_to.as_deref().unwrap_or("mobile"),
            "carrier_name": "Stand-in",
            "mobile_country_code": null,
            "mobile_network_code": null,
            "error_code": null,
        })
    } else {
        Value::Null
    };
    Ok(Json(answer).into_response())
}

/// The configured results, and the number of requests per number.
pub(super) async fn get_lines(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(&*shared.lines()))
}

/// Sets the results for numbers; others stay, so that tests may share a stand-in.
pub(super) async fn add_lines(
    State(shared): State<Arc<Shared>>,
    Json(lines): Json<BTreeMap<String, Line>>,
) -> StatusCode {
    shared.lines().lines.extend(lines);
    StatusCode::NO_CONTENT
}

/// The calling code and country of the numbers that this stand-in distinguishes.
fn domain_region(number: &str) -> Option<(&'static str, &'static str)> {
    [
        ("+1", "US"),
        ("+44", "GB"),
        ("+49", "DE"),
        ("+33", "FR"),
        ("+52", "MX"),
        ("+61", "AU"),
    ]
    .into_iter()
    .find(|(prefix, _)| number.starts_with(prefix))
    .map(|(prefix, country)| (&prefix[1..], country))
}

const fn word(rejection: PhoneRejection) -> &'static str {
    match rejection {
        PhoneRejection::TooShort => "TOO_SHORT",
        PhoneRejection::TooLong => "TOO_LONG",
        PhoneRejection::UnknownCountry => "INVALID_COUNTRY_CODE",
        PhoneRejection::Unassigned | PhoneRejection::Premium | PhoneRejection::SharedCost => {
            "INVALID_BUT_POSSIBLE"
        }
        PhoneRejection::Empty
        | PhoneRejection::NotANumber
        | PhoneRejection::Extension
        | PhoneRejection::ShortCode => "NOT_A_NUMBER",
    }
}
