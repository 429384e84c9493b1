//! What people do to a campaign: send, pause, resume, cancel, duplicate. The database decides whether it may
//! be done.

use std::time::Duration;

use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::{CampaignId, CampaignMessageId};
use rows_as_user::{JsonRow, RowsAsUser, RowsError};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use web::{ApprovedUser, FieldErrors, Path, ValidJson, Validate};

use crate::{
    answers::{Created, Row},
    fields::not_null,
    patience::{PATIENCE, PATIENCE_FOR_A_MINUTE, PATIENCE_FOR_FIVE_MINUTES},
    rows_failure,
    shapes::{Campaign, CampaignMessage},
};

type Failure = rows_failure::Failure<rows_failure::Campaign>;
type MessageFailure = rows_failure::Failure<rows_failure::CampaignMessage>;

/// When to send a campaign, and to how many. Without either time it is sent now, unless it has a schedule.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct SendOrder {
    #[serde(skip_serializing_if = "Option::is_none")]
    send_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_now: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_recipients: Option<i32>,
}

/// A field that is misspelt or null is refused: without it the campaign would be sent at once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendInput {
    #[serde(default, deserialize_with = "not_null")]
    /// When to send it; not together with `now`.
    #[schema(nullable = false, value_type = Option<DateTime<Utc>>)]
    scheduled_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "not_null")]
    /// Now, although it has a schedule.
    #[schema(nullable = false)]
    now: Option<bool>,
    #[serde(default, deserialize_with = "not_null")]
    /// Refused if there are others by now.
    #[schema(nullable = false, minimum = 0)]
    expected_recipients: Option<i32>,
}

impl Validate for SendOrder {
    type Input = SendInput;

    fn validate(input: SendInput, errors: &mut FieldErrors) -> Option<Self> {
        if input.now == Some(false) && input.scheduled_at.is_none() {
            let detail = "Not now, but when? Give scheduled_at, or leave the campaign as it is.";
            errors.add("now", "invalid_value", detail);
        }
        if input.expected_recipients.is_some_and(|count| count < 0) {
            let detail = "A number of recipients is not negative.";
            errors.add("expected_recipients", "out_of_range", detail);
        }
        Some(Self {
            send_at: input.scheduled_at,
            send_now: input.now.filter(|now| *now),
            expected_recipients: input.expected_recipients,
        })
    }
}

#[derive(Serialize)]
struct SendArguments {
    campaign_id: CampaignId,
    #[serde(flatten)]
    order: SendOrder,
}

/// Sends a campaign now, or at a time.
#[utoipa::path(post, path = "/api/campaigns/{id}/send", tag = "Campaigns", params(("id" = CampaignId, Path)), request_body = Option<SendInput>, responses((status = 200, description = "The campaign, launched or scheduled.", body = Campaign), (status = 409, description = "`campaign_already_launched`, `campaign_has_schedule`, `recipients_differ`")))]
pub(super) async fn send_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(campaign_id): Path<CampaignId>,
    order: Option<ValidJson<SendOrder>>,
) -> Result<Row, Failure> {
    let order = order.map_or_else(SendOrder::default, |ValidJson(order)| order);
    let arguments = SendArguments { campaign_id, order };
    let row = rows
        .call(
            &user.caller,
            "send_campaign",
            &arguments,
            PATIENCE_FOR_FIVE_MINUTES,
        )
        .await;
    Ok(Row(row?))
}

/// Pauses a campaign that is scheduled or being sent.
#[utoipa::path(post, path = "/api/campaigns/{id}/pause", tag = "Campaigns", params(("id" = CampaignId, Path)), responses((status = 200, description = "The campaign as it is now.", body = Campaign), (status = 409, description = "`campaign_not_running`")))]
pub(super) async fn pause_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
) -> Result<Row, Failure> {
    let row = act(&user, &rows, "pause_campaign", id, PATIENCE).await;
    Ok(Row(row?))
}

/// Resumes a paused campaign.
#[utoipa::path(post, path = "/api/campaigns/{id}/resume", tag = "Campaigns", params(("id" = CampaignId, Path)), responses((status = 200, description = "The campaign as it is now.", body = Campaign), (status = 409, description = "`campaign_not_paused`, `campaign_paused_by_admin`"), (status = 422, description = "`owner_not_approved`; of a schedule also `scheduled_at_past` and the others of scheduling")))]
pub(super) async fn resume_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
) -> Result<Row, Failure> {
    let row = act(&user, &rows, "resume_campaign", id, PATIENCE).await;
    Ok(Row(row?))
}

/// Cancels what of a campaign is not sent yet.
#[utoipa::path(post, path = "/api/campaigns/{id}/cancel", tag = "Campaigns", params(("id" = CampaignId, Path)), responses((status = 200, description = "The campaign as it is now.", body = Campaign), (status = 409, description = "`campaign_not_running`")))]
pub(super) async fn cancel_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
) -> Result<Row, Failure> {
    let row = act(&user, &rows, "cancel_campaign", id, PATIENCE).await;
    Ok(Row(row?))
}

