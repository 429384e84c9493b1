//! `GET /api/customers/export`: every customer that a filter finds, as CSV. Memory stays the same however
//! many they are, and a file that is imported again changes nothing.

use axum::{body::Bytes, extract::State, response::Response};
use domain::Caller;
use futures::stream;
use rows_as_user::RowsAsUser;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use web::{ApprovedUser, ValidQuery};

use super::{filter::CustomerFilter, wanted::FilterInput};
use crate::{
    csv_answer::{Broken, download, written},
    patience::PATIENCE,
    rows_failure,
};

type Failure = rows_failure::Failure<rows_failure::Customer>;

/// Customers that are read at once.
const PAGE: usize = 2_000;
/// The columns in the order of the file; then one for each attribute, named `attributes.<name>`.
const COLUMNS: [&str; 8] = [
    "phone",
    "first_name",
    "last_name",
    "email",
    "state",
    "status",
    "tags",
    "created_at",
];

/// A customer as far as it is exported.
#[derive(Deserialize)]
struct Customer {
    id: String,
    created_at: Option<String>,
    phone: String,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    state: Option<String>,
    status: Option<String>,
    tags: Vec<String>,
    attributes: Map<String, Value>,
}

impl Customer {
    fn cells(&self, attributes: &[String]) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut cells = vec![
            self.phone.clone(),
            text(&self.first_name),
            text(&self.last_name),
            text(&self.email),
            text(&self.state),
            text(&self.status),
            self.tags.join(", "),
            text(&self.created_at),
        ];
        cells.extend(
            attributes
                .iter()
                .map(|name| match self.attributes.get(name) {
                    None => String::new(),
                    Some(Value::String(text)) => text.clone(),
                    Some(value) => value.to_string(),
                }),
        );
        cells
    }
}

/// Where an export is.
struct Export {
    rows: RowsAsUser,
    caller: Caller,
    filter: CustomerFilter,
    attributes: Vec<String>,
    /// `created_at` and `id` of the last customer that was read.
    after: Option<(String, String)>,
    at_end: bool,
}

/// Streams customers as CSV.
#[utoipa::path(get, path = "/api/customers/export", tag = "Customers", params(FilterInput), responses((status = 200, description = "The file; it can be imported again unchanged.", body = String, content_type = "text/csv")))]
pub(crate) async fn export_customers(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidQuery(filter): ValidQuery<CustomerFilter>,
) -> Result<Response, Failure> {
    let arguments = json!({ "filter": filter.0 });
    let names = rows
        .call_for_json(
            &user.caller,
            "customer_attribute_names",
            &arguments,
            PATIENCE,
        )
        .await?;
    let attributes: Vec<String> = serde_json::from_slice(&names)?;
    let header = COLUMNS
        .iter()
        .map(ToString::to_string)
        .chain(attributes.iter().map(|name| format!("attributes.{name}")));
    let header = written([header]).map_err(web::ApiError::internal)?;
    let export = Export {
        rows,
        caller: user.caller,
        filter,
        attributes,
        after: None,
        at_end: false,
    };
    let pages = stream::try_unfold(export, |mut export| async move {
        Ok(export.next().await?.map(|page| (page, export)))
    });
    Ok(download("customers.csv", header, pages))
}

impl Export {
    async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        if self.at_end {
            return Ok(None);
        }
        let mut arguments = json!({ "filter": self.filter.0, "page_limit": PAGE });
        if let Some((created_at, id)) = &self.after {
            arguments["after_created_at"] = json!(created_at);
            arguments["after_id"] = json!(id);
        }
        let page = self
            .rows
            .call_for_json(&self.caller, "customers_after", &arguments, PATIENCE)
            .await?;
        let page: Vec<Customer> = serde_json::from_slice(&web::uniform_times(&page))?;
        self.at_end = page.len() < PAGE;
        let Some(last) = page.last() else {
            return Ok(None);
        };
        self.after = last
            .created_at
            .clone()
            .map(|created_at| (created_at, last.id.clone()));
        self.at_end |= self.after.is_none();
        Ok(Some(written(
            page.iter().map(|customer| customer.cells(&self.attributes)),
        )?))
    }
}
