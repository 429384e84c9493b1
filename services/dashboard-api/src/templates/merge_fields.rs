//! Which merge fields a text may have.

use axum::{Json, extract::State};
use rows_as_user::RowsAsUser;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use web::ApprovedUser;

use crate::{patience::PATIENCE, rows_failure};

type Failure = rows_failure::Failure<rows_failure::Template>;

/// All of them: the columns of customers, then the names of the attributes that the caller's customers have.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TemplateFields {
    data: Vec<TemplateField>,
}

/// One of them.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub(super) struct TemplateField {
    #[schema(example = "attributes.plan")]
    name: String,
    kind: FieldKind,
    /// What a text says to show it, such as `{{ attributes.plan }}`; null for an attribute with whose name no text can ask
    /// for it, such as one with a blank.
    #[schema(example = "{{ attributes.plan }}")]
    tag: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum FieldKind {
    Column,
    Attribute,
}

/// `GET /api/templates/fields`
#[utoipa::path(get, path = "/api/templates/fields", tag = "Templates", responses((status = 200, description = "The fields.", body = TemplateFields)))]
pub(super) async fn list_template_fields(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
) -> Result<Json<TemplateFields>, Failure> {
    let fields = rows
        .call_for_json(&user.caller, "template_fields", &json!({}), PATIENCE)
        .await?;
    Ok(Json(TemplateFields {
        data: serde_json::from_slice(&fields)?,
    }))
}
