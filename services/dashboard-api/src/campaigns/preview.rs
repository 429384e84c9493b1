//! What sending a campaign would do now: to whom, how the texts read, how long it takes, what speaks against it.

use std::time::Duration;

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use domain::{CampaignId, MessageTemplate, Segments};
use rows_as_user::RowsAsUser;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use web::{ApprovedUser, Path};

use super::table::TABLE;
use crate::{
    patience::PATIENCE_FOR_A_MINUTE,
    recipient::Recipient,
    rendered_text::{RenderedText, encoding_name},
    rows_failure,
    warning::{Warning, warnings},
};

type Failure = rows_failure::Failure<rows_failure::Campaign>;

/// Says what sending a campaign would do now, and sends nothing.
#[utoipa::path(get, path = "/api/campaigns/{id}/preview", tag = "Campaigns", params(("id" = CampaignId, Path)), responses((status = 200, description = "What a launch would do now.", body = Preview)))]
pub(super) async fn preview_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
) -> Result<Json<Preview>, Failure> {
    let row = rows.get(&user.caller, TABLE, "message_body", id).await?;
    let campaign: CampaignText = serde_json::from_slice(&row.0)?;
    let arguments = json!({ "campaign_id": id });
    let launch = rows
        .call_for_json(
            &user.caller,
            "preview_campaign",
            &arguments,
            PATIENCE_FOR_A_MINUTE,
        )
        .await?;
    let launch: Launch = serde_json::from_slice(&launch)?;
    Ok(Json(Preview::of(launch, campaign.message_body.as_deref())))
}

#[derive(Deserialize)]
struct CampaignText {
    message_body: Option<String>,
}

/// What the database says that a launch would do.
#[derive(Debug, Deserialize)]
struct Launch {
    recipients: u64,
    left_out: Value,
    may_go_now: u64,
    waiting: Value,
    text_problem: Option<String>,
    segments_per_second: Option<f64>,
    cost: Value,
    countries: Vec<String>,
    limits: Value,
    /// Up to ten.
    examples: Vec<Recipient>,
}

/// The answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Preview {
    recipients: u64,
    /// Numbers of customers by reason.
    #[schema(value_type = BTreeMap<String, u64>, example = json!({ "customer_inactive": 3 }))]
    left_out: Value,
    /// Recipients whose quiet hours are over, or who have none.
    may_go_now: u64,
    /// The others: how many, and until when.
    #[schema(value_type = Vec<Waiting>)]
    waiting: Value,
    /// Why the text can't be sent, in words. Then there are no texts, segments or warnings.
    #[schema(example = json!(null))]
    text_problem: Option<String>,
    /// The sender's rate; `None` where it has none.
    segments_per_second: Option<f64>,
    /// Of all texts together: exact without merge fields, else estimated from the examples. `None` where
    /// there is no example that could be sent.
    segments: Option<u64>,
    /// What the launch would count against the day's limit, in the currency of the operator's price per
    /// segment. With merge fields it is estimated from the template, so it may differ from `segments`.
    #[schema(value_type = Option<f64>)]
    cost: Value,
    /// Where texts may go: customers elsewhere are among `left_out`.
    #[schema(example = json!(["US"]))]
    countries: Vec<String>,
    /// By name, `messages_per_day`, `segments_per_day` and `cost_per_day`: the owner's `value` (null:
    /// unlimited), what is `used` of it today (UTC), what this campaign has `needed`, and whether a launch
    /// would be refused because it is `exceeded`.
    #[schema(value_type = BTreeMap<String, DailyLimit>, example = json!({ "messages_per_day": { "value": 1000, "used": 10, "needed": 3, "exceeded": false } }))]
    limits: Value,
    /// How long the sender is busy with them, without waiting for quiet hours or for other campaigns.
    finishes_in_seconds: Option<u64>,
    examples: Vec<Example>,
    warnings: Vec<Warning>,
}

/// Recipients who wait for their quiet hours to end.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the description")]
struct Waiting {
    until: DateTime<Utc>,
    recipients: u64,
}

