//! Templates: writing them, how they read, and which merge fields there are.

mod merge_fields;
mod preview;
mod table;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    routing::{get, post, put},
};
use domain::{TemplateCategory, TemplateId};
use rows_as_user::{Direction, Filter, RowsAsUser, Selection};
use serde::Deserialize;
use serde_json::{Map, Value};
use web::{ApprovedUser, FieldErrors, Page, Path, ValidJson, ValidQuery, Validate};

use self::{
    merge_fields::list_template_fields,
    preview::{preview_template, preview_text},
    table::TABLE,
};
use crate::{
    answers::{Created, Row, Rows},
    fields::{Change, Columns, present},
    rows_failure,
    sorting::sorting,
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::Template>;

const SORTABLE: [&str; 4] = ["name", "category", "created_at", "updated_at"];

pub(crate) fn routes() -> Router<DashboardState> {
    Router::new()
        .route("/api/templates", get(list_templates).post(create_template))
        .route("/api/templates/fields", get(list_template_fields))
        .route("/api/templates/preview", post(preview_text))
        .route("/api/templates/{id}/preview", post(preview_template))
        .route(
            "/api/templates/{id}",
            put(update_template)
                .patch(update_template)
                .get(get_template)
                .delete(delete_template),
        )
}

/// Columns of a new template. The owner is set by the database.
#[derive(Debug)]
struct NewTemplate(Map<String, Value>);

/// Columns of a template that change.
#[derive(Debug)]
struct TemplateChanges(Map<String, Value>);

#[derive(Debug, Deserialize)]
struct TemplateInput {
    #[serde(default, deserialize_with = "present")]
    name: Change<String>,
    #[serde(default, deserialize_with = "present")]
    message_body: Change<String>,
    #[serde(default, deserialize_with = "present")]
    category: Change<String>,
    #[serde(default)]
    is_default: Option<bool>,
}

fn columns(input: TemplateInput, errors: &mut FieldErrors) -> Map<String, Value> {
    let mut columns = Columns::new(errors);
    columns.label("name", input.name);
    columns.message_body(input.message_body);
    columns.value("category", input.category, TemplateCategory::ALL);
    if let Some(is_default) = input.is_default {
        columns.set("is_default", is_default);
    }
    columns.into_row()
}

impl Validate for NewTemplate {
    type Input = TemplateInput;

    fn validate(mut input: TemplateInput, errors: &mut FieldErrors) -> Option<Self> {
        input.name.get_or_insert_default();
        Some(Self(columns(input, errors)))
    }
}

impl Validate for TemplateChanges {
    type Input = TemplateInput;

    fn validate(input: TemplateInput, errors: &mut FieldErrors) -> Option<Self> {
        let row = columns(input, errors);
        if row.is_empty() && errors.is_empty() {
            errors.add(
                "",
                "nothing_to_change",
                "Name at least one field to change.",
            );
        }
        Some(Self(row))
    }
}

/// Which templates to list.
#[derive(Debug)]
struct TemplateList {
    page: Page,
    category: Option<TemplateCategory>,
    order: (&'static str, Direction),
}

#[derive(Debug, Deserialize)]
struct TemplateListInput {
    page: Option<usize>,
    per_page: Option<usize>,
    category: Option<TemplateCategory>,
    sort: Option<String>,
}

impl Validate for TemplateList {
    type Input = TemplateListInput;

    fn validate(input: TemplateListInput, errors: &mut FieldErrors) -> Option<Self> {
        Some(Self {
            page: Page::read(input.page, input.per_page, errors),
            category: input.category,
            order: sorting(
                input.sort.as_deref(),
                &SORTABLE,
                ("name", Direction::Ascending),
                errors,
            ),
        })
    }
}

async fn list_templates(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidQuery(list): ValidQuery<TemplateList>,
) -> Result<Rows, Failure> {
    let mut selection = Selection::new(TABLE, "*")
        .order(list.order.0, list.order.1)
        .page(list.page.offset(), list.page.per_page);
    if let Some(category) = list.category {
        selection = selection.filter(Filter::Equal("category", category.to_string()));
    }
    let rows = rows.list(&user.caller, &selection).await?;
    Ok(Rows {
        rows,
        page: list.page,
    })
}

async fn create_template(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidJson(template): ValidJson<NewTemplate>,
) -> Result<Created, Failure> {
    let row = rows.insert(&user.caller, TABLE, &template.0).await;
    Ok(Created(row?))
}

async fn get_template(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<TemplateId>,
) -> Result<Row, Failure> {
    let row = rows.get(&user.caller, TABLE, "*", id).await;
    Ok(Row(row?))
}

async fn update_template(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<TemplateId>,
    ValidJson(changes): ValidJson<TemplateChanges>,
) -> Result<Row, Failure> {
    let row = rows.update(&user.caller, TABLE, id, &changes.0).await;
    Ok(Row(row?))
}

async fn delete_template(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<TemplateId>,
) -> Result<StatusCode, Failure> {
    rows.delete(&user.caller, TABLE, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
