//! `services/error-codes.md` against what Rust and SQL can emit.
//!
//! A code is read where it is given to an answer: the constructors of `ApiError`, `FieldErrors::add` and what
//! wraps it, `fn code` and `fn as_str` of rejections and failures, literals named `code`, and exceptions of SQL
//! with a `PT…` state.

use std::collections::BTreeSet;

use regex::Regex;

use super::{files, root};

/// Files whose `fn as_str` names reasons; elsewhere such functions name other things.
const REASONS: [&str; 9] = [
    "email_address.rs",
    "phone_number.rs",
    "password.rs",
    "failure.rs",
    "person_name.rs",
    "label.rs",
    "tag.rs",
    "attribute.rs",
    "state_code.rs",
];

fn emitted() -> BTreeSet<String> {
    let text = r#""(?:[^"\\]|\\.)*""#;
    let code = r#""([a-z]+(?:_[a-z0-9]+)*)""#;
    let patterns: Vec<Regex> = [
        format!(r"(?:ApiError|Self)::(?:bad_request|unauthorized|forbidden|conflict|too_many|unavailable|new)\(\s*(?:StatusCode::\w+,\s*)?{code}"),
        format!(r"(?:errors\.add|invalid_field|\.error)\(\s*(?:{text}|[\w.&]+(?:\([^)]*\))?),\s*{code}"),
        format!(r"\bcode: {code}"),
        format!(r#"(?:wrong\(Field::\w+, |=> )\(\s*{code},\s*(?:"|\w+\.to_string|format!)"#),
    ]
    .iter()
    .map(|pattern| Regex::new(pattern).unwrap())
    .collect();
    let function = Regex::new(r"(?s)fn (?:code|as_str)\(.*?\n    \}\n").unwrap();
    let arm = Regex::new(&format!(r"=> (?:\{{\s*)?{code}")).unwrap();
    let comment = Regex::new(r"(?m)^\s*//.*$").unwrap();

    let mut codes = BTreeSet::new();
    for file in files(&root().join("services"), ".rs") {
        let path = file.to_string_lossy().into_owned();
        if !path.contains("/src/")
            || path.contains("/rows-as-user/")
            || path.ends_with("mail-worker/src/template.rs")
            || path.contains("/fuzz/")
            || path.ends_with("tests.rs")
        {
            continue;
        }
        let source = std::fs::read_to_string(&file).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        let source = comment.replace_all(source, "");
        for pattern in &patterns {
            codes.extend(
                pattern
                    .captures_iter(&source)
                    .map(|found| found[1].to_owned()),
            );
        }
        if REASONS
            .iter()
            .any(|name| path.ends_with(&format!("/{name}")))
        {
            for body in function.find_iter(&source) {
                codes.extend(
                    arm.captures_iter(body.as_str())
                        .map(|found| found[1].to_owned()),
                );
            }
        }
    }
    let exception = Regex::new(r"errcode = 'PT\d+',\s*message = '(\w+)'").unwrap();
    for file in files(&root().join("supabase/migrations"), ".sql") {
        let source = std::fs::read_to_string(&file).unwrap();
        codes.extend(
            exception
                .captures_iter(&source)
                .map(|found| found[1].to_owned()),
        );
    }
    codes
}

#[test]
fn every_code_that_can_be_answered_is_listed_and_every_listed_one_exists() {
    let list = std::fs::read_to_string(root().join("services/error-codes.md")).unwrap();
    let row = Regex::new(r"(?m)^\| `(\w+)` \|").unwrap();
    let listed: BTreeSet<String> = row
        .captures_iter(&list)
        .map(|found| found[1].to_owned())
        .collect();
    let emitted = emitted();
    assert!(
        emitted.len() > 100,
        "only {} codes were found",
        emitted.len()
    );
    let missing: Vec<_> = emitted.difference(&listed).collect();
    assert!(
        missing.is_empty(),
        "services/error-codes.md lacks {missing:?}"
    );

    let sources: String = files(&root().join("services"), ".rs")
        .into_iter()
        .chain(files(&root().join("supabase/migrations"), ".sql"))
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    for code in &listed {
        assert!(
            sources.contains(&format!("\"{code}\"")) || sources.contains(&format!("'{code}'")),
            "services/error-codes.md lists {code}, which nothing emits"
        );
    }
}
