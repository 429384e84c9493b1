//! Suppressions: the numbers that must not be texted, with reasons, and their end.

use axum::{extract::State, http::StatusCode, response::Response};
use domain::{PhoneNumber, SuppressionId};
use rows_as_user::RowsAsUser;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{ApprovedUser, FieldErrors, Listing, Page, Path, ValidJson, ValidQuery, Validate};

use crate::{
    answers::{Json, Listed},
    fields::{not_null, sentence},
    patience::PATIENCE,
    queries::{given, given_phone},
    rows_failure,
    shapes::{Suppression, SuppressionAnswer},
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::Suppression>;

const LONGEST_NOTE: usize = 1000;
const MOST_PHONES: usize = 10_000;
/// As `private.suppressions.reason` has them.
const REASONS: [&str; 8] = [
    "opted_out",
    "invalid_number",
    "unreachable",
    "complaint",
    "declined",
    "manual",
    "listed",
    "likely_revoked",
];

pub(crate) fn routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new()
        .routes(routes!(list, suppress))
        .routes(routes!(lift))
}

/// Which suppressions to list.
#[derive(Debug)]
struct SuppressionList {
    page: Page,
    phone: Option<String>,
    reasons: Option<Vec<String>>,
    lifted: bool,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SuppressionListInput {
    /// From 1.
    #[param(minimum = 1, default = 1)]
    page: Option<usize>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    per_page: Option<usize>,
    /// Of this number.
    #[param(format = "phone", example = "+14155552671")]
    phone: Option<String>,
    /// One or several, with commas.
    #[param(example = "manual")]
    reason: Option<String>,
    /// Also what does not hold any more.
    lifted: Option<bool>,
}

impl Validate for SuppressionList {
    type Input = SuppressionListInput;

