//! Examples of whole bodies and of parameters, from those of their fields.

use serde_json::{Map, Value, json};

const AN_ID: &str = "0199c0de-0000-7000-8000-000000000002";
const A_TIME: &str = "2026-11-23T09:00:00.000000Z";
const A_DAY: &str = "2026-11-23";

/// Gives an operation's parameters and bodies examples where they have none.
pub(super) fn add(operation: &mut Value, schemas: &Value) {
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        // An optional one is left out by whoever tries the examples as they are.
        if parameter["required"] == true && parameter.get("example").is_none() {
            parameter["example"] = example(&parameter["schema"], schemas);
        }
    }
    add_to_content(operation.pointer_mut("/requestBody/content"), schemas);
    let responses = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut);
    for (status, response) in responses.into_iter().flatten() {
        // An example of a problem would say little more than its schema does.
        if status.starts_with('2') {
            add_to_content(response.get_mut("content"), schemas);
        }
    }
}

fn add_to_content(content: Option<&mut Value>, schemas: &Value) {
    let kinds = content.and_then(Value::as_object_mut);
    for (kind, media) in kinds.into_iter().flatten() {
        if kind.ends_with("json") && media.get("example").is_none() {
            media["example"] = example(&media["schema"], schemas);
        }
    }
}

/// An example of what a schema describes: its own, or made from those of its parts.
fn example(schema: &Value, schemas: &Value) -> Value {
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    for list in ["examples", "enum"] {
        if let Some(first) = schema[list].as_array().and_then(|all| all.first()) {
            return first.clone();
        }
    }
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next())
    {
        return example(&schemas[name], schemas);
    }
    for list in ["oneOf", "anyOf"] {
        let ways = schema[list].as_array().into_iter().flatten();
        if let Some(way) = ways.into_iter().find(|way| way["type"] != "null") {
            return example(way, schemas);
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| **kind != "null"),
        kind => Some(kind),
    };
    match kind.and_then(Value::as_str) {
        Some("object") => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            let fields = fields.map(|(name, field)| (name.clone(), example(field, schemas)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Some("array") => json!([example(&schema["items"], schemas)]),
        Some("string") => match schema["format"].as_str() {
            Some("uuid") => AN_ID.into(),
            Some("date-time") => A_TIME.into(),
            Some("date") => A_DAY.into(),
            _ => "text".into(),
        },
        Some("integer") => schema["minimum"].as_i64().unwrap_or(0).max(1).into(),
        Some("number") => json!(1.5),
        Some("boolean") => true.into(),
        _ => Value::Null,
    }
}
