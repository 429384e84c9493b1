use chrono::{DateTime, SecondsFormat, Utc};
use domain::{
    CampaignStatus, CustomerId, CustomerStatus, SenderId, StateCode, TemplateId, UnknownState,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use web::{FieldErrors, Validate};

use crate::{
    fields::{Change, Columns, not_null, present, sentence},
    labels,
    needed::needing,
};

/// The statuses that people set themselves; the others are results.
const WRITABLE: [CampaignStatus; 2] = [CampaignStatus::Draft, CampaignStatus::Scheduled];
/// More than this is what states and status are for.
const MOST_CUSTOMER_IDS: usize = 10_000;
/// What an audience lists, as errors name it and by its name.
const LISTS: [(&str, &str); 4] = [
    ("audience.states", "states"),
    ("audience.customer_ids", "customer_ids"),
    ("audience.tags", "tags"),
    ("audience.attributes", "attributes"),
];

/// Columns of a new campaign. The owner is set by the database; with a time it is scheduled, unless it names
/// another status.
#[derive(Debug)]
pub(crate) struct NewCampaign(pub(crate) Map<String, Value>);

/// Columns of a campaign that change.
#[derive(Debug)]
pub(crate) struct CampaignChanges(pub(crate) Map<String, Value>);

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CampaignInput {
    #[serde(default, deserialize_with = "present")]
    /// A new campaign needs one.
    #[schema(value_type = String, min_length = 1, max_length = 200, example = "Spring sale")]
    name: Change<String>,
    #[serde(default, deserialize_with = "present")]
    /// The text, with merge fields.
    #[schema(value_type = Option<String>, max_length = 8000, example = "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.")]
    message_body: Change<String>,
    /// One of the caller's templates. Its text is copied, unless the request names one; null forgets where it came from.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<TemplateId>, example = json!(null))]
    template_id: Change<TemplateId>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = WritableStatus)]
    status: Change<String>,
    #[serde(default, deserialize_with = "present")]
    /// When to send it.
    #[schema(value_type = Option<DateTime<Utc>>, example = json!(null))]
    scheduled_at: Change<DateTime<Utc>>,
    #[serde(default, deserialize_with = "present")]
    /// Null: every active customer.
    #[schema(value_type = Option<AudienceInput>)]
    audience: Change<AudienceInput>,
    /// Null is the default sender.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<SenderId>, example = json!(null))]
    sender_id: Change<SenderId>,
    /// Only admins change it, which the database sees to.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    quiet_hours: Option<bool>,
    /// Only to customers whose consent is on record.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, example = false)]
    requires_consent: Option<bool>,
}

/// What people set themselves; the other statuses are results.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "for the description")]
enum WritableStatus {
    Draft,
    Scheduled,
}

/// Who is meant; everything that is named is required. A misspelt filter would widen the audience, and
/// so would one that is null or empty: they are refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AudienceInput {
    #[serde(default, deserialize_with = "not_null")]
    /// Codes or names of states or provinces.
    #[schema(nullable = false, min_items = 1, example = json!(["CA"]))]
    states: Option<Vec<String>>,
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    status: Option<CustomerStatus>,
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, min_items = 1, max_items = 10_000)]
    customer_ids: Option<Vec<CustomerId>>,
    /// At least one of these.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, min_items = 1, example = json!(["vip"]))]
    tags: Option<Vec<String>>,
    /// All of these.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, value_type = Option<BTreeMap<String, Value>>, example = json!({ "plan": "gold" }))]
    attributes: Option<Map<String, Value>>,
}

needing! {
    /// What a new campaign is made from.
    NewCampaignInput = CampaignInput with "name"
}