/// One of the owner's limits of a day (UTC).
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the description")]
struct DailyLimit {
    /// Null: unlimited.
    value: Option<f64>,
    used: f64,
    needed: f64,
    exceeded: bool,
}

/// A recipient's text. What can't be sent has no segments.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Example {
    #[schema(example = "+14155552671")]
    to: String,
    #[schema(example = "Hi Ann, 20% off until Sunday. Reply STOP to opt out.")]
    body: Option<String>,
    segments: Option<usize>,
    #[schema(example = "gsm7")]
    encoding: Option<&'static str>,
}

impl Preview {
    fn of(launch: Launch, message_body: Option<&str>) -> Self {
        let text = match (launch.text_problem, message_body) {
            (Some(problem), _) => Err(problem),
            (None, None) => Err("There is no text.".to_owned()),
            (None, Some(text)) => {
                MessageTemplate::parse(text).map_err(|error| format!("In {error}."))
            }
        };
        let (sendable, text_problem) = match text {
            Ok(template) => (
                Sendable::of(&template, &launch.examples, launch.recipients),
                None,
            ),
            Err(problem) => (Sendable::nothing(&launch.examples), Some(problem)),
        };
        Self {
            recipients: launch.recipients,
            left_out: launch.left_out,
            may_go_now: launch.may_go_now,
            waiting: launch.waiting,
            text_problem,
            segments_per_second: launch.segments_per_second,
            segments: sendable.segments,
            finishes_in_seconds: sendable
                .segments
                .zip(launch.segments_per_second)
                .and_then(|(segments, rate)| whole_seconds(segments, rate)),
            cost: launch.cost,
            countries: launch.countries,
            limits: launch.limits,
            examples: sendable.examples,
            warnings: sendable.warnings,
        }
    }
}

/// What follows from the text.
struct Sendable {
    segments: Option<u64>,
    examples: Vec<Example>,
    warnings: Vec<Warning>,
}

impl Sendable {
    fn nothing(recipients: &[Recipient]) -> Self {
        let example = |recipient: &Recipient| Example {
            to: recipient.phone.clone(),
            ..Example::default()
        };
        Self {
            segments: None,
            examples: recipients.iter().map(example).collect(),
            warnings: Vec::new(),
        }
    }

    fn of(template: &MessageTemplate, recipients: &[Recipient], number: u64) -> Self {
        let texts: Vec<_> = recipients
            .iter()
            .map(|recipient| RenderedText::of(template, recipient.merge_fields()))
            .collect();
        Self {
            segments: segments_of_all(template, &texts, number),
            warnings: warnings(template, &texts),
            examples: recipients.iter().zip(texts).map(Example::of).collect(),
        }
    }
}

