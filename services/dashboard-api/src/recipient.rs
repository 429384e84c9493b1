//! Whose values a text is shown with.

use domain::MergeFields;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A customer, as far as texts can say something of them. What is not known is absent.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Recipient {
    pub(crate) phone: String,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    state: Option<String>,
    attributes: Option<Map<String, Value>>,
}

impl Recipient {
    /// The columns of `customers` that it is read from.
    pub(crate) const COLUMNS: &'static str = "phone,first_name,last_name,email,state,attributes";

    /// Somebody who does not exist, of whom everything is known that `fields` ask for: each attribute has its name for a value.
    pub(crate) fn sample(fields: &[String]) -> Self {
        let text = |value: &str| Some(value.to_owned());
        Self {
            // For fiction: nobody can have it.
            phone: "+14155550100".to_owned(),
            first_name: text("Alex"),
            last_name: text("Morgan"),
            email: text("alex.morgan@example.com"),
            state: text("CA"),
            attributes: Some(
                fields
                    .iter()
                    .filter_map(|field| field.strip_prefix("attributes."))
                    .map(|name| (name.to_owned(), name.into()))
                    .collect(),
            ),
        }
    }

    pub(crate) fn merge_fields(&self) -> MergeFields<'_> {
        MergeFields {
            first_name: self.first_name.as_deref(),
            last_name: self.last_name.as_deref(),
            email: self.email.as_deref(),
            phone: Some(&self.phone),
            state: self.state.as_deref(),
            attributes: self.attributes.as_ref(),
        }
    }
}
