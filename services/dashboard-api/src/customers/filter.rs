//! Which customers are meant: the same parameters for lists, counts, exports and deletions.

use domain::{CustomerId, CustomerStatus, ProfileId, StateCode, UnknownState};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use web::{FieldErrors, Page, Validate};

use crate::{fields::moment, sorting::sorting};

/// Every parameter that says which customers, and how they are shown.
pub(crate) const PARAMETERS: [&str; 14] = [
    "search",
    "state",
    "status",
    "tag",
    "attribute",
    "created_from",
    "created_to",
    "ids",
    "user_id",
    "page",
    "per_page",
    "sort",
    "all",
    "dry_run",
];
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
const LONGEST_SEARCH: usize = 100;

/// The parameters as they come.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct QueryInput {
    search: Option<String>,
    #[serde(default)]
    state: Vec<String>,
    #[serde(default)]
    status: Vec<String>,
    #[serde(default)]
    tag: Vec<String>,
    #[serde(default)]
    attribute: Vec<String>,
    created_from: Option<String>,
    created_to: Option<String>,
    #[serde(default)]
    ids: Vec<String>,
    user_id: Option<String>,
    page: Option<usize>,
    per_page: Option<usize>,
    sort: Option<String>,
    all: Option<bool>,
    dry_run: Option<bool>,
}

/// A filter as the database's functions take it.
#[derive(Debug, Clone, Default)]
pub(crate) struct CustomerFilter(pub(crate) Value);

impl Validate for CustomerFilter {
    type Input = QueryInput;

    fn validate(input: QueryInput, errors: &mut FieldErrors) -> Option<Self> {
        Some(filter(&input, errors))
    }
}

/// Which customers to list.
#[derive(Debug)]
pub(crate) struct CustomerList {
    pub(crate) page: Page,
    pub(crate) filter: CustomerFilter,
    /// A column's name, `-` in front for the largest first.
    pub(crate) sort: String,
}

impl Validate for CustomerList {
    type Input = QueryInput;

    fn validate(input: QueryInput, errors: &mut FieldErrors) -> Option<Self> {
        let newest_first = ("created_at", rows_as_user::Direction::Descending);
        let (column, direction) = sorting(input.sort.as_deref(), &SORTABLE, newest_first, errors);
        let minus = match direction {
            rows_as_user::Direction::Ascending => "",
            rows_as_user::Direction::Descending => "-",
        };
        Some(Self {
            page: Page::read(input.page, input.per_page, errors),
            filter: filter(&input, errors),
            sort: format!("{minus}{column}"),
        })
    }
}

/// Which customers to delete.
#[derive(Debug)]
pub(crate) struct Deletion {
    pub(crate) filter: CustomerFilter,
    pub(crate) dry_run: bool,
}

impl Validate for Deletion {
    type Input = QueryInput;

    fn validate(input: QueryInput, errors: &mut FieldErrors) -> Option<Self> {
        let mut filter = filter(&input, errors);
        if let (Some(all), Value::Object(map)) = (input.all, &mut filter.0) {
            map.insert("all".to_owned(), json!(all));
        }
        Some(Self {
            filter,
            dry_run: input.dry_run.unwrap_or_default(),
        })
    }
}

fn filter(input: &QueryInput, errors: &mut FieldErrors) -> CustomerFilter {
    let mut filter = Map::new();
    let search = input.search.as_deref().unwrap_or_default().trim();
    if search.chars().count() > LONGEST_SEARCH || search.contains('\0') {
        let detail = format!("At most {LONGEST_SEARCH} characters.");
        errors.add("search", "too_long", detail);
    } else if !search.is_empty() {
        filter.insert("search".to_owned(), json!(search));
    }
    let mut put = |key: &str, values: Vec<String>| {
        if !values.is_empty() {
            filter.insert(key.to_owned(), json!(values));
        }
    };
    let of_state = |text: &str| Some(StateCode::parse(text).ok()?.as_str().to_owned());
    let wrong = (
        "state",
        UnknownState.code(),
        "A state's or province's code or name.",
    );
    put("states", each(&input.state, wrong, errors, of_state));
    let of_status = |text: &str| Some(text.parse::<CustomerStatus>().ok()?.to_string());
    let wrong = ("status", "unknown_value", "One of: active, inactive.");
    put("status", each(&input.status, wrong, errors, of_status));
    let wrong = ("tag", "unknown_value", "A tag.");
    let of_tag = |text: &str| Some(text.to_owned());
    put("tags", each(&input.tag, wrong, errors, of_tag));
    let wrong = ("ids", "not_an_id", "Customers' ids, which are UUIDs.");
    let of_id = |text: &str| Some(text.parse::<CustomerId>().ok()?.to_string());
    put("ids", each(&input.ids, wrong, errors, of_id));
    let mut attributes = Map::new();
    for text in &input.attribute {
        match text.split_once(':') {
            Some((name, value)) => {
                attributes.insert(name.trim().to_owned(), json!(value.trim()));
            }
            None => errors.add(
                "attribute",
                "not_a_pair",
                "A name and a value, as plan:gold.",
            ),
        }
    }
    if !attributes.is_empty() {
        filter.insert("attributes".to_owned(), Value::Object(attributes));
    }
    let from = moment("created_from", input.created_from.as_deref(), errors);
    let to = moment("created_to", input.created_to.as_deref(), errors);
    for (key, moment) in [("created_from", from), ("created_to", to)] {
        if let Some(moment) = moment {
            filter.insert(key.to_owned(), json!(moment));
        }
    }
    if let Some(owner) = &input.user_id {
        match owner.parse::<ProfileId>() {
            Ok(owner) => {
                filter.insert("user_id".to_owned(), json!(owner));
            }
            Err(_) => errors.add("user_id", "not_an_id", "A profile's id, which is a UUID."),
        }
    }
    CustomerFilter(Value::Object(filter))
}

/// `?state=CA&state=NY` and `?state=CA,NY` alike. What cannot be read is an error, told once.
fn each(
    values: &[String],
    (field, code, detail): (&'static str, &'static str, &'static str),
    errors: &mut FieldErrors,
    read: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let texts = values.iter().flat_map(|value| value.split(','));
    let texts = texts.map(str::trim).filter(|text| !text.is_empty());
    if let Some(read) = texts.map(read).collect() {
        return read;
    }
    errors.add(field, code, detail);
    Vec::new()
}

/// A filter as the database's functions take it, which also check it.
#[derive(Debug)]
pub(crate) struct AnyFilter(pub(crate) Map<String, Value>);

impl Validate for AnyFilter {
    type Input = Map<String, Value>;

    fn validate(input: Map<String, Value>, _: &mut FieldErrors) -> Option<Self> {
        Some(Self(input))
    }
}
