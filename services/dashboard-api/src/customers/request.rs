use domain::{CustomerStatus, UsState};
use rows_as_user::{Direction, Filter, Selection};
use serde::Deserialize;
use serde_json::{Map, Value};
use web::{FieldErrors, Validate};

use crate::{
    fields::{Change, Columns, moment, present},
    paging::{Page, sorting},
};

const SORTABLE: [&str; 8] = [
    "created_at",
    "updated_at",
    "first_name",
    "last_name",
    "email",
    "phone",
    "state",
    "status",
];
const NEWEST_FIRST: (&str, Direction) = ("created_at", Direction::Descending);
const LONGEST_SEARCH: usize = 100;
const MOST_WORDS: usize = 5;
const LONGEST_NAME: usize = 200;

/// Columns of a new customer. The owner is set by the database.
#[derive(Debug)]
pub(crate) struct NewCustomer(pub(crate) Map<String, Value>);

/// Columns of a customer that change.
#[derive(Debug)]
pub(crate) struct CustomerChanges(pub(crate) Map<String, Value>);

#[derive(Debug, Deserialize)]
pub(crate) struct CustomerInput {
    #[serde(default, deserialize_with = "present")]
    phone: Change<String>,
    #[serde(default, deserialize_with = "present")]
    first_name: Change<String>,
    #[serde(default, deserialize_with = "present")]
    last_name: Change<String>,
    #[serde(default, deserialize_with = "present")]
    email: Change<String>,
    #[serde(default, deserialize_with = "present")]
    state: Change<String>,
    #[serde(default, deserialize_with = "present")]
    status: Change<String>,
}

fn columns(input: CustomerInput, errors: &mut FieldErrors) -> Map<String, Value> {
    let mut columns = Columns::new(errors);
    columns.phone(input.phone);
    columns.text("first_name", input.first_name, LONGEST_NAME);
    columns.text("last_name", input.last_name, LONGEST_NAME);
    columns.email(input.email);
    columns.state(input.state);
    columns.value("status", input.status, CustomerStatus::ALL);
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

/// Which customers to list.
#[derive(Debug)]
pub(crate) struct CustomerList {
    pub(crate) page: Page,
    filters: Vec<Filter>,
    order: (&'static str, Direction),
}

#[derive(Debug, Deserialize)]
pub(crate) struct CustomerListInput {
    page: Option<usize>,
    per_page: Option<usize>,
    search: Option<String>,
    #[serde(default)]
    state: Vec<String>,
    #[serde(default)]
    status: Vec<String>,
    created_from: Option<String>,
    created_to: Option<String>,
    sort: Option<String>,
}

impl CustomerList {
    pub(crate) fn selection(&self, table: &'static str, columns: &'static str) -> Selection {
        let (column, direction) = self.order;
        self.filters
            .iter()
            .cloned()
            .fold(Selection::new(table, columns), Selection::filter)
            .order(column, direction)
            .page(self.page.offset(), self.page.per_page)
    }
}

impl Validate for CustomerList {
    type Input = CustomerListInput;

    fn validate(input: CustomerListInput, errors: &mut FieldErrors) -> Option<Self> {
        let page = Page::read(input.page, input.per_page, errors);
        let mut filters = Vec::new();
        let states: Vec<_> = listed(&input.state)
            .filter_map(|text| {
                UsState::parse(text)
                    .map(|state| state.as_str().to_owned())
                    .map_err(|_| errors.add("state", "state_unknown", "A US state's code or name."))
                    .ok()
            })
            .collect();
        let statuses: Vec<_> = listed(&input.status)
            .filter_map(|text| {
                text.parse::<CustomerStatus>()
                    .map(|status| status.to_string())
                    .map_err(|_| errors.add("status", "unknown_value", "One of: active, inactive."))
                    .ok()
            })
            .collect();
        filters.extend(one_of("state", states));
        filters.extend(one_of("status", statuses));
        let from = moment("created_from", input.created_from.as_deref(), errors);
        let to = moment("created_to", input.created_to.as_deref(), errors);
        filters.extend(from.map(|from| Filter::AtLeast("created_at", from)));
        filters.extend(to.map(|to| Filter::Below("created_at", to)));
        filters.extend(search(input.search.as_deref().unwrap_or_default(), errors));
        let order = sorting(input.sort.as_deref(), &SORTABLE, NEWEST_FIRST, errors);
        Some(Self {
            page,
            filters,
            order,
        })
    }
}

/// `?state=CA&state=NY` and `?state=CA,NY` alike.
fn listed(values: &[String]) -> impl Iterator<Item = &str> {
    values
        .iter()
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|value| !value.is_empty())
}

fn one_of(column: &'static str, mut values: Vec<String>) -> Option<Filter> {
    match values.len() {
        0 => None,
        1 => values.pop().map(|value| Filter::Equal(column, value)),
        _ => Some(Filter::OneOf(column, values)),
    }
}

/// Every word must be found in a name, the e-mail address or the phone number; what looks like a
/// phone number is one word, however it is written.
fn search(text: &str, errors: &mut FieldErrors) -> Vec<Filter> {
    let text = text.trim();
    if text.chars().count() > LONGEST_SEARCH || text.contains('\0') {
        errors.add(
            "search",
            "too_long",
            format!("At most {LONGEST_SEARCH} characters."),
        );
        return Vec::new();
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_phone = digits.len() >= 3
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || "+-(). ".contains(c));
    if is_phone {
        return vec![Filter::AnyContains(vec![("phone", digits)])];
    }
    text.split_whitespace()
        .take(MOST_WORDS)
        .map(|word| {
            let columns = ["first_name", "last_name", "email", "phone"];
            Filter::AnyContains(columns.map(|column| (column, word.to_owned())).into())
        })
        .collect()
}
