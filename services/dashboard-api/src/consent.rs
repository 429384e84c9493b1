//! Consent: what a customer has agreed to, and what became of it. The answer to "she says she never agreed".

use axum::{extract::State, http::StatusCode};
use domain::CustomerId;
use rows_as_user::RowsAsUser;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{ApprovedUser, FieldErrors, Path, ValidJson, Validate};

use crate::{
    answers::Json,
    fields::{moment, not_null},
    patience::PATIENCE,
    rows_failure,
    shapes::{ConsentState, ConsentStory},
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::Customer>;

pub(crate) fn routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new().routes(routes!(get_consent, record_consent))
}

/// All that is known of the customer's number, each list in the order of time: `consents` with evidence and hashes,
/// `suppressions` with who lifted them, `messages` sent, and what was `received`. Refuses with `customer_not_found`.
#[utoipa::path(get, path = "/api/customers/{id}/consent", tag = "Consent", params(("id" = CustomerId, Path)), responses((status = 200, description = "What is known.", body = ConsentStory)))]
async fn get_consent(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CustomerId>,
) -> Result<Json, Failure> {
    let arguments = json!({ "customer_id": id });
    let story = rows
        .call_for_json(&user.caller, "customer_consent", &arguments, PATIENCE)
        .await;
    Ok(Json(StatusCode::OK, story?))
}

/// What a customer has said to its owner.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct NewConsent {
    action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    happened_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Map<String, Value>>,
}

/// What somebody has said about being texted.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "for the description")]
enum ConsentAction {
    Given,
    Revoked,
}

/// A field that is misspelt or null is refused: it would be kept for ever that consent was given now, without evidence.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewConsentInput {
    #[schema(value_type = ConsentAction)]
    action: String,
    #[serde(default, deserialize_with = "not_null")]
    /// A time, or the beginning of a day (UTC); now if absent.
    #[schema(nullable = false, example = "2026-11-01T10:00:00Z")]
    happened_at: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    /// What shows it, at most 4,000 characters.
    #[schema(nullable = false, value_type = Option<Object>, example = json!({ "how": "signed form" }))]
    evidence: Option<Map<String, Value>>,
}

impl Validate for NewConsent {
    type Input = NewConsentInput;

    fn validate(input: NewConsentInput, errors: &mut FieldErrors) -> Option<Self> {
        if !matches!(input.action.as_str(), "given" | "revoked") {
            let detail = "Consent is given or revoked.";
            errors.add("action", "consent_action_invalid", detail);
        }
        let happened_at = moment("happened_at", input.happened_at.as_deref(), errors);
        if input.happened_at.is_some_and(|text| text.trim().is_empty()) {
            errors.add(
                "happened_at",
                "not_a_time",
                "There is no time: leave it out.",
            );
        }
        Some(Self {
            action: input.action,
            happened_at,
            evidence: input.evidence,
        })
    }
}

#[derive(Serialize)]
struct ConsentArguments {
    customer_id: CustomerId,
    #[serde(flatten)]
    consent: NewConsent,
}

/// Appends to the ledger; a revocation also suppresses the number for the account. Answers whether the number has
/// consent and may be texted. Refuses with `customer_not_found`, `consent_in_the_future`, `consent_too_old`
/// or `consent_evidence_invalid`.
#[utoipa::path(post, path = "/api/customers/{id}/consent", tag = "Consent", params(("id" = CustomerId, Path)), request_body = NewConsentInput, responses((status = 200, description = "How the number stands now.", body = ConsentState)))]
async fn record_consent(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(customer_id): Path<CustomerId>,
    ValidJson(consent): ValidJson<NewConsent>,
) -> Result<Json, Failure> {
    let arguments = ConsentArguments {
        customer_id,
        consent,
    };
    let state = rows
        .call_for_json(
            &user.caller,
            "record_customer_consent",
            &arguments,
            PATIENCE,
        )
        .await;
    Ok(Json(StatusCode::OK, state?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validated;

    /// What the database is asked, or why it is not.
    fn read(json: Value) -> Result<Value, String> {
        validated::read::<NewConsent>(json).map(|consent| serde_json::to_value(consent).unwrap())
    }

    #[test]
    fn nothing_that_is_misspelt_is_kept_as_consent() {
        for json in [
            json!({}),
            json!({ "action": null }),
            json!({ "action": "yes" }),
            json!({ "action": "Given" }),
            json!({ "action": "given", "happened_at": null }),
            json!({ "action": "given", "happened_at": " " }),
            json!({ "action": "given", "happened_at": "yesterday" }),
            json!({ "action": "given", "happenedAt": "2026-11-23" }),
            json!({ "action": "given", "evidence": null }),
            json!({ "action": "given", "evidence": "a form" }),
            json!({ "action": "given", "evidence": ["a form"] }),
        ] {
            assert!(read(json.clone()).is_err(), "{json}");
        }
    }

    #[test]
    fn what_is_known_is_passed_on() {
        assert_eq!(
            read(json!({ "action": "revoked" })),
            Ok(json!({ "action": "revoked" }))
        );
        let full = json!({ "action": "given", "happened_at": "2026-11-23", "evidence": { "how": "signed form" } });
        assert_eq!(
            read(full),
            Ok(json!({
                "action": "given", "happened_at": "2026-11-23T00:00:00Z", "evidence": { "how": "signed form" },
            }))
        );
    }
}
