//! Senders: the numbers and messaging services that campaigns can name, and how fast each sends.

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    routing::{get, patch},
};
use chrono::NaiveDate;
use domain::SenderId;
use rows_as_user::RowsAsUser;
use serde::Deserialize;
use serde_json::json;
use web::{ApprovedAdmin, ApprovedUser, FieldErrors, Path, ValidJson, ValidQuery, Validate};

use crate::{answers::Json, patience::PATIENCE, rows_failure, state::DashboardState};

type Failure = rows_failure::Failure<rows_failure::Sender>;

pub(crate) fn routes() -> Router<DashboardState> {
    Router::new()
        .route("/api/senders", get(list_senders))
        .route("/api/senders/{id}", patch(change_sender))
        .route("/api/senders/{id}/days", get(list_days))
}

/// All senders as an array, the default first. `hold_reason` says what Twilio refuses; nothing is sent before
/// `held_until`, and then one message at a time until one goes through. `health` has the delivery rate and alarms of
/// today and yesterday (UTC), and for admins the figures.
async fn list_senders(user: ApprovedUser, State(rows): State<RowsAsUser>) -> Result<Json, Failure> {
    let senders = rows
        .call_for_json(&user.caller, "list_senders", &json!({}), PATIENCE)
        .await;
    Ok(Json(StatusCode::OK, senders?))
}

/// A sender's new rate.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SenderRate {
    segments_per_second: f64,
}

impl Validate for SenderRate {
    type Input = Self;

    fn validate(input: Self, _errors: &mut FieldErrors) -> Option<Self> {
        // The database knows the limits, since admins also call its function.
        Some(input)
    }
}

/// Changes a sender's rate while campaigns are being sent.
async fn change_sender(
    user: ApprovedAdmin,
    State(rows): State<RowsAsUser>,
    Path(id): Path<SenderId>,
    ValidJson(rate): ValidJson<SenderRate>,
) -> Result<Json, Failure> {
    let arguments = json!({ "sender_id": id, "segments_per_second": rate.segments_per_second });
    let sender = rows
        .call_for_json(&user.caller, "set_sender_rate", &arguments, PATIENCE)
        .await;
    Ok(Json(StatusCode::OK, sender?))
}

/// Days of UTC, both included.
#[derive(Debug)]
struct Days {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

#[derive(Debug, Deserialize)]
struct DaysInput {
    from: Option<String>,
    to: Option<String>,
}

impl Validate for Days {
    type Input = DaysInput;

    fn validate(input: DaysInput, errors: &mut FieldErrors) -> Option<Self> {
        let from = day("from", input.from.as_deref(), errors);
        let to = day("to", input.to.as_deref(), errors);
        Some(Self { from, to })
    }
}

fn day(field: &'static str, text: Option<&str>, errors: &mut FieldErrors) -> Option<NaiveDate> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    let day = text.parse().ok();
    if day.is_none() {
        errors.add(field, "not_a_day", "A day as 2026-11-23.");
    }
    day
}

/// What a sender sent, delivered, failed to deliver by Twilio's code, and lost to opt-outs on each day, the newest first;
/// the last 30 days unless asked otherwise. Days on which nothing happened are left out.
async fn list_days(
    user: ApprovedAdmin,
    State(rows): State<RowsAsUser>,
    Path(id): Path<SenderId>,
    ValidQuery(days): ValidQuery<Days>,
) -> Result<Json, Failure> {
    let mut arguments = json!({ "sender_id": id });
    for (name, day) in [("first", days.from), ("last", days.to)] {
        if let Some(day) = day {
            arguments[name] = json!(day);
        }
    }
    let days = rows
        .call_for_json(&user.caller, "sender_days", &arguments, PATIENCE)
        .await;
    Ok(Json(StatusCode::OK, days?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value};

    use super::*;

    #[test]
    fn days_are_days() {
        let days = |from: &str| {
            let mut errors = FieldErrors::default();
            let input = DaysInput {
                from: Some(from.into()),
                to: None,
            };
            let days = Days::validate(input, &mut errors).unwrap();
            (days.from.map(|day| day.to_string()), errors.is_empty())
        };
        assert_eq!(days("2026-11-23"), (Some("2026-11-23".into()), true));
        assert_eq!(days(""), (None, true));
        for odd in ["2026-11-31", "infinity", "2026-11-23T09:00:00Z"] {
            assert_eq!(days(odd), (None, false), "{odd}");
        }
    }

    #[test]
    fn a_rate_is_never_lifted_by_leaving_it_out() {
        let rate = |json: Value| from_value(json).map(|rate: SenderRate| rate.segments_per_second);
        assert_eq!(
            rate(json!({ "segments_per_second": 2.5 }))
                .unwrap()
                .to_string(),
            "2.5"
        );
        for json in [
            json!({}),
            json!({ "segments": 3 }),
            json!({ "segments_per_second": null }),
            json!({ "segments_per_second": "3" }),
            json!({ "segments_per_second": 3, "held_until": null }),
        ] {
            assert!(rate(json.clone()).is_err(), "{json}");
        }
    }
}