    fn validate(input: SuppressionListInput, errors: &mut FieldErrors) -> Option<Self> {
        let reasons = given(input.reason).map(|text| {
            let reasons: Vec<String> = text.split(',').map(|one| one.trim().to_owned()).collect();
            if !reasons.iter().all(|one| REASONS.contains(&one.as_str())) {
                let detail = format!("One or several, with commas, of {}.", REASONS.join(", "));
                errors.add("reason", "unknown_value", detail);
            }
            reasons
        });
        Some(Self {
            page: Page::read(input.page, input.per_page, errors),
            phone: given_phone(input.phone).and_then(|text| phone(&text, errors)),
            reasons,
            lifted: input.lifted.unwrap_or_default(),
        })
    }
}

fn phone(text: &str, errors: &mut FieldErrors) -> Option<String> {
    PhoneNumber::parse_even_unassigned(text)
        .map_err(|reason| errors.add("phone", reason.as_str(), sentence(reason)))
        .ok()
}

/// Filters that are not given are left out: not every dialect of PostgREST tells null from an empty text.
#[derive(Serialize)]
struct ListArguments {
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Vec<String>>,
    lifted: bool,
    page_limit: usize,
    page_offset: usize,
}

/// A page of suppressions, the newest first: the account's own, and those for every account that concern its customers;
/// admins see all.
#[utoipa::path(get, operation_id = "list_suppressions", path = "/api/suppressions", tag = "Suppressions", params(SuppressionListInput), responses((status = 200, description = "A page of suppressions.", body = Listing<Suppression>)))]
async fn list(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidQuery(list): ValidQuery<SuppressionList>,
) -> Result<Response, Failure> {
    let arguments = ListArguments {
        phone: list.phone,
        reasons: list.reasons,
        lifted: list.lifted,
        page_limit: list.page.per_page,
        page_offset: list.page.offset(),
    };
    let json = rows
        .call_for_json(&user.caller, "list_suppressions", &arguments, PATIENCE)
        .await?;
    let page = list.page;
    Listed { json, page }.into_response().map_err(Into::into)
}

/// Whom not to text: one number, or a list of the account's own.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum NewSuppression {
    One {
        phone: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    Listed {
        phones: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSuppressionInput {
    #[serde(default, deserialize_with = "not_null")]
    /// One number …
    #[schema(nullable = false, format = "phone", example = "+14155552671")]
    phone: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    /// … or a list of the account's own.
    #[schema(nullable = false, max_items = 10_000, example = json!(null))]
    phones: Option<Vec<String>>,
    #[serde(default, deserialize_with = "not_null")]
    /// `manual`, `listed` or `declined`; admins also `invalid_number`, `unreachable`, `complaint`, `opted_out`. Not of a list.
    #[schema(nullable = false, example = "manual")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, max_length = 1000, example = "Asked on the phone.")]
    note: Option<String>,
}

impl Validate for NewSuppression {
    type Input = NewSuppressionInput;

    fn validate(input: NewSuppressionInput, errors: &mut FieldErrors) -> Option<Self> {
        let NewSuppressionInput {
            phone: one,
            phones,
            reason,
            note,
        } = input;
        check_length("note", note.as_deref(), errors);
        match (one, phones) {
            (Some(text), None) => Some(Self::One {
                phone: phone(&text, errors)?,
                reason,
                note,
            }),
            (None, Some(phones)) => {
                if reason.is_some() {
                    let detail = "A list's reason is always listed: leave it out.";
                    errors.add("reason", "reason_of_list", detail);
                }
                if phones.len() > MOST_PHONES {
                    let detail = "At most 10,000 numbers are listed at once.";
                    errors.add("phones", "too_many_phones", detail);
                    return None;
                }
                // What is no number the database names in its answer.
                let tidy = |text: String| PhoneNumber::parse_even_unassigned(&text).unwrap_or(text);
                Some(Self::Listed {
                    phones: phones.into_iter().map(tidy).collect(),
                    note,
                })
            }
            _ => {
                errors.add("", "phone_or_phones", "Name either phone or phones.");
                None
            }
        }
    }
}

fn check_length(field: &'static str, text: Option<&str>, errors: &mut FieldErrors) {
    if text.is_some_and(|text| text.chars().count() > LONGEST_NOTE) {
        let detail = format!("At most {LONGEST_NOTE} characters.");
        errors.add(field, "too_long", detail);
    }
}

/// Suppresses a number, and answers with the entry, also if there was one already; or a list, and answers how many were
/// `added`, were there `already`, and which are `invalid`. Refuses with `suppression_reason_invalid` or `admin_required`.
#[utoipa::path(post, path = "/api/suppressions", tag = "Suppressions", request_body = NewSuppressionInput, responses((status = 200, description = "The entry, or what became of the list.", body = SuppressionAnswer)))]
async fn suppress(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidJson(suppression): ValidJson<NewSuppression>,
) -> Result<Json, Failure> {
    let function = match suppression {
        NewSuppression::One { .. } => "suppress_number",
        NewSuppression::Listed { .. } => "suppress_numbers",
    };
    let answer = rows
        .call_for_json(&user.caller, function, &suppression, PATIENCE)
        .await;
    Ok(Json(StatusCode::OK, answer?))
}

/// Why a suppression is lifted.
#[derive(Debug, PartialEq, Eq)]
struct Lift(String);

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LiftInput {
    #[schema(min_length = 1, max_length = 1000, example = "A mistyped number.")]
    why: String,
}

impl Validate for Lift {
    type Input = LiftInput;

    fn validate(input: LiftInput, errors: &mut FieldErrors) -> Option<Self> {
        if input.why.trim().is_empty() {
            errors.add("why", "why_required", "Say why this suppression is lifted.");
        }
        check_length("why", Some(&input.why), errors);
        Some(Self(input.why))
    }
}

/// Lifts a suppression, which is kept with who and why, and answers with the entry. Refuses with
/// `suppression_not_found`, `suppression_already_lifted`, `suppression_not_liftable`, or `why_required` if the reason is
/// too short for an opt-out.
#[utoipa::path(post, operation_id = "lift_suppression", path = "/api/suppressions/{id}/lift", tag = "Suppressions", params(("id" = SuppressionId, Path)), request_body = LiftInput, responses((status = 200, description = "The entry.", body = Suppression), (status = 409, description = "`suppression_already_lifted`")))]
async fn lift(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<SuppressionId>,
    ValidJson(Lift(why)): ValidJson<Lift>,
) -> Result<Json, Failure> {
    let arguments = json!({ "suppression_id": id, "why": why });
    let entry = rows
        .call_for_json(&user.caller, "lift_suppression", &arguments, PATIENCE)
        .await;
    Ok(Json(StatusCode::OK, entry?))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::validated::read;

    #[test]
    fn a_number_is_suppressed_as_it_is_stored_even_if_nobody_has_it() {
        for (text, stored) in [
            ("(415) 555-2671", "+14155552671"),
            ("+14155550100", "+14155550100"),
            ("+1 (415) 555-0100", "+14155550100"),
            ("+99912345678", "+99912345678"),
        ] {
            let read = read::<NewSuppression>(json!({ "phone": text })).unwrap();
            assert_eq!(
                serde_json::to_value(read).unwrap(),
                json!({ "phone": stored })
            );
        }
    }

    #[test]
    fn a_list_is_tidied_and_what_is_no_number_stays_to_be_named() {
        let list = json!({ "phones": ["415-555-2671", "12", ""], "note": "Lawyers" });
        assert_eq!(
            serde_json::to_value(read::<NewSuppression>(list).unwrap()).unwrap(),
            json!({ "phones": ["+14155552671", "12", ""], "note": "Lawyers" })
        );
    }

    #[test]
    fn what_is_misspelt_suppresses_nobody_else() {
        for (json, part) in [
            (json!({}), "phone_or_phones"),
            (
                json!({ "phone": "+14155552671", "phones": [] }),
                "phone_or_phones",
            ),
            (json!({ "phone": null }), "null"),
            (json!({ "phones": [7] }), "invalid type"),
            (json!({ "phone": "12" }), "phone_too_short"),
            (
                json!({ "phone": "+1415555" , "user_id": null }),
                "unknown field",
            ),
            (
                json!({ "phones": ["+14155552671"], "reason": "manual" }),
                "reason_of_list",
            ),
            (
                json!({ "phones": vec!["+14155552671"; 10_001] }),
                "too_many_phones",
            ),
            (
                json!({ "phone": "+14155552671", "note": "x".repeat(1001) }),
                "too_long",
            ),
        ] {
            let error = read::<NewSuppression>(json.clone()).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
        for (json, part) in [
            (json!({}), "missing field"),
            (json!({ "why": " " }), "why_required"),
            (json!({ "why": "x".repeat(1001) }), "too_long"),
            (json!({ "why": "x", "reason": "y" }), "unknown field"),
        ] {
            let error = read::<Lift>(json).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_list_is_narrowed_by_what_there_is() {
        let listed = |json: Value| read::<SuppressionList>(json);
        let list = listed(json!({ "reason": "listed, manual", "phone": " 442079460018" })).unwrap();
        assert_eq!(list.reasons.unwrap(), ["listed", "manual"]);
        assert_eq!(list.phone.as_deref(), Some("+442079460018"));
        assert!(
            listed(json!({ "reason": "", "phone": "" }))
                .unwrap()
                .phone
                .is_none()
        );
        assert!(listed(json!({ "reason": "list" })).is_err());
        assert!(listed(json!({ "phone": "Ann" })).is_err());
    }
}