impl Example {
    fn of((recipient, text): (&Recipient, RenderedText<'_>)) -> Self {
        Self {
            to: recipient.phone.clone(),
            body: text.body,
            segments: text.segments.map(|segments| segments.count),
            encoding: text.segments.map(encoding_name),
        }
    }
}

fn segments_of_all(
    template: &MessageTemplate,
    texts: &[RenderedText<'_>],
    recipients: u64,
) -> Option<u64> {
    if recipients == 0 {
        return Some(0);
    }
    if !template.has_tags() {
        let each = Segments::count(template.source()).ok()?.count;
        return u64::try_from(each).ok()?.checked_mul(recipients);
    }
    let (mut sum, mut number) = (0_u64, 0_u64);
    for segments in texts.iter().filter_map(|text| text.segments) {
        sum += u64::try_from(segments.count).ok()?;
        number += 1;
    }
    sum.checked_mul(recipients)?
        .checked_add(number.checked_sub(1)?)?
        .checked_div(number)
}

/// Rounded up.
fn whole_seconds(segments: u64, per_second: f64) -> Option<u64> {
    let segments = f64::from(u32::try_from(segments).unwrap_or(u32::MAX));
    let duration = Duration::try_from_secs_f64(segments / per_second).ok()?;
    Some(duration.as_secs() + u64::from(duration.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview(text: Option<&str>, changes: &[(&str, Value)]) -> Value {
        let mut launch = json!({
            "recipients": 1000, "left_out": { "inactive": 2 }, "may_go_now": 900,
            "waiting": [{ "until": "2026-12-01T16:00:00+00:00", "recipients": 100 }],
            "text_problem": null, "segments_per_second": 30, "cost": 12.5, "countries": ["US"],
            "limits": {
                "messages_per_day": { "value": 1500, "used": 600, "needed": 1000, "exceeded": true },
            },
            "examples": [
                { "phone": "+14155552671", "first_name": "Ann", "attributes": { "plan": "gold" } },
                { "phone": "+14155552672", "attributes": {} },
            ],
        });
        for (name, value) in changes {
            launch[name] = value.clone();
        }
        let launch = serde_json::from_value(launch).unwrap();
        serde_json::to_value(Preview::of(launch, text)).unwrap()
    }

    #[test]
    fn examples_read_as_their_recipients_will_read_them() {
        let text = "{{ first_name | default('Hi') }}: {{ attributes.plan }} {{ phone }}. STOP ends";
        let preview = preview(Some(text), &[]);
        assert_eq!(
            preview["examples"],
            json!([
                { "to": "+14155552671", "body": "Ann: gold +14155552671. STOP ends", "segments": 1, "encoding": "gsm7" },
                { "to": "+14155552672", "body": "Hi:  +14155552672. STOP ends", "segments": 1, "encoding": "gsm7" },
            ])
        );
        assert_eq!(preview["warnings"][0]["code"], "missing_values");
        assert_eq!(
            (&preview["segments"], &preview["finishes_in_seconds"]),
            (&json!(1000), &json!(34))
        );
        assert_eq!(preview["left_out"], json!({ "inactive": 2 }));
        assert_eq!(preview["waiting"][0]["recipients"], 100);
    }

    #[test]
    fn a_limit_that_would_be_exceeded_shows_before_the_launch() {
        for text in [Some("x"), None] {
            let preview = preview(text, &[]);
            assert_eq!(
                preview["limits"]["messages_per_day"],
                json!({ "value": 1500, "used": 600, "needed": 1000, "exceeded": true })
            );
            assert_eq!(
                (&preview["cost"], &preview["countries"]),
                (&json!(12.5), &json!(["US"]))
            );
        }
    }

    #[test]
    fn segments_are_exact_without_merge_fields_and_else_estimated() {
        let long = "x".repeat(161);
        let exact = preview(Some(&long), &[("examples", json!([]))]);
        assert_eq!(exact["segments"], 2000);
        let varying = format!("{{% if first_name %}}{long}{{% else %}}x{{% endif %}}");
        let estimated = preview(Some(&varying), &[("recipients", json!(3))]);
        assert_eq!(estimated["segments"], 5, "1.5 each, rounded up");
        let empty = preview(Some("{{ last_name }}"), &[]);
        assert_eq!(empty["segments"], Value::Null);
        assert_eq!(empty["finishes_in_seconds"], Value::Null);
        assert_eq!(empty["examples"][0]["body"], "");
        let nobody = [("recipients", json!(0)), ("examples", json!([]))];
        assert_eq!(preview(Some("{{ last_name }} x"), &nobody)["segments"], 0);
        let no_rate = preview(Some("x"), &[("segments_per_second", Value::Null)]);
        assert_eq!(no_rate["segments"], 1000);
        assert_eq!(no_rate["finishes_in_seconds"], Value::Null);
    }

    #[test]
    fn without_a_text_that_can_be_sent_there_are_only_recipients() {
        let problem = json!("There is no text.");
        for (text, changes) in [
            (None, vec![("text_problem", problem.clone())]),
            (Some("{{ nonsense }}"), vec![]),
        ] {
            let preview = preview(text, &changes);
            assert!(preview["text_problem"].is_string(), "{preview}");
            assert_eq!(
                preview["examples"][0],
                json!({ "to": "+14155552671", "body": null, "segments": null, "encoding": null })
            );
            assert_eq!(preview["segments"], Value::Null);
            assert_eq!(preview["warnings"], json!([]));
            assert_eq!(preview["recipients"], 1000);
        }
    }
}
