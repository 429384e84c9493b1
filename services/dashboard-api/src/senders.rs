//! Senders: the numbers and messaging services that campaigns can name, and how fast each sends.

use axum::{extract::State, http::StatusCode, response::Response};
use chrono::NaiveDate;
use domain::SenderId;
use rows_as_user::RowsAsUser;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{
    ApprovedAdmin, ApprovedUser, FieldErrors, Listing, Path, ValidJson, ValidQuery, Validate,
};

use crate::{
    answers::{Json, WholeList},
    patience::PATIENCE,
    rows_failure,
    shapes::{Sender, SenderDay, SenderWithHealth},
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::Sender>;

pub(crate) fn routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new()
        .routes(routes!(list_senders))
        .routes(routes!(change_sender))
        .routes(routes!(list_days))
}

/// All senders, the default first. `hold_reason` says what Twilio refuses; nothing is sent before
/// `held_until`, and then one message at a time until one goes through. `health` has the delivery rate and alarms of
/// today and yesterday (UTC), and for admins the figures.
#[utoipa::path(get, path = "/api/senders", tag = "Senders", responses((status = 200, description = "All senders.", body = Listing<SenderWithHealth>)))]
async fn list_senders(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
) -> Result<Response, Failure> {
    let senders = rows
        .call_for_json(&user.caller, "list_senders", &json!({}), PATIENCE)
        .await?;
    WholeList(senders).into_response().map_err(Into::into)
}

/// A sender's new rate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SenderRate {
    #[schema(minimum = 0.01, maximum = 10000, example = 10)]
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
#[utoipa::path(patch, path = "/api/senders/{id}", tag = "Senders", params(("id" = SenderId, Path)), request_body = SenderRate, responses((status = 200, description = "The sender.", body = Sender)))]
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

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DaysInput {
    /// The first day; 29 days before the last if absent.
    #[param(value_type = Option<NaiveDate>)]
    from: Option<String>,
    /// The last day (UTC); today if absent.
    #[param(value_type = Option<NaiveDate>)]
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
    let day = text?.parse().ok();
    if day.is_none() {
        errors.add(field, "not_a_day", "A day as 2026-11-23.");
    }
    day
}

/// What a sender sent, delivered, failed to deliver by Twilio's code, and lost to opt-outs on each day, the newest first;
/// the last 30 days unless asked otherwise. Days on which nothing happened are left out.
#[utoipa::path(get, path = "/api/senders/{id}/days", tag = "Senders", params(("id" = SenderId, Path), DaysInput), responses((status = 200, description = "The days.", body = Listing<SenderDay>)))]
async fn list_days(
    user: ApprovedAdmin,
    State(rows): State<RowsAsUser>,
    Path(id): Path<SenderId>,
    ValidQuery(days): ValidQuery<Days>,
) -> Result<Response, Failure> {
    let mut arguments = json!({ "sender_id": id });
    for (name, day) in [("first", days.from), ("last", days.to)] {
        if let Some(day) = day {
            arguments[name] = json!(day);
        }
    }
    let days = rows
        .call_for_json(&user.caller, "sender_days", &arguments, PATIENCE)
        .await?;
    WholeList(days).into_response().map_err(Into::into)
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
        for odd in [" ", "2026-11-31", "infinity", "2026-11-23T09:00:00Z"] {
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
