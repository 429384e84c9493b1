//! What may be asked of the audit log.

use domain::ProfileId;
use serde::Serialize;
use web::{FieldErrors, Page, Validate};

use crate::{
    fields::moment,
    queries::{given, queries},
};

/// As the columns of `private.audit_log` have them.
const LONGEST_NAME: usize = 64;

queries! {
    /// What an export takes.
    FilterInput {
        /// Who did it: the id of a profile.
        actor: Option<String>,
        /// Whose rows: the id of a profile.
        account: Option<String>,
        /// What was done, such as `user.approved`; or only what it is about, such as `user`.
        #[param(max_length = 64, pattern = "^[a-z_.]*$", example = "user.approved")]
        action: Option<String>,
        /// The table.
        #[param(max_length = 64, pattern = "^[a-z_.]*$", example = "user_profiles")]
        table: Option<String>,
        /// A time, or the beginning of a day (UTC).
        #[param(example = "2026-11-01")]
        from: Option<String>,
        /// A time, or the beginning of a day (UTC); before it.
        #[param(example = "2026-12-01")]
        to: Option<String>,
    }
    /// What a list takes.
    ListInput adds {
        /// From 1.
        #[param(minimum = 1, default = 1)]
        page: Option<usize>,
        /// Rows on a page.
        #[param(minimum = 1, maximum = 200, default = 50)]
        per_page: Option<usize>,
    }
}

/// Which entries. What is not given is left out: not every dialect of PostgREST tells null from an empty text.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub(super) struct AuditFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<ProfileId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<ProfileId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

impl AuditFilter {
    fn read(input: FilterInput, errors: &mut FieldErrors) -> Self {
        Self {
            actor: profile("actor", input.actor, errors),
            account: profile("account", input.account, errors),
            action: name("action", input.action, errors),
            table_name: name("table", input.table, errors),
            since: moment("from", input.from.as_deref(), errors),
            until: moment("to", input.to.as_deref(), errors),
        }
    }
}

/// Which entries to export.
#[derive(Debug)]
pub(super) struct AuditExport(pub(super) AuditFilter);

impl Validate for AuditExport {
    type Input = FilterInput;

    fn validate(input: FilterInput, errors: &mut FieldErrors) -> Option<Self> {
        Some(Self(AuditFilter::read(input, errors)))
    }
}

/// Which entries to list.
#[derive(Debug)]
pub(super) struct AuditList {
    pub(super) filter: AuditFilter,
    pub(super) page: Page,
}

impl Validate for AuditList {
    type Input = ListInput;

    fn validate(mut input: ListInput, errors: &mut FieldErrors) -> Option<Self> {
        Some(Self {
            page: Page::read(input.page, input.per_page, errors),
            filter: AuditFilter::read(input.common(), errors),
        })
    }
}

fn profile(
    field: &'static str,
    text: Option<String>,
    errors: &mut FieldErrors,
) -> Option<ProfileId> {
    let id = given(text)?.parse().ok();
    if id.is_none() {
        errors.add(field, "not_an_id", "A profile's id, which is a UUID.");
    }
    id
}

fn name(field: &'static str, text: Option<String>, errors: &mut FieldErrors) -> Option<String> {
    let text = given(text)?;
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_' || c == '.';
    if text.len() > LONGEST_NAME || !text.chars().all(is_name) {
        let detail = "A name such as user.approved, or only what it is about: user.";
        errors.add(field, "unknown_value", detail);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::validated::read;

    #[test]
    fn a_list_is_narrowed_by_what_there_is() {
        let list = read::<AuditList>(json!({
            "actor": "", "action": " user.approved ", "table": "user_profiles", "from": "2026-11-23"
        }))
        .unwrap();
        assert_eq!(
            serde_json::to_value(list.filter).unwrap(),
            json!({
                "action": "user.approved", "table_name": "user_profiles", "since": "2026-11-23T00:00:00Z"
            })
        );
        for (json, part) in [
            (json!({ "actor": "ann@example.com" }), "not_an_id"),
            (json!({ "account": "12" }), "not_an_id"),
            (json!({ "action": "User!" }), "unknown_value"),
            (json!({ "table": "a".repeat(65) }), "unknown_value"),
            (json!({ "to": "yesterday" }), "not_a_time"),
            (json!({ "per_page": 201 }), "out_of_range"),
        ] {
            let error = read::<AuditList>(json.clone()).unwrap_err();
            assert!(error.contains(part), "{json}: {error}");
        }
    }
}