fn columns(input: CampaignInput, errors: &mut FieldErrors) -> Map<String, Value> {
    let mut columns = Columns::new(errors);
    columns.label("name", input.name);
    columns.message_body(input.message_body);
    columns.value("status", input.status, &WRITABLE);
    if let Some(at) = input.scheduled_at {
        columns.set(
            "scheduled_at",
            at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        );
    }
    match input.audience {
        None => {}
        Some(None) => columns.set("audience", Value::Null),
        Some(Some(input)) => {
            if let Some(audience) = audience(input, &mut columns) {
                columns.set("audience", audience);
            }
        }
    }
    if let Some(template) = input.template_id {
        columns.set("template_id", template.map(|id| id.to_string()));
    }
    if let Some(sender) = input.sender_id {
        columns.set("sender_id", sender.map(|id| id.to_string()));
    }
    if let Some(quiet_hours) = input.quiet_hours {
        columns.set("quiet_hours", quiet_hours);
    }
    if let Some(requires_consent) = input.requires_consent {
        columns.set("requires_consent", requires_consent);
    }
    columns.into_row()
}

fn audience(input: AudienceInput, columns: &mut Columns<'_>) -> Option<Value> {
    let mut audience = Map::new();
    if let Some(states) = input.states {
        let codes: Result<Vec<_>, _> = states
            .iter()
            .map(|text| StateCode::parse(text).map(StateCode::as_str))
            .collect();
        let Ok(mut codes) = codes else {
            columns.error(
                "audience.states",
                UnknownState.code(),
                "Codes or names of states or provinces.",
            );
            return None;
        };
        codes.sort_unstable();
        codes.dedup();
        audience.insert("states".to_owned(), json!(codes));
    }
    if let Some(status) = input.status {
        audience.insert("status".to_owned(), json!(status));
    }
    if let Some(ids) = input.customer_ids {
        if ids.len() > MOST_CUSTOMER_IDS {
            let most = format!("At most {MOST_CUSTOMER_IDS} customers; use states and status.");
            columns.error("audience.customer_ids", "too_many", most);
            return None;
        }
        audience.insert("customer_ids".to_owned(), json!(ids));
    }
    if let Some(tags) = input.tags {
        match labels::tags(&tags) {
            Ok(tags) => audience.insert("tags".to_owned(), json!(tags)),
            Err(reason) => {
                columns.error("audience.tags", reason.code(), sentence(reason));
                return None;
            }
        };
    }
    if let Some(attributes) = input.attributes {
        // A customer's attributes may be set to null, which takes them away. Nobody can be found by that.
        if attributes.values().any(Value::is_null) {
            let detail = "Null is no value that customers have.";
            columns.error("audience.attributes", "invalid_value", detail);
            return None;
        }
        match labels::attributes(&attributes) {
            Ok(attributes) => audience.insert("attributes".to_owned(), json!(attributes)),
            Err(reason) => {
                columns.error("audience.attributes", reason.code(), sentence(reason));
                return None;
            }
        };
    }
    let is_empty = |value: &Value| *value == json!([]) || *value == json!({});
    let mut none_is_empty = true;
    for (field, name) in LISTS {
        if audience.get(name).is_some_and(is_empty) {
            let detail = "Nobody is meant by an empty list. Leave it out, or name whom you mean.";
            columns.error(field, "empty", detail);
            none_is_empty = false;
        }
    }
    none_is_empty.then_some(Value::Object(audience))
}

/// What a scheduled campaign needs, where the request alone shows that it is missing; the database
/// knows the rest of the row and has the last word.
fn check_schedule(row: &Map<String, Value>, is_new: bool, errors: &mut FieldErrors) {
    if row.get("status").and_then(Value::as_str) != Some(CampaignStatus::Scheduled.as_str()) {
        return;
    }
    let is_missing = |column| row.get(column).map_or(is_new, Value::is_null);
    if is_missing("scheduled_at") {
        let detail = "A scheduled campaign needs the time when to send it.";
        errors.add("scheduled_at", "scheduled_at_required", detail);
    }
    let has_template = row.get("template_id").is_some_and(Value::is_string);
    if is_missing("message_body") && !has_template {
        let detail = "A scheduled campaign needs a message.";
        errors.add("message_body", "message_body_required", detail);
    }
}

impl Validate for NewCampaign {
    type Input = CampaignInput;

