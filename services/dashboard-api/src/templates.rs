//! Templates: writing them, how they read, and which merge fields there are.

mod merge_fields;
mod preview;
mod table;

use axum::{extract::State, http::StatusCode};
use domain::{TemplateCategory, TemplateId};
use rows_as_user::{Direction, Filter, RowsAsUser, Selection};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{ApprovedUser, FieldErrors, Listing, Page, Path, ValidJson, ValidQuery, Validate};

use self::table::TABLE;
use crate::{
    answers::{Created, Row, Rows},
    fields::{Change, Columns, present},
    needed::needing,
    rows_failure,
    shapes::Template,
    sorting::sorting,
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::Template>;

const SORTABLE: [&str; 4] = ["name", "category", "created_at", "updated_at"];

pub(crate) fn routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new()
        .routes(routes!(list_templates, create_template))
        .routes(routes!(merge_fields::list_template_fields))
        .routes(routes!(preview::preview_text))
        .routes(routes!(preview::preview_template))
        .routes(routes!(update_template, get_template, delete_template))
}

/// Columns of a new template. The owner is set by the database.
#[derive(Debug)]
struct NewTemplate(Map<String, Value>);

/// Columns of a template that change.
#[derive(Debug)]
struct TemplateChanges(Map<String, Value>);

#[derive(Debug, Deserialize, ToSchema)]
struct TemplateInput {
    #[serde(default, deserialize_with = "present")]
    /// A new template needs one.
    #[schema(value_type = String, min_length = 1, max_length = 200, example = "Welcome")]
    name: Change<String>,
    #[serde(default, deserialize_with = "present")]
    /// The text, with merge fields.
    #[schema(value_type = Option<String>, max_length = 8000, example = "Welcome, {{ first_name }}! Reply STOP to opt out.")]
    message_body: Change<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = TemplateCategory)]
    category: Change<String>,
    #[serde(default)]
    is_default: Option<bool>,
}

needing! {
    /// What a new template is made from.
    NewTemplateInput = TemplateInput with "name"
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

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TemplateListInput {
    /// From 1.
    #[param(minimum = 1, default = 1)]
    page: Option<usize>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    per_page: Option<usize>,
    /// Only these.
    category: Option<TemplateCategory>,
    /// A column's name, with `-` in front for the largest first.
    #[param(default = "name")]
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

/// Lists templates.
#[utoipa::path(get, path = "/api/templates", tag = "Templates", params(TemplateListInput), responses((status = 200, description = "A page of templates.", body = Listing<Template>)))]
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

/// Creates a template.
#[utoipa::path(post, path = "/api/templates", tag = "Templates", request_body = NewTemplateInput, responses((status = 201, description = "The new template.", body = Template)))]
async fn create_template(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidJson(template): ValidJson<NewTemplate>,
) -> Result<Created, Failure> {
    let row = rows.insert(&user.caller, TABLE, &template.0).await;
    Ok(Created(row?))
}

/// Shows a template.
#[utoipa::path(get, path = "/api/templates/{id}", tag = "Templates", params(("id" = TemplateId, Path)), responses((status = 200, description = "The template.", body = Template)))]
async fn get_template(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<TemplateId>,
) -> Result<Row, Failure> {
    let row = rows.get(&user.caller, TABLE, "*", id).await;
    Ok(Row(row?))
}

/// Changes what is named of a template.
#[utoipa::path(method(put, patch), path = "/api/templates/{id}", tag = "Templates", params(("id" = TemplateId, Path)), request_body = TemplateInput, responses((status = 200, description = "The template as it is now.", body = Template)))]
async fn update_template(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<TemplateId>,
    ValidJson(changes): ValidJson<TemplateChanges>,
) -> Result<Row, Failure> {
    let row = rows.update(&user.caller, TABLE, id, &changes.0).await;
    Ok(Row(row?))
}

/// Deletes a template.
#[utoipa::path(delete, path = "/api/templates/{id}", tag = "Templates", params(("id" = TemplateId, Path)), responses((status = 204, description = "Deleted.")))]
async fn delete_template(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<TemplateId>,
) -> Result<StatusCode, Failure> {
    rows.delete(&user.caller, TABLE, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
