//! How a text reads: with the values of a sample, or of one of the caller's customers.

use axum::{Json, extract::State};
use domain::{CustomerId, MessageTemplate, Segments, TemplateId};
use rows_as_user::{Filter, RowsAsUser};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use web::{ApiError, ApprovedUser, FieldErrors, Path, ValidJson, Validate};

use super::table::TABLE;
use crate::{
    customers::own_customer::own_customer,
    fields::{not_null, sentence},
    patience::PATIENCE,
    recipient::Recipient,
    rendered_text::{RenderedText, encoding_name},
    rows_failure,
    warning::{Warning, used_fields, warnings},
};

type Failure = rows_failure::Failure<rows_failure::Template>;

/// A text that need not be saved anywhere.
#[derive(Debug)]
pub(super) struct TextPreview {
    message_body: String,
    customer_id: Option<CustomerId>,
}

/// A field that is misspelt or null is refused: the text would show somebody else's values.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TextPreviewInput {
    #[schema(example = "Welcome, {{ first_name }}! Reply STOP to opt out.")]
    message_body: String,
    /// One of the caller's own customers; the sample if absent.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    customer_id: Option<CustomerId>,
}

impl Validate for TextPreview {
    type Input = TextPreviewInput;

    fn validate(input: TextPreviewInput, _: &mut FieldErrors) -> Option<Self> {
        Some(Self {
            message_body: input.message_body,
            customer_id: input.customer_id,
        })
    }
}

/// Whose values a saved template is shown with.
#[derive(Debug)]
pub(super) struct SavedPreview {
    customer_id: Option<CustomerId>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedPreviewInput {
    /// One of the caller's own customers; the sample if absent.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    customer_id: Option<CustomerId>,
}

impl Validate for SavedPreview {
    type Input = SavedPreviewInput;

    fn validate(input: SavedPreviewInput, _: &mut FieldErrors) -> Option<Self> {
        Some(Self {
            customer_id: input.customer_id,
        })
    }
}

/// How the text reads, and what it costs.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct TemplatePreview {
    /// Null where the text can't be rendered.
    #[schema(example = "Welcome, Alex! Reply STOP to opt out.")]
    body: Option<String>,
    /// Null where such a message would fail: its text is empty or too long.
    segments: Option<usize>,
    /// `gsm7` or `ucs2`
    #[schema(example = "gsm7")]
    encoding: Option<&'static str>,
    /// What one such message costs, in the currency of the account's price per segment.
    #[schema(example = 0.0125)]
    cost: Option<f64>,
    /// The merge fields that the text asks for, such as `first_name` and `attributes.plan`.
    #[schema(example = json!(["first_name"]))]
    fields: Vec<String>,
    /// Whose values it shows; null: those of the sample, in which each attribute has its name for a value.
    customer_id: Option<CustomerId>,
    /// Why the text can't be sent to anybody, in words.
    #[schema(example = json!(null))]
    text_problem: Option<String>,
    warnings: Vec<Warning>,
}

/// `POST /api/templates/preview` with a text.
#[utoipa::path(post, path = "/api/templates/preview", tag = "Templates", request_body = TextPreviewInput, responses((status = 200, description = "How the text reads.", body = TemplatePreview), (status = 404, description = "`customer_not_found`")))]
pub(super) async fn preview_text(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidJson(order): ValidJson<TextPreview>,
) -> Result<Json<TemplatePreview>, Failure> {
    preview(&user, &rows, &order.message_body, order.customer_id).await
}

/// `POST /api/templates/{id}/preview`
#[utoipa::path(post, path = "/api/templates/{id}/preview", tag = "Templates", params(("id" = TemplateId, Path)), request_body = SavedPreviewInput, responses((status = 200, description = "How the text reads.", body = TemplatePreview)))]
pub(super) async fn preview_template(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<TemplateId>,
    ValidJson(order): ValidJson<SavedPreview>,
) -> Result<Json<TemplatePreview>, Failure> {
    #[derive(Deserialize)]
    struct Saved {
        message_body: Option<String>,
    }
    let row = rows.get(&user.caller, TABLE, "message_body", id).await?;
    let saved: Saved = serde_json::from_slice(&row.0)?;
    let text = saved.message_body.unwrap_or_default();
    preview(&user, &rows, &text, order.customer_id).await
}

