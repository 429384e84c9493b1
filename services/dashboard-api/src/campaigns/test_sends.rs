//! Tests: a campaign's text to one number. The send workers send it as a campaign of its own, which no list shows; what
//! became of it is asked for here.

use axum::{extract::State, http::StatusCode, response::Response};
use domain::{CampaignId, CampaignTestId, CustomerId, PhoneNumber};
use rows_as_user::RowsAsUser;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use web::{ApprovedUser, FieldErrors, Listing, Path, ValidJson, Validate};

use crate::{
    answers::{Json, WholeList},
    fields::{not_null, sentence},
    idempotency_key::IdempotencyKey,
    patience::{PATIENCE, PATIENCE_FOR_A_MINUTE},
    rows_failure,
    shapes::CampaignTest,
};

type Failure = rows_failure::Failure<rows_failure::CampaignTest>;

/// Whom to send the text to, and whose values it shows: the customer's, or the first recipient's.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct TestOrder {
    phone: PhoneNumber,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<CustomerId>,
}

/// A field that is misspelt or null is refused: the text would show somebody else's values.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TestInput {
    /// With its country code.
    #[schema(format = "phone", example = "+14155552671")]
    to: String,
    #[serde(default, deserialize_with = "not_null")]
    /// Whose values the text shows; the first recipient's if absent.
    #[schema(nullable = false)]
    customer_id: Option<CustomerId>,
}

impl Validate for TestOrder {
    type Input = TestInput;

    fn validate(input: TestInput, errors: &mut FieldErrors) -> Option<Self> {
        // Nobody should have to guess which country was meant.
        if !input.to.trim_start().starts_with('+') {
            let detail = "A number with its country code, such as +14155550100.";
            errors.add("to", "country_code_missing", detail);
            return None;
        }
        match PhoneNumber::parse(&input.to) {
            Ok(phone) => Some(Self {
                phone,
                customer_id: input.customer_id,
            }),
            Err(reason) => {
                errors.add("to", reason.as_str(), sentence(reason));
                None
            }
        }
    }
}

#[derive(Serialize)]
struct TestArguments {
    campaign_id: CampaignId,
    #[serde(flatten)]
    order: TestOrder,
    #[serde(flatten)]
    key: IdempotencyKey,
}

/// Answers 202 with the test, whose message is pending. Refuses with `campaign_not_found`, `customer_not_found`,
/// `owner_not_approved`, `message_body_required` and its like, `phone_not_textable`, `phone_suppressed`,
/// `country_not_allowed`, `daily_limit_exceeded` or `too_many_tests`.
#[utoipa::path(post, path = "/api/campaigns/{id}/test", tag = "Campaigns", params(("id" = CampaignId, Path), ("Idempotency-Key" = Option<String>, Header, description = "With it, a repeated request within 24 hours texts nobody again and answers the same test.", min_length = 1, max_length = 255)), request_body = TestInput, responses((status = 202, description = "The test.", body = CampaignTest), (status = 429, description = "`too_many_tests`")))]
pub(super) async fn test_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(campaign_id): Path<CampaignId>,
    key: IdempotencyKey,
    ValidJson(order): ValidJson<TestOrder>,
) -> Result<Json, Failure> {
    let arguments = TestArguments {
        campaign_id,
        order,
        key,
    };
    let test = rows
        .call_for_json(
            &user.caller,
            "test_campaign",
            &arguments,
            PATIENCE_FOR_A_MINUTE,
        )
        .await;
    Ok(Json(StatusCode::ACCEPTED, test?))
}

/// One test and what became of its message, with a stable `reason`.
#[utoipa::path(get, path = "/api/campaigns/{id}/tests/{test_id}", tag = "Campaigns", params(("id" = CampaignId, Path), ("test_id" = CampaignTestId, Path)), responses((status = 200, description = "The test.", body = CampaignTest)))]
pub(super) async fn get_test(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path((campaign_id, test_id)): Path<(CampaignId, CampaignTestId)>,
) -> Result<Json, Failure> {
    let arguments = json!({ "campaign_id": campaign_id, "test_id": test_id });
    let test = rows
        .call_for_json(&user.caller, "get_test", &arguments, PATIENCE)
        .await;
    Ok(Json(StatusCode::OK, test?))
}

/// The last 50 tests of a campaign, the newest first.
#[utoipa::path(get, path = "/api/campaigns/{id}/tests", tag = "Campaigns", params(("id" = CampaignId, Path)), responses((status = 200, description = "The tests.", body = Listing<CampaignTest>)))]
pub(super) async fn list_tests(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(campaign_id): Path<CampaignId>,
) -> Result<Response, Failure> {
    let arguments = json!({ "campaign_id": campaign_id });
    let tests = rows
        .call_for_json(&user.caller, "list_tests", &arguments, PATIENCE)
        .await?;
    WholeList(tests).into_response().map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::validated;

    /// What the database is asked, or why it is not.
    fn order(json: Value) -> Result<Value, String> {
        validated::read::<TestOrder>(json).map(|order| serde_json::to_value(order).unwrap())
    }

    #[test]
    fn a_number_is_passed_on_as_twilio_wants_it() {
        let phone = json!({ "phone": "+14155552671" });
        for to in ["+14155552671", " +1 (415) 555-2671"] {
            assert_eq!(order(json!({ "to": to })), Ok(phone.clone()), "{to}");
        }
        let id = "0199c0de-0000-7000-8000-000000000002";
        assert_eq!(
            order(json!({ "to": "+14155552671", "customer_id": id })),
            Ok(json!({ "phone": "+14155552671", "customer_id": id }))
        );
    }

    #[test]
    fn what_is_not_understood_is_not_texted() {
        for (json, part) in [
            (json!({}), "missing field `to`"),
            (json!({ "to": null }), "null"),
            (json!({ "to": "4155552671" }), "country_code_missing"),
            (json!({ "to": "+1415555267" }), "phone_too_short"),
            (json!({ "to": "+14155552671,+14155552672" }), "phone_"),
            (
                json!({ "to": "+14155552671", "customer": "x" }),
                "unknown field",
            ),
            (json!({ "to": "+14155552671", "customer_id": null }), "null"),
        ] {
            let error = order(json.clone()).unwrap_err();
            assert!(error.contains(part), "{json}: {error}");
        }
    }
}
