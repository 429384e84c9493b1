//! Tags and custom attributes, from a request's JSON to their columns.

use domain::{
    AttributeName, AttributeRejection, AttributeText, MAX_ATTRIBUTES, TagRejection, Tags,
};
use serde_json::{Map, Value};

/// Tags as they are stored: each once.
///
/// # Errors
/// What is wrong with one of them, or with their number.
pub(crate) fn tags(texts: &[String]) -> Result<Vec<String>, TagRejection> {
    let tags = Tags::parse(texts.iter().map(String::as_str))?;
    Ok(tags.iter().map(str::to_owned).collect())
}

/// Attributes as they are stored: texts, numbers and booleans by name. What is null is left out.
///
/// # Errors
/// What is wrong with one of them, or with their number.
pub(crate) fn attributes(
    given: &Map<String, Value>,
) -> Result<Map<String, Value>, AttributeRejection> {
    let mut attributes = Map::new();
    for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        let value = match value {
            Value::String(text) => Value::String(AttributeText::parse(text)?.into_string()),
            Value::Object(_) | Value::Array(_) => return Err(AttributeRejection::InvalidValue),
            value => value.clone(),
        };
        attributes.insert(AttributeName::parse(name)?.into_string(), value);
    }
    if attributes.len() > MAX_ATTRIBUTES {
        return Err(AttributeRejection::TooMany);
    }
    Ok(attributes)
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
        assert_eq!(
            object(json!({"plan": "gold", "age": 7, "gone": null}))
                .unwrap()
                .len(),
            2
        );
        assert!(object(json!({"nested": {"a": 1}})).is_err());
        assert!(object(json!({"": "x"})).is_err());
    }
}