/// Copies a campaign.
#[utoipa::path(post, path = "/api/campaigns/{id}/duplicate", tag = "Campaigns", params(("id" = CampaignId, Path)), responses((status = 201, description = "The copy, a draft.", body = Campaign)))]
pub(super) async fn duplicate_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
) -> Result<Created, Failure> {
    let row = act(&user, &rows, "duplicate_campaign", id, PATIENCE).await;
    Ok(Created(row?))
}

/// Tries failed messages again whose failure was temporary.
#[utoipa::path(post, path = "/api/campaigns/{id}/retry-failed", tag = "Campaigns", params(("id" = CampaignId, Path)), responses((status = 200, description = "The campaign as it is now.", body = Campaign), (status = 409, description = "`nothing_to_retry` and its like.")))]
pub(super) async fn retry_failed_messages(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
) -> Result<Row, Failure> {
    let row = act(
        &user,
        &rows,
        "retry_failed_messages",
        id,
        PATIENCE_FOR_A_MINUTE,
    )
    .await;
    Ok(Row(row?))
}

/// What can be found out in Twilio's console about a message in doubt; `retry`: Twilio does not have it.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "for the description")]
enum DoubtOutcome {
    Sent,
    Failed,
    Retry,
}

/// What a person has found out about a message in doubt.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Resolution {
    #[schema(value_type = DoubtOutcome)]
    outcome: String,
}

impl Validate for Resolution {
    type Input = Self;

    fn validate(input: Self, _errors: &mut FieldErrors) -> Option<Self> {
        // The database knows the words.
        Some(input)
    }
}

/// Settles a message in doubt; answers with the message.
#[utoipa::path(post, path = "/api/campaigns/{id}/messages/{message_id}/resolve", tag = "Campaigns", params(("id" = CampaignId, Path), ("message_id" = CampaignMessageId, Path)), request_body = Resolution, responses((status = 200, description = "The message.", body = CampaignMessage), (status = 409, description = "`message_not_in_doubt`")))]
pub(super) async fn resolve_message(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path((_, message_id)): Path<(CampaignId, CampaignMessageId)>,
    ValidJson(resolution): ValidJson<Resolution>,
) -> Result<Row, MessageFailure> {
    let arguments = json!({ "message_id": message_id, "outcome": resolution.outcome });
    let row = rows
        .call(&user.caller, "resolve_message", &arguments, PATIENCE)
        .await;
    Ok(Row(row?))
}

/// Calls a function of the database that takes only the campaign, and returns its row.
async fn act(
    user: &ApprovedUser,
    rows: &RowsAsUser,
    function: &'static str,
    id: CampaignId,
    patience: Duration,
) -> Result<JsonRow, RowsError> {
    let arguments = json!({ "campaign_id": id });
    rows.call(&user.caller, function, &arguments, patience)
        .await
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::validated;

    /// What the database is asked, or why it is not.
    fn order(json: Value) -> Result<Value, String> {
        validated::read::<SendOrder>(json).map(|order| serde_json::to_value(order).unwrap())
    }

    #[test]
    fn an_order_names_only_what_it_was_given() {
        for (json, arguments) in [
            (json!({}), json!({})),
            (json!({ "now": true }), json!({ "send_now": true })),
            (
                json!({ "scheduled_at": "2026-12-01T02:00:00-08:00", "now": false }),
                json!({ "send_at": "2026-12-01T10:00:00Z" }),
            ),
            (
                json!({ "now": true, "expected_recipients": 0 }),
                json!({ "send_now": true, "expected_recipients": 0 }),
            ),
        ] {
            assert_eq!(order(json), Ok(arguments));
        }
    }

    #[test]
    fn what_could_be_taken_for_now_by_mistake_is_refused() {
        for (json, part) in [
            (
                json!({ "sheduled_at": "2026-12-01T10:00:00Z" }),
                "unknown field",
            ),
            (json!({ "scheduled_at": null }), "null"),
            (json!({ "scheduled_at": "tomorrow" }), "invalid characters"),
            (json!({ "now": null }), "null"),
            (json!({ "now": "false" }), "expected a boolean"),
            (json!({ "now": false }), "\"now\""),
            (json!({ "now": false, "expected_recipients": 3 }), "\"now\""),
            (json!({ "expected_recipients": null }), "null"),
            (json!({ "expected_recipients": -1 }), "out_of_range"),
            (json!({ "expected_recipients": 1.5 }), "invalid"),
        ] {
            let error = order(json.clone()).unwrap_err();
            assert!(error.contains(part), "{json}: {error}");
        }
    }
}
