//! The API's description, where neither a client nor schemathesis would notice what is wrong.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use crate::root;

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

fn description() -> Value {
    let text = std::fs::read(root().join("services/typescript/openapi.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// Every operation, with its method and path.
fn operations(api: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = api["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        METHODS.into_iter().filter_map(move |method| {
            let operation = item.get(method)?;
            Some((format!("{method} {path}"), operation))
        })
    })
}

#[test]
fn every_code_that_a_problem_is_described_with_has_a_page() {
    let codes = std::fs::read_to_string(root().join("services/error-codes.md")).unwrap();
    let code = Regex::new(r"`([a-z]+(?:_[a-z]+)+)`").unwrap();
    let api = description();
    let mut described = BTreeSet::new();
    let responses =
        operations(&api).flat_map(|(_, operation)| operation["responses"].as_object().unwrap());
    let shared = api["components"]["responses"].as_object().unwrap();
    for (status, response) in responses.chain(shared) {
        if status.starts_with('2') {
            continue;
        }
        let text = response["description"].as_str().unwrap_or_default();
        described.extend(code.captures_iter(text).map(|found| found[1].to_owned()));
    }
    assert!(described.len() > 20, "{described:?}");
    let missing: Vec<_> = described
        .iter()
        .filter(|code| !codes.contains(&format!("| `{code}` |")))
        .collect();
    assert!(missing.is_empty(), "there are no codes {missing:?}");
}

#[test]
fn every_operation_says_what_it_does_and_shows_an_example() {
    let api = description();
    for (name, operation) in operations(&api) {
        assert!(operation["summary"].is_string(), "{name}");
        let tag = &operation["tags"][0];
        assert!(tag.is_string(), "{name}");
        for (kind, media) in operation["requestBody"]["content"]
            .as_object()
            .into_iter()
            .flatten()
        {
            assert!(
                !kind.ends_with("json") || media["example"].is_object(),
                "{name}: {kind}"
            );
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let is_shown = parameter["required"] != true || !parameter["example"].is_null();
            assert!(is_shown, "{name}: {parameter}");
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            let json = &response["content"]["application/json"];
            let is_shown =
                !status.starts_with('2') || json.is_null() || json["example"].is_object();
            assert!(is_shown, "{name}: {status}");
            // Where nobody has given one, it is this.
            assert!(
                !json["example"].to_string().contains(r#":"text""#),
                "{name}: {json}"
            );
        }
    }
}
