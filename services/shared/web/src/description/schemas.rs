//! Schemas, made as strict as the answers and the requests are.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::operations::each_operation;

/// The rows of a list are described once, under their own name.
pub(super) fn name_rows(api: &mut Value) {
    let Some(schemas) = api["components"]["schemas"].as_object_mut() else {
        return;
    };
    let mut rows = Map::new();
    for (name, list) in schemas.iter_mut() {
        let Some(row) = name.strip_prefix("Listing_") else {
            continue;
        };
        let parts = list
            .get_mut("allOf")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten();
        for items in parts.filter_map(|part| part.pointer_mut("/properties/data/items")) {
            let reference = json!({ "$ref": format!("#/components/schemas/{row}") });
            rows.insert(row.to_owned(), std::mem::replace(items, reference));
        }
    }
    for (name, row) in rows {
        schemas.entry(name).or_insert(row);
    }
}

/// A schema that is made of parts becomes one object with the fields of all of them.
pub(super) fn merge_parts(api: &mut Value) {
    let Some(schemas) = api["components"]["schemas"].as_object_mut() else {
        return;
    };
    let parts = schemas.clone();
    for schema in schemas
        .values_mut()
        .filter(|schema| schema.get("allOf").is_some())
    {
        *schema = whole(schema, &parts);
    }
}

fn whole(schema: &Value, schemas: &Map<String, Value>) -> Value {
    let named = schema.get("$ref").and_then(Value::as_str);
    let named = named.and_then(|path| schemas.get(path.rsplit('/').next()?));
    let schema = named.unwrap_or(schema);
    let Some(parts) = schema.get("allOf").and_then(Value::as_array) else {
        return schema.clone();
    };
    let mut object = json!({ "type": "object", "required": [], "properties": {} });
    for part in parts.iter().map(|part| whole(part, schemas)) {
        for (name, value) in part.as_object().into_iter().flatten() {
            match (name.as_str(), &mut object[name], value) {
                ("properties", Value::Object(fields), Value::Object(more)) => {
                    fields.extend(more.clone());
                }
                ("required", Value::Array(all), Value::Array(more)) => {
                    all.extend(more.iter().cloned());
                }
                (_, other, value) => *other = value.clone(),
            }
        }
    }
    object["description"] = schema["description"].clone();
    object
}

/// What an answer may have as null is there as null: only what never is null may be absent.
pub(super) fn always_there(api: &mut Value) {
    let mut answered = BTreeSet::new();
    let mut waiting = Vec::new();
    each_operation(api, |operation| {
        referred(&operation["responses"], &mut waiting);
    });
    let Some(schemas) = api["components"]["schemas"].as_object_mut() else {
        return;
    };
    while let Some(name) = waiting.pop() {
        if let Some(schema) = schemas.get(&name)
            && answered.insert(name)
        {
            referred(schema, &mut waiting);
        }
    }
    for name in answered {
        if let Some(schema) = schemas.get_mut(&name) {
            need_nullable(schema);
        }
    }
}

/// The names of the schemas that are referred to.
fn referred(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let name = fields
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|path| path.rsplit('/').next());
            names.extend(name.map(str::to_owned));
            fields.values().for_each(|inner| referred(inner, names));
        }
        Value::Array(all) => all.iter().for_each(|inner| referred(inner, names)),
        _ => {}
    }
}

fn need_nullable(schema: &mut Value) {
    let may_be_null = |field: &Value| {
        let kinds = ["type", "oneOf", "anyOf"]
            .into_iter()
            .filter_map(|list| field[list].as_array());
        kinds
            .flatten()
            .any(|kind| *kind == "null" || kind["type"] == "null")
    };
    let Some(fields) = schema["properties"].as_object() else {
        return;
    };
    let is_needed = |name: &String| {
        let needed = schema["required"].as_array();
        needed.is_some_and(|all| all.iter().any(|other| other == name))
    };
    let needed: Vec<Value> = fields
        .iter()
        .filter(|(name, field)| is_needed(name) || may_be_null(field))
        .map(|(name, _)| name.as_str().into())
        .collect();
    if !needed.is_empty() {
        schema["required"] = needed.into();
    }
}

/// A parameter is left out, never null.
pub(super) fn never_null(schema: &mut Value) {
    let is_null = |kind: &Value| *kind == "null" || kind["type"] == "null";
    for list in ["type", "oneOf", "anyOf"] {
        let Some(kinds) = schema[list].as_array() else {
            continue;
        };
        let mut kinds: Vec<_> = kinds
            .iter()
            .filter(|kind| !is_null(kind))
            .cloned()
            .collect();
        match (list, kinds.pop()) {
            ("type", Some(only)) if kinds.is_empty() => schema[list] = only,
            (_, Some(only)) if kinds.is_empty() => *schema = only,
            (_, last) => schema[list] = kinds.into_iter().chain(last).collect(),
        }
    }
    // Asking for what is not there has made nulls of it.
    if let Some(fields) = schema.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
}

/// Closes every schema.
pub(super) fn close_all(api: &mut Value) {
    let schemas = api["components"]["schemas"].as_object_mut();
    schemas
        .into_iter()
        .flat_map(Map::values_mut)
        .for_each(close);
}

/// An object has the fields that are described, and no others; so have those inside it.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.contains_key("properties") && !fields.contains_key("additionalProperties") {
                fields.insert("additionalProperties".to_owned(), false.into());
            }
            for (name, inner) in fields.iter_mut() {
                if name != "example" && name != "examples" {
                    close(inner);
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(close),
        _ => {}
    }
}
