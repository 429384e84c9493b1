//! The story of a number.

use std::collections::HashMap;

use anyhow::Result;
use domain::ProfileId;
use serde::Deserialize;
use serde_json::Value;

use super::told::{Told, lines_of};
use crate::story::Story;

/// Whose customer the number is.
#[derive(Debug, Deserialize)]
struct Customer {
    account: Option<String>,
    status: Option<String>,
    suppressed_for: Option<String>,
    has_consent: bool,
}

/// Tells what `private.number_story` and `private.events_of_number` know.
pub(super) fn told(
    mut json: Value,
    mut events: Value,
    story: &Story,
    emails: &HashMap<ProfileId, String>,
) -> Result<Told> {
    let mut lines = story.lines(emails);
    lines.extend(lines_of(&mut events)?);
    let customers: Vec<Customer> = serde_json::from_value(events["customers"].clone())?;
    let verdict = verdict(story, &customers);
    if let (Some(all), Value::Object(more)) = (json.as_object_mut(), events) {
        all.extend(more);
    }
    Ok(Told {
        json,
        lines,
        verdict,
    })
}

fn verdict(story: &Story, customers: &[Customer]) -> String {
    let phone = &story.phone;
    if let Some(reason) = &story.suppressed_for {
        return format!(
            "{phone} will not be texted by anybody: {}.",
            story.cause(reason)
        );
    }
    if customers.is_empty() {
        return format!(
            "{phone} is nobody's customer, and no suppression holds for every account."
        );
    }
    let each = customers.iter().map(|customer| {
        let account = customer.account.as_deref().unwrap_or("nobody's account");
        match (&customer.suppressed_for, customer.status.as_deref()) {
            (Some(reason), _) => format!("will not be texted by {account}: {}", story.cause(reason)),
            (None, Some("active")) if customer.has_consent => {
                format!("may be texted by {account}, and agreed to it")
            }
            (None, Some("active")) => format!(
                "may be texted by {account}; no consent is on record, so campaigns that require it leave the customer out"
            ),
            (None, _) => format!("will not be texted by {account}: the customer is inactive"),
        }
    });
    format!("{phone} {}.", each.collect::<Vec<_>>().join("; "))
}