    fn validate(mut input: CampaignInput, errors: &mut FieldErrors) -> Option<Self> {
        input.name.get_or_insert_default();
        let mut row = columns(input, errors);
        // Whoever gives a time means it to be kept.
        if row.get("scheduled_at").is_some_and(Value::is_string) && !row.contains_key("status") {
            row.insert(
                "status".to_owned(),
                CampaignStatus::Scheduled.as_str().into(),
            );
        }
        if errors.is_empty() {
            check_schedule(&row, true, errors);
        }
        Some(Self(row))
    }
}

impl Validate for CampaignChanges {
    type Input = CampaignInput;

    fn validate(input: CampaignInput, errors: &mut FieldErrors) -> Option<Self> {
        let row = columns(input, errors);
        if errors.is_empty() {
            check_schedule(&row, false, errors);
        }
        if row.is_empty() && errors.is_empty() {
            errors.add(
                "",
                "nothing_to_change",
                "Name at least one field to change.",
            );
        }
        Some(Self(row))
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, response::IntoResponse as _};
    use web::ApiError;

    use super::*;

    const ID: &str = "0199c0de-0000-7000-8000-000000000002";

    /// The columns, or the field that is wrong and its code.
    async fn new_campaign(campaign: Value) -> Result<Value, (String, String)> {
        let input = serde_json::from_value(campaign).unwrap();
        let mut errors = FieldErrors::default();
        let campaign = NewCampaign::validate(input, &mut errors).unwrap();
        if errors.is_empty() {
            return Ok(Value::Object(campaign.0));
        }
        let answer = ApiError::invalid(errors).into_response();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let text = |name: &str| body["errors"][0][name].as_str().unwrap().to_owned();
        Err((text("field"), text("code")))
    }

    #[tokio::test]
    async fn a_new_campaign_with_a_time_is_scheduled() {
        let at = "2026-12-01T10:00:00Z";
        let campaign = json!({ "name": "x", "message_body": "Hi", "scheduled_at": at });
        assert_eq!(
            new_campaign(campaign).await,
            Ok(
                json!({ "name": "x", "message_body": "Hi", "scheduled_at": at, "status": "scheduled" })
            )
        );
        for (campaign, status) in [
            (json!({ "name": "x", "scheduled_at": null }), Value::Null),
            // The database says that a draft has no time.
            (
                json!({ "name": "x", "scheduled_at": at, "status": "draft" }),
                json!("draft"),
            ),
        ] {
            assert_eq!(new_campaign(campaign).await.unwrap()["status"], status);
        }
        let template = json!({ "name": "x", "scheduled_at": at, "template_id": ID });
        assert_eq!(new_campaign(template).await.unwrap()["template_id"], ID);
        let no_text = json!({ "name": "x", "scheduled_at": at });
        assert_eq!(
            new_campaign(no_text).await.unwrap_err().1,
            "message_body_required"
        );
    }

    #[tokio::test]
    async fn an_audience_that_names_nobody_never_means_everybody() {
        for (audience, field, code) in [
            (json!({ "states": [] }), "audience.states", "empty"),
            (
                json!({ "customer_ids": [] }),
                "audience.customer_ids",
                "empty",
            ),
            (json!({ "tags": [] }), "audience.tags", "empty"),
            (json!({ "attributes": {} }), "audience.attributes", "empty"),
            (
                json!({ "states": ["CA"], "tags": [] }),
                "audience.tags",
                "empty",
            ),
            (
                json!({ "attributes": { "plan": null } }),
                "audience.attributes",
                "invalid_value",
            ),
        ] {
            let campaign = json!({ "name": "x", "audience": audience });
            assert_eq!(
                new_campaign(campaign).await,
                Err((field.to_owned(), code.to_owned())),
                "{audience}"
            );
        }
        for name in ["states", "status", "customer_ids", "tags", "attributes"] {
            let campaign = json!({ "name": "x", "audience": { name: null } });
            let error = serde_json::from_value::<CampaignInput>(campaign).unwrap_err();
            assert!(error.to_string().contains("null"), "{name}: {error}");
        }
        for audience in [Value::Null, json!({ "states": ["CA"] })] {
            let campaign = json!({ "name": "x", "audience": audience });
            assert_eq!(new_campaign(campaign).await.unwrap()["audience"], audience);
        }
    }
}
