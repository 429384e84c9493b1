//! Tags and custom attributes, with the rules of their columns.

use serde_json::{Map, Value};

const MOST_TAGS: usize = 50;
const LONGEST_TAG: usize = 64;
const MOST_ATTRIBUTES: usize = 50;
const LONGEST_ATTRIBUTE_NAME: usize = 64;
const LONGEST_ATTRIBUTE: usize = 500;

/// A stable code, and what is wrong in words.
type Wrong = (&'static str, String);

/// Tags as they are stored: trimmed, each once.
///
/// # Errors
/// What is wrong with one of them.
pub(crate) fn tags(texts: Vec<String>) -> Result<Vec<String>, Wrong> {
    let mut tags: Vec<String> = Vec::new();
    for text in texts {
        let tag = text.trim();
        // Where tags stand in one cell of a file, these separate them.
        let is_unfit = |c: char| c.is_control() || matches!(c, ',' | ';' | '|');
        if tag.is_empty() || tag.chars().count() > LONGEST_TAG || tag.contains(is_unfit) {
            let detail = format!(
                "A tag has 1 to {LONGEST_TAG} characters, none of them a comma, semicolon, bar or line break."
            );
            return Err(("tag_invalid", detail));
        }
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    if tags.len() > MOST_TAGS {
        return Err(("too_many", format!("At most {MOST_TAGS} tags.")));
    }
    Ok(tags)
}

/// Attributes as they are stored: texts, numbers and booleans by name. What is null is left out.
///
/// # Errors
/// What is wrong with one of them.
pub(crate) fn attributes(mut attributes: Map<String, Value>) -> Result<Map<String, Value>, Wrong> {
    attributes.retain(|_, value| !value.is_null());
    if attributes.len() > MOST_ATTRIBUTES {
        return Err(("too_many", format!("At most {MOST_ATTRIBUTES} attributes.")));
    }
    let is_fit = |(name, value): (&String, &Value)| {
        (1..=LONGEST_ATTRIBUTE_NAME).contains(&name.chars().count())
            && !name.chars().any(char::is_control)
            && match value {
                Value::String(text) => {
                    text.chars().count() <= LONGEST_ATTRIBUTE && !text.contains('\0')
                }
                value => !value.is_object() && !value.is_array(),
            }
    };
    if attributes.iter().all(is_fit) {
        return Ok(attributes);
    }
    let detail = format!(
        "Names of 1 to {LONGEST_ATTRIBUTE_NAME} characters with texts of at most {LONGEST_ATTRIBUTE} characters, numbers or booleans."
    );
    Err(("attribute_invalid", detail))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_are_stored_tidy_or_refused() {
        let given = |texts: &[&str]| tags(texts.iter().map(ToString::to_string).collect());
        assert_eq!(given(&[" vip", "vip", "gold"]).unwrap(), ["vip", "gold"]);
        assert!(
            given(&[""]).is_err()
                && given(&["a\nb"]).is_err()
                && given(&["a,b"]).is_err()
                && given(&[&"x".repeat(65)]).is_err()
        );
        let object = |value: Value| attributes(value.as_object().unwrap().clone());
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
