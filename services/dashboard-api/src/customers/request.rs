use domain::CustomerStatus;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use web::{FieldErrors, Validate};

use crate::{
    fields::{Change, Columns, present},
    needed::needing,
};

/// Columns of a new customer. The owner is set by the database.
#[derive(Debug)]
pub(crate) struct NewCustomer(pub(crate) Map<String, Value>);

/// Columns of a customer that change.
#[derive(Debug)]
pub(crate) struct CustomerChanges(pub(crate) Map<String, Value>);

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CustomerInput {
    #[serde(default, deserialize_with = "present")]
    /// In any usual form; stored as E.164. A new customer needs one.
    #[schema(value_type = Option<String>, max_length = 64, format = "phone", example = "+14155552671")]
    phone: Change<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200, example = "Ann")]
    first_name: Change<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200, example = "Lee")]
    last_name: Change<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 254, example = "ann@example.com")]
    email: Change<String>,
    #[serde(default, deserialize_with = "present")]
    /// A code or a name of a state or province.
    #[schema(value_type = Option<String>, max_length = 64, example = "CA")]
    state: Change<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = CustomerStatus)]
    status: Change<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>, example = json!(["vip"]))]
    tags: Change<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    /// Texts, numbers or booleans by name, stored as texts; null takes one away.
    #[schema(value_type = Option<BTreeMap<String, Value>>, example = json!({ "plan": "gold" }))]
    attributes: Change<Map<String, Value>>,
}

needing! {
    /// What a new customer is made from.
    NewCustomerInput = CustomerInput with "phone"
}

fn columns(input: CustomerInput, errors: &mut FieldErrors) -> Map<String, Value> {
    let mut columns = Columns::new(errors);
    columns.phone(input.phone);
    columns.person_name("first_name", input.first_name);
    columns.person_name("last_name", input.last_name);
    columns.email(input.email);
    columns.state(input.state);
    columns.value("status", input.status, CustomerStatus::ALL);
    columns.tags(input.tags);
    columns.attributes(input.attributes);
    columns.into_row()
}

impl Validate for NewCustomer {
    type Input = CustomerInput;

    fn validate(mut input: CustomerInput, errors: &mut FieldErrors) -> Option<Self> {
        // An absent phone is as wrong as an empty one.
        input.phone.get_or_insert_default();
        Some(Self(columns(input, errors)))
    }
}

impl Validate for CustomerChanges {
    type Input = CustomerInput;

    fn validate(input: CustomerInput, errors: &mut FieldErrors) -> Option<Self> {
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
