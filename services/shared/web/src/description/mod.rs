//! The API's description (`OpenAPI` 3.1): what the handlers say of themselves, completed with what all of them have in common.

mod examples;
mod operations;
mod schemas;
mod strict;

use serde_json::{Map, Value, json};
use utoipa::{PartialSchema as _, ToSchema as _, openapi::OpenApi};

use self::operations::each_operation;
use crate::api_error::Problem;

pub(crate) use strict::check_query;
pub use strict::routes;

/// A problem that many operations may answer: its status, its name among the responses, and its codes or reason.
type Usual = (&'static str, &'static str, &'static str);

/// Where somebody signs in.
const SIGNED_IN: [Usual; 2] = [
    (
        "401",
        "SignInNeeded",
        "`token_missing`, `token_invalid`, `session_ended`: sign in again.",
    ),
    (
        "403",
        "Refused",
        "`approval_pending`, `account_rejected`, `profile_missing`, `admin_required`, `second_factor_required`.",
    ),
];
/// Where an id stands in the path.
const WITH_ID: Usual = (
    "404",
    "NotFound",
    "There is nothing with this id that the caller may see.",
);
/// Where a body is read.
const WITH_BODY: [Usual; 3] = [
    (
        "400",
        "Unreadable",
        "`json_malformed` or `body_unreadable`: the body can't be read.",
    ),
    ("413", "TooLarge", "`body_too_large`"),
    (
        "415",
        "OtherType",
        "`json_expected`, or another content type.",
    ),
];
/// Anywhere.
const ANYWHERE: [Usual; 4] = [
    (
        "422",
        "InvalidInput",
        "`invalid_input`: `errors` names each field or parameter, the code of the reason, and the reason.",
    ),
    ("500", "OurFault", "`internal`: the fault is ours."),
    (
        "503",
        "Unavailable",
        "What this depends on does not answer, or a row is locked; try again after `Retry-After` seconds.",
    ),
    (
        "504",
        "TooSlow",
        "`request_timed_out` or `database_timeout`.",
    ),
];

/// The description with the problems that every operation may answer, a security scheme, ids of operations that differ,
/// strict objects, and an example of each body and parameter.
///
/// # Errors
/// None that an [`OpenApi`] could cause: it always becomes JSON.
pub fn complete(api: &OpenApi) -> Result<Value, serde_json::Error> {
    let mut api = serde_json::to_value(api)?;
    api["components"]["schemas"][Problem::name().as_ref()] =
        serde_json::to_value(Problem::schema())?;
    let mut inner = Vec::new();
    Problem::schemas(&mut inner);
    for (name, schema) in inner {
        api["components"]["schemas"][name] = serde_json::to_value(schema)?;
    }
    api["components"]["securitySchemes"]["access_token"] = json!({
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "The access token of a Supabase session, as supabase-js or `POST /api/auth/login` gives it.",
    });
    api["components"]["securitySchemes"]["stream_token"] = json!({
        "type": "apiKey", "in": "query", "name": "token",
        "description": "What opens one stream of events in a browser, for a minute: from `POST …/events/token`.",
    });
    for (name, header, whose) in [
        ("twilio_signature", "x-twilio-signature", "Twilio"),
        ("svix_signature", "svix-signature", "Resend"),
    ] {
        api["components"]["securitySchemes"][name] = json!({
            "type": "apiKey", "in": "header", "name": header,
            "description": format!("What {whose} signs its requests with."),
        });
    }
    api["security"] = json!([{ "access_token": [] }]);
    for (_, name, description) in SIGNED_IN
        .iter()
        .chain(&[WITH_ID])
        .chain(&WITH_BODY)
        .chain(&ANYWHERE)
    {
        api["components"]["responses"][name] =
            json!({ "description": description, "content": problem() });
    }
    name_apart(&mut api);
    allow_empty_values(&mut api);
    schemas::name_rows(&mut api);
    schemas::merge_parts(&mut api);
    each_operation(&mut api, |operation| {
        add_problems(operation);
        for parameter in operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            schemas::never_null(&mut parameter["schema"]);
        }
    });
    schemas::always_there(&mut api);
    schemas::close_all(&mut api);
    let all = api["components"]["schemas"].clone();
    each_operation(&mut api, |operation| examples::add(operation, &all));
    Ok(api)
}

/// A parameter without a value is as if left out where something is read: see [`crate::ValidQuery`].
fn allow_empty_values(api: &mut Value) {
    let items = api["paths"].as_object_mut().into_iter();
    let parameters = items
        .flat_map(Map::values_mut)
        .filter_map(|item| item.get_mut("get")?.get_mut("parameters"));
    for parameter in parameters.filter_map(Value::as_array_mut).flatten() {
        if parameter["in"] == "query" && parameter["required"] != true {
            parameter["allowEmptyValue"] = true.into();
        }
    }
}

/// PUT and PATCH are mostly one handler here, but an operation's id stands for one method.
fn name_apart(api: &mut Value) {
    for item in api["paths"]
        .as_object_mut()
        .into_iter()
        .flat_map(Map::values_mut)
    {
        let id = item
            .get("patch")
            .and_then(|patch| patch["operationId"].as_str());
        let id = id.map(|id| format!("{id}_by_put"));
        if let (Some(id), Some(put)) = (id, item.get_mut("put")) {
            put["operationId"] = id.into();
        }
    }
}

fn add_problems(operation: &mut Value) {
    // Those who call these are told what they understand.
    if operation["tags"] == json!(["Webhooks"]) {
        return;
    }
    let is_public = operation["security"]
        .as_array()
        .is_some_and(|ways| ways.iter().any(|way| *way == json!({})));
    let is_there = |place: &str| {
        operation["parameters"]
            .as_array()
            .is_some_and(|all| all.iter().any(|parameter| parameter["in"] == place))
    };
    let mut problems: Vec<Usual> = ANYWHERE.to_vec();
    if !is_public {
        problems.extend(SIGNED_IN);
    }
    if is_there("path") {
        problems.push(WITH_ID);
    }
    if operation.get("requestBody").is_some() {
        problems.extend(WITH_BODY);
    }
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    for (status, response) in responses.iter_mut() {
        if status.starts_with(['4', '5']) && response.get("content").is_none() {
            response["content"] = problem();
        }
    }
    for (status, name, _) in problems {
        responses
            .entry(status)
            .or_insert_with(|| json!({ "$ref": format!("#/components/responses/{name}") }));
    }
    let mut sorted: Vec<_> = std::mem::take(responses).into_iter().collect();
    sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
    *responses = Map::from_iter(sorted);
}

/// The body of a problem.
fn problem() -> Value {
    json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } })
}
