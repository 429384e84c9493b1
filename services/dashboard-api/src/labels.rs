//! Tags and custom attributes, from a request's JSON to their columns.

use std::borrow::Cow;

use domain::{
    AttributeName, AttributeRejection, AttributeText, MAX_ATTRIBUTES, TagRejection, Tags,
};
use serde_json::{Map, Number, Value};

/// Tags as they are stored: each once.
///
/// # Errors
/// What is wrong with one of them, or with their number.
pub(crate) fn tags(texts: &[String]) -> Result<Vec<String>, TagRejection> {
    let tags = Tags::parse(texts.iter().map(String::as_str))?;
    Ok(tags.iter().map(str::to_owned).collect())
}

/// Attributes as they are stored: texts by name, so that `3` and `"3"` are one value, from a file or from here. What is
/// null is left out.
///
/// # Errors
/// What is wrong with one of them, or with their number.
pub(crate) fn attributes(
    given: &Map<String, Value>,
) -> Result<Map<String, Value>, AttributeRejection> {
    let mut attributes = Map::new();
    for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        let text = match value {
            Value::String(text) => Cow::from(text),
            Value::Number(number) => Cow::from(digits(number)),
            Value::Object(_) | Value::Array(_) => return Err(AttributeRejection::InvalidValue),
            value => Cow::from(value.to_string()),
        };
        let text = AttributeText::parse(&text)?.into_string();
        attributes.insert(AttributeName::parse(name)?.into_string(), text.into());
    }
    if attributes.len() > MAX_ATTRIBUTES {
        return Err(AttributeRejection::TooMany);
    }
    Ok(attributes)
}

/// A number without an exponent and without zeros at its end, as `private.attributes_as_texts` writes it.
fn digits(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float.to_string(),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_are_stored_tidy_or_refused() {
        let given =
            |texts: &[&str]| tags(&texts.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(given(&[" vip", "vip", "gold"]).unwrap(), ["vip", "gold"]);
        assert!(
            given(&[""]).is_err()
                && given(&["a\nb"]).is_err()
                && given(&["a,b"]).is_err()
                && given(&[&"x".repeat(65)]).is_err()
        );
        let object = |value: Value| attributes(value.as_object().unwrap());
        let given = json!({"plan": "gold", "age": 7, "score": 3.0, "share": 1e-7, "vip": true, "gone": null});
        assert_eq!(
            Value::Object(object(given).unwrap()),
            json!({"plan": "gold", "age": "7", "score": "3", "share": "0.0000001", "vip": "true"})
        );
        assert!(object(json!({"nested": {"a": 1}})).is_err());
        assert!(object(json!({"": "x"})).is_err());
    }
}
