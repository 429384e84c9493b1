//! Analytics: of a campaign, of an account over time, and of the system for admins; as JSON, or a table of it as CSV.

mod query;
mod tables;

use axum::{extract::State, http::HeaderMap, response::Response};
use domain::CampaignId;
use rows_as_user::RowsAsUser;
use serde_json::{Map, Value, json};
use twilio::ErrorMeaning;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{ApprovedAdmin, ApprovedUser, Path, ValidQuery};

use self::{
    query::{AccountInput, AccountQuery, CampaignInput, CampaignQuery, SystemInput, SystemQuery},
    tables::{ACCOUNT_TABLES, CAMPAIGN_TABLES, SYSTEM_TABLES},
};
use crate::{
    patience::PATIENCE,
    rows_failure,
    shapes::{AccountAnalytics, CampaignAnalytics, SystemAnalytics},
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::Account>;
type CampaignFailure = rows_failure::Failure<rows_failure::Campaign>;

pub(crate) fn routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new()
        .routes(routes!(show_campaign))
        .routes(routes!(show_account))
        .routes(routes!(show_system))
}

/// A campaign from its audience to the last delivery: what became of its messages, when they were delivered, why they
/// failed and where, what people answered, what it cost.
#[utoipa::path(get, path = "/api/campaigns/{id}/analytics", tag = "Analytics", params(("id" = CampaignId, Path), CampaignInput), responses((status = 200, description = "The campaign. As CSV where that is asked for, by `format` or `Accept`.", content((CampaignAnalytics = "application/json"), (String = "text/csv")))))]
async fn show_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
    ValidQuery(query): ValidQuery<CampaignQuery>,
    headers: HeaderMap,
) -> Result<Response, CampaignFailure> {
    let mut arguments = query.arguments;
    arguments.insert("campaign_id".to_owned(), json!(id));
    let form = query.form.of(CAMPAIGN_TABLES, &headers)?;
    let json = rows
        .call_for_json(&user.caller, "campaign_analytics", &arguments, PATIENCE)
        .await?;
    let mut analytics: Map<String, Value> = serde_json::from_slice(&json)?;
    explain_failures(&mut analytics);
    Ok(form.answer(&format!("campaign-{id}"), &analytics)?)
}

/// An account over time, the caller's own unless an admin names another.
#[utoipa::path(get, path = "/api/analytics", tag = "Analytics", params(AccountInput), responses((status = 200, description = "The account. As CSV where that is asked for, by `format` or `Accept`.", content((AccountAnalytics = "application/json"), (String = "text/csv"))), (status = 404, description = "`account_not_found`")))]
async fn show_account(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidQuery(query): ValidQuery<AccountQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let form = query.form.of(ACCOUNT_TABLES, &headers)?;
    let json = rows
        .call_for_json(
            &user.caller,
            "account_analytics",
            &query.arguments,
            PATIENCE,
        )
        .await?;
    let analytics = serde_json::from_slice(&json)?;
    Ok(form.answer("analytics", &analytics)?)
}

/// All accounts together over time, and how the system fares: queues, senders, failures, limits near their end.
#[utoipa::path(get, path = "/api/admin/analytics", tag = "Analytics", params(SystemInput), responses((status = 200, description = "The system. As CSV where that is asked for, by `format` or `Accept`.", content((SystemAnalytics = "application/json"), (String = "text/csv")))))]
async fn show_system(
    admin: ApprovedAdmin,
    State(rows): State<RowsAsUser>,
    ValidQuery(query): ValidQuery<SystemQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let form = query.form.of(SYSTEM_TABLES, &headers)?;
    let json = rows
        .call_for_json(&admin.caller, "admin_analytics", &query.arguments, PATIENCE)
        .await?;
    let mut analytics = serde_json::from_slice(&json)?;
    explain_failures(&mut analytics);
    Ok(form.answer("system", &analytics)?)
}

/// Says in words why messages failed, where the database did not: there Twilio's code says it.
fn explain_failures(analytics: &mut Map<String, Value>) {
    let failures = analytics.get_mut("failures").and_then(Value::as_array_mut);
    for failure in failures.into_iter().flatten() {
        if failure["text"].is_string() {
            continue;
        }
        let code = failure["error_code"]
            .as_u64()
            .and_then(|code| code.try_into().ok());
        let meaning = code.map_or_else(|| ErrorMeaning::of_refusal(400, None), ErrorMeaning::of);
        failure["text"] = json!(meaning.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_is_said_in_words() {
        let failures = json!({ "failures": [
            { "reason": "filtered", "error_code": 30007, "text": null },
            { "reason": "suppressed", "error_code": null, "text": "This number must not be texted." },
            { "reason": "refused", "error_code": null, "text": null },
            { "error_code": 99999 },
        ] });
        let mut analytics = failures.as_object().unwrap().clone();
        explain_failures(&mut analytics);
        let texts: Vec<_> = (0..4)
            .map(|n| analytics["failures"][n]["text"].as_str().unwrap())
            .collect();
        assert_eq!(
            texts,
            [
                "The carrier filtered the message.",
                "This number must not be texted.",
                "Twilio refused this message.",
                "Twilio refused this message.",
            ]
        );
        explain_failures(&mut Map::new());
    }
}
