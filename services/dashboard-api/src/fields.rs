//! Reading single fields, each with its own errors.

use std::{fmt::Display, str::FromStr};

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use domain::{
    EmailAddress, Label, MessageTemplate, PersonName, PhoneNumber, Segments, StateCode, visible,
};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value};
use web::FieldErrors;

use crate::labels;

/// A field of a partial update: absent (`None`), `null` (`Some(None)`), or a value.
pub(crate) type Change<T> = Option<Option<T>>;

/// Tells `null` from absent; goes with `#[serde(default)]`.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Change<T>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// A value that may be left out but is never null, where null could be taken for "everything" or "now".
/// Goes with `#[serde(default)]`.
pub(crate) fn not_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    match Option::<T>::deserialize(deserializer)? {
        None => Err(D::Error::custom("null is no value here: leave it out")),
        value => Ok(value),
    }
}

/// The columns to write, and what is wrong with the fields that they come from.
pub(crate) struct Columns<'a> {
    row: Map<String, Value>,
    errors: &'a mut FieldErrors,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(errors: &'a mut FieldErrors) -> Self {
        Self {
            row: Map::new(),
            errors,
        }
    }

    pub(crate) fn into_row(self) -> Map<String, Value> {
        self.row
    }

    pub(crate) fn set(&mut self, column: &'static str, value: impl Into<Value>) {
        self.row.insert(column.to_owned(), value.into());
    }

    pub(crate) fn error(&mut self, field: &'static str, code: &'static str, detail: impl Display) {
        self.errors.add(field, code, detail.to_string());
    }

    /// A first or last name; blank ones are null.
    pub(crate) fn person_name(&mut self, column: &'static str, change: Change<String>) {
        let Some(change) = change else { return };
        match PersonName::parse(change.as_deref().unwrap_or_default()) {
            Ok(name) => self.set(column, name.as_ref().map(PersonName::as_str)),
            Err(reason) => self.error(column, reason.code(), sentence(reason)),
        }
    }

    /// The name of a campaign or a template, which must not be blank.
    pub(crate) fn label(&mut self, column: &'static str, change: Change<String>) {
        let Some(change) = change else { return };
        match Label::parse(change.as_deref().unwrap_or_default()) {
            Ok(label) => self.set(column, label.as_str()),
            Err(reason) => self.error(column, reason.code(), sentence(reason)),
        }
    }

    pub(crate) fn phone(&mut self, change: Change<String>) {
        let Some(change) = change else { return };
        let text = change.unwrap_or_default();
        match PhoneNumber::parse(&visible(&text)) {
            Ok(phone) => self.set("phone", phone.as_str()),
            Err(reason) => self.error("phone", reason.as_str(), sentence(reason)),
        }
    }

    pub(crate) fn email(&mut self, change: Change<String>) {
        let Some(change) = change else { return };
        let text = change.unwrap_or_default();
        match Some(visible(&text).trim()).filter(|text| !text.is_empty()) {
            None => self.set("email", Value::Null),
            Some(text) => match EmailAddress::parse(text) {
                Ok(email) => self.set("email", email.as_str()),
                Err(reason) => self.error("email", reason.as_str(), sentence(reason)),
            },
        }
    }

    pub(crate) fn state(&mut self, change: Change<String>) {
        let Some(change) = change else { return };
        let text = change.unwrap_or_default();
        match Some(visible(&text).trim()).filter(|text| !text.is_empty()) {
            None => self.set("state", Value::Null),
            Some(text) => match StateCode::parse(text) {
                Ok(state) => self.set("state", state.as_str()),
                Err(reason) => self.error("state", reason.code(), sentence(reason)),
            },
        }
    }

    /// A message template; blank ones are null. Texts without merge fields are measured too.
    pub(crate) fn message_body(&mut self, change: Change<String>) {
        let Some(change) = change else { return };
        let Some(text) = change.filter(|text| !text.trim().is_empty()) else {
            return self.set("message_body", Value::Null);
        };
        if text.contains('\0') {
            return self.error("message_body", "invalid_characters", "NUL cannot be sent.");
        }
        match MessageTemplate::parse(&text) {
            Err(error) => {
                self.error("message_body", "template_invalid", format!("In {error}."));
            }
            Ok(template) => match Segments::count(&text) {
                Err(error) if !template.has_tags() => {
                    self.error("message_body", "message_body_too_long", sentence(error));
                }
                _ => self.set("message_body", text),
            },
        }
    }

    /// One of a column's values; null is not among them.
    pub(crate) fn value<T: FromStr + Display>(
        &mut self,
        column: &'static str,
        change: Change<String>,
        allowed: &[T],
    ) -> Option<T> {
        let change = change?;
        match change.as_deref().unwrap_or_default().parse::<T>() {
            Ok(value)
                if allowed
                    .iter()
                    .any(|other| other.to_string() == value.to_string()) =>
            {
                self.set(column, value.to_string());
                Some(value)
            }
            _ => {
                let allowed: Vec<_> = allowed.iter().map(ToString::to_string).collect();
                self.error(
                    column,
                    "unknown_value",
                    format!("One of: {}.", allowed.join(", ")),
                );
                None
            }
        }
    }

    /// Tags, each once; null takes them all away.
    pub(crate) fn tags(&mut self, change: Change<Vec<String>>) {
        let Some(change) = change else { return };
        match labels::tags(&change.unwrap_or_default()) {
            Ok(tags) => self.set("tags", tags),
            Err(reason) => self.error("tags", reason.code(), sentence(reason)),
        }
    }

    /// Attributes; null takes them all away.
    pub(crate) fn attributes(&mut self, change: Change<Map<String, Value>>) {
        let Some(change) = change else { return };
        match labels::attributes(&change.unwrap_or_default()) {
            Ok(attributes) => self.set("attributes", attributes),
            Err(reason) => self.error("attributes", reason.code(), sentence(reason)),
        }
    }
}

/// A reason as a sentence.
pub(crate) fn sentence(reason: impl Display) -> String {
    let reason = reason.to_string();
    let mut chars = reason.chars();
    let first = chars
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// A moment (RFC 3339) or the beginning of a day (UTC), as PostgREST reads it.
pub(crate) fn moment(
    field: &'static str,
    text: Option<&str>,
    errors: &mut FieldErrors,
) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    let moment = DateTime::parse_from_rfc3339(text)
        .map(|moment| moment.with_timezone(&Utc))
        .or_else(|_| NaiveDate::from_str(text).map(|day| day.and_time(NaiveTime::MIN).and_utc()));
    if let Ok(moment) = moment {
        return Some(moment.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    }
    errors.add(
        field,
        "not_a_time",
        "A time as 2026-11-23T09:00:00Z, or a day as 2026-11-23.",
    );
    None
}
