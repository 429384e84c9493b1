//! Senders: the numbers and messaging services that campaigns can name, and how fast each sends.

use std::time::Duration;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    routing::{get, patch},
};
use domain::SenderId;
use rows_as_user::RowsAsUser;
use serde::Deserialize;
use serde_json::json;
use web::{ApprovedAdmin, ApprovedUser, FieldErrors, Path, ValidJson, Validate};

use crate::{answers::Json, rows_failure, state::DashboardState};

type Failure = rows_failure::Failure<rows_failure::Sender>;

/// Longer than Postgres gives a statement of a person's, so that its own word is heard.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn routes() -> Router<DashboardState> {
    Router::new()
        .route("/api/senders", get(list_senders))
        .route("/api/senders/{id}", patch(change_sender))
}

/// All senders as an array, the default first. `hold_reason` says what Twilio refuses; nothing is sent before
/// `held_until`, and then one message at a time until one goes through.
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value};

    use super::*;

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