async fn preview(
    user: &ApprovedUser,
    rows: &RowsAsUser,
    text: &str,
    customer_id: Option<CustomerId>,
) -> Result<Json<TemplatePreview>, Failure> {
    let customer = match customer_id {
        Some(id) => {
            let has_id = Filter::Equal("id", id.to_string());
            let found = own_customer(user, rows, Recipient::COLUMNS, has_id).await?;
            // Others' do not exist, for admins too: the text is the caller's.
            Some(found.ok_or_else(|| ApiError::not_found("customer"))?)
        }
        None => None,
    };
    let template = match sendable(text) {
        Ok(template) => template,
        Err(problem) => {
            return Ok(Json(TemplatePreview {
                customer_id,
                text_problem: Some(problem),
                ..TemplatePreview::default()
            }));
        }
    };
    let price = price_per_segment(user, rows).await?;
    let fields = used_fields(&template);
    let recipient = customer.unwrap_or_else(|| Recipient::sample(&fields));
    let text = RenderedText::of(&template, recipient.merge_fields());
    let warnings = warnings(&template, std::slice::from_ref(&text));
    let segments = text.segments;
    Ok(Json(TemplatePreview {
        body: text.body,
        segments: segments.map(|segments| segments.count),
        encoding: segments.map(encoding_name),
        cost: segments.map(|segments| cost(segments, price)),
        fields,
        customer_id,
        text_problem: None,
        warnings,
    }))
}

/// The template, or why nobody could be sent its text, in words.
fn sendable(text: &str) -> Result<MessageTemplate, String> {
    if text.trim().is_empty() {
        return Err("There is no text.".to_owned());
    }
    if text.contains('\0') {
        return Err("NUL cannot be sent.".to_owned());
    }
    let template = MessageTemplate::parse(text).map_err(|error| format!("In {error}."))?;
    if !template.has_tags() {
        Segments::count(text).map_err(sentence)?;
    }
    Ok(template)
}

fn cost(segments: Segments, price: f64) -> f64 {
    f64::from(u32::try_from(segments.count).unwrap_or(u32::MAX)) * price
}

async fn price_per_segment(user: &ApprovedUser, rows: &RowsAsUser) -> Result<f64, Failure> {
    #[derive(Deserialize)]
    struct Limits {
        in_force: InForce,
    }
    #[derive(Deserialize)]
    struct InForce {
        price_per_segment: f64,
    }
    let limits = rows
        .call_for_json(&user.caller, "account_limits", &json!({}), PATIENCE)
        .await?;
    let limits: Limits = serde_json::from_slice(&limits)?;
    Ok(limits.in_force.price_per_segment)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::validated;

    #[test]
    fn what_nobody_could_be_sent_is_said_in_words() {
        let problem = |text: &str| sendable(text).err().unwrap_or_default();
        assert_eq!(problem(" \n"), "There is no text.");
        assert!(problem("Hi {{ name }}").contains("line 1"));
        assert_ne!(problem(&"x".repeat(1601)), "");
        assert_eq!(problem("Hi {{ first_name }}"), "");
    }

    #[test]
    fn the_sample_has_a_value_for_whatever_the_text_asks_for() {
        let template = sendable(
            "{{ first_name }} {{ last_name }} {{ email }} {{ phone }} {{ state }} {{ attributes.plan }}",
        )
        .unwrap();
        let fields = used_fields(&template);
        let sample = Recipient::sample(&fields);
        let text = RenderedText::of(&template, sample.merge_fields());
        assert_eq!(
            text.body.as_deref(),
            Some("Alex Morgan alex.morgan@example.com +14155550100 CA plan")
        );
        assert_eq!(fields.last().map(String::as_str), Some("attributes.plan"));
    }

    #[test]
    fn nobody_elses_values_are_shown_by_a_slip() {
        for (order, part) in [
            (json!({}), "message_body"),
            (
                json!({ "message_body": "x", "customer": "y" }),
                "unknown field",
            ),
            (
                json!({ "message_body": "x", "customer_id": Value::Null }),
                "null",
            ),
            (json!({ "message_body": "x", "customer_id": "7" }), "UUID"),
        ] {
            let error = validated::read::<TextPreview>(order).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
