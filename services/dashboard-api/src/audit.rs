//! The audit log: what admins, operators and others changed that is not their own. For admins.

use axum::{body::Bytes, extract::State, response::Response};
use domain::{Caller, ProfileId};
use futures::stream;
use rows_as_user::RowsAsUser;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{ApprovedAdmin, FieldErrors, Listing, Page, ValidQuery, Validate};

use crate::{
    answers::Listed,
    csv_answer::{Broken, download, written},
    fields::moment,
    patience::PATIENCE,
    rows_failure,
    shapes::AuditEntry,
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::AuditEntry>;

/// Entries that are read at once.
const PAGE: usize = 1000;
/// As the columns of `private.audit_log` have them.
const LONGEST_NAME: usize = 64;
/// The columns of the file, in this order.
const COLUMNS: [&str; 18] = [
    "at",
    "actor_kind",
    "actor",
    "actor_email",
    "operator",
    "action",
    "account",
    "account_email",
    "table_name",
    "row_id",
    "row_count",
    "before",
    "after",
    "role",
    "application",
    "session_id",
    "request_id",
    "id",
];

pub(crate) fn routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new()
        .routes(routes!(list_audit_log))
        .routes(routes!(export_audit_log))
}

/// Which entries. What is not given is left out: not every dialect of PostgREST tells null from an empty text.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
struct AuditFilter {
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

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FilterInput {
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

/// What an export takes.
#[derive(Debug)]
struct AuditExport(AuditFilter);

impl Validate for AuditExport {
    type Input = FilterInput;

    fn validate(input: FilterInput, errors: &mut FieldErrors) -> Option<Self> {
        Some(Self(AuditFilter::read(input, errors)))
    }
}

/// What a list takes.
#[derive(Debug)]
struct AuditList {
    filter: AuditFilter,
    page: Page,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListInput {
    /// From 1.
    #[param(minimum = 1, default = 1)]
    page: Option<usize>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    per_page: Option<usize>,
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

impl Validate for AuditList {
    type Input = ListInput;

    fn validate(input: ListInput, errors: &mut FieldErrors) -> Option<Self> {
        let page = Page::read(input.page, input.per_page, errors);
        let filter = FilterInput {
            actor: input.actor,
            account: input.account,
            action: input.action,
            table: input.table,
            from: input.from,
            to: input.to,
        };
        Some(Self {
            filter: AuditFilter::read(filter, errors),
            page,
        })
    }
}

fn given(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
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

#[derive(Serialize)]
struct ListArguments<'a> {
    #[serde(flatten)]
    filter: &'a AuditFilter,
    page_limit: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_offset: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    below: Option<i64>,
}

/// A page of entries, the newest first: who, through which door, did what to whose row, and the fields that changed, before
/// and after. Texts, numbers and addresses stand there only as how long they were.
#[utoipa::path(get, path = "/api/admin/audit", tag = "Administration", params(ListInput), responses((status = 200, description = "A page of entries.", body = Listing<AuditEntry>)))]
async fn list_audit_log(
    admin: ApprovedAdmin,
    State(rows): State<RowsAsUser>,
    ValidQuery(list): ValidQuery<AuditList>,
) -> Result<Response, Failure> {
    let page = list.page;
    let arguments = ListArguments {
        filter: &list.filter,
        page_limit: page.per_page,
        page_offset: Some(page.offset()),
        below: None,
    };
    let json = rows
        .call_for_json(&admin.caller, "list_audit_log", &arguments, PATIENCE)
        .await?;
    Listed { json, page }.into_response().map_err(Into::into)
}

#[derive(Deserialize)]
struct ExportedPage {
    data: Vec<Map<String, Value>>,
}

/// Where an export is.
struct Export {
    rows: RowsAsUser,
    caller: Caller,
    filter: AuditFilter,
    /// The last entry that was read.
    below: Option<i64>,
    at_end: bool,
}

/// The same entries as CSV.
#[utoipa::path(get, path = "/api/admin/audit/export", tag = "Administration", params(FilterInput), responses((status = 200, description = "The file.", body = String, content_type = "text/csv")))]
async fn export_audit_log(
    admin: ApprovedAdmin,
    State(rows): State<RowsAsUser>,
    ValidQuery(AuditExport(filter)): ValidQuery<AuditExport>,
) -> Result<Response, Failure> {
    let header = written([COLUMNS]).map_err(web::ApiError::internal)?;
    let export = Export {
        rows,
        caller: admin.caller,
        filter,
        below: None,
        at_end: false,
    };
    let pages = stream::try_unfold(export, |mut export| async move {
        Ok(export.next().await?.map(|page| (page, export)))
    });
    Ok(download("audit-log.csv", header, pages))
}

impl Export {
    async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        if self.at_end {
            return Ok(None);
        }
        let arguments = ListArguments {
            filter: &self.filter,
            page_limit: PAGE,
            page_offset: None,
            below: self.below,
        };
        let page = self
            .rows
            .call_for_json(&self.caller, "list_audit_log", &arguments, PATIENCE)
            .await?;
        let entries = serde_json::from_slice::<ExportedPage>(&web::uniform_times(&page))?.data;
        self.below = entries
            .last()
            .and_then(|entry| entry.get("id"))
            .and_then(Value::as_i64);
        self.at_end = entries.len() < PAGE || self.below.is_none();
        if entries.is_empty() {
            return Ok(None);
        }
        Ok(Some(written(entries.iter().map(cells))?))
    }
}

fn cells(entry: &Map<String, Value>) -> [String; COLUMNS.len()] {
    COLUMNS.map(|column| match entry.get(column) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    })
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

    #[test]
    fn an_entry_is_a_line() {
        let Value::Object(entry) = json!({
            "at": "2026-11-23T09:00:00Z", "actor": null, "row_count": 2, "after": { "status": "approved" }
        }) else {
            panic!("an object")
        };
        let cells = cells(&entry);
        assert_eq!(cells[0], "2026-11-23T09:00:00Z");
        assert_eq!(cells[2], "");
        assert_eq!(cells[10], "2");
        assert_eq!(cells[12], r#"{"status":"approved"}"#);
    }
}
