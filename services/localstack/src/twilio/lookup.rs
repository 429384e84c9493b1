//! Lookup v2, the part that is free.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use domain::{PhoneNumber, PhoneRejection};
use serde_json::{Value, json};

use super::Shared;
use super::answer::Refusal;

pub(super) async fn look_up_number(
    State(shared): State<Arc<Shared>>,
    Path(number): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    shared.credentials.check(&headers)?;
    let url = format!("https://lookups.twilio.com/v2/PhoneNumbers/{number}");
    let answer = match PhoneNumber::parse(&number) {
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
        Err(rejection) => json!({
            "valid": false,
            "validation_errors": [word(rejection)],
            "phone_number": number,
            "calling_country_code": null,
            "country_code": null,
            "url": url,
        }),
    };
    Ok(Json(answer))
}

/// The calling code and country of the numbers that this stand-in tells apart.
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
        PhoneRejection::Unassigned => "INVALID_BUT_POSSIBLE",
        PhoneRejection::Empty | PhoneRejection::NotANumber | PhoneRejection::Extension => {
            "NOT_A_NUMBER"
        }
    }
}
