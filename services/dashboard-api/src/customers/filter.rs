//! Filters of customers, as the database takes them: the same for lists, counts, exports and deletions.

use domain::{CustomerId, CustomerStatus, ProfileId, StateCode, UnknownState};
use serde_json::{Map, Value, json};
use web::{FieldErrors, Page, Validate};

use super::wanted::{DeletionBody, DeletionInput, FilterInput, ListInput, Wanted};
use crate::{fields::moment, sorting::sorting};

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

/// A filter as the database's functions take it.
#[derive(Debug, Clone, Default)]
pub(crate) struct CustomerFilter(pub(crate) Value);

impl Validate for CustomerFilter {
    type Input = FilterInput;

    fn validate(input: FilterInput, errors: &mut FieldErrors) -> Option<Self> {
        let wanted = Wanted::in_query(input, errors);
        Some(filter(wanted, errors))
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
    type Input = ListInput;

    fn validate(mut input: ListInput, errors: &mut FieldErrors) -> Option<Self> {
        let wanted = Wanted::in_query(input.common(), errors);
        let newest_first = ("created_at", rows_as_user::Direction::Descending);
        let (column, direction) = sorting(input.sort.as_deref(), &SORTABLE, newest_first, errors);
        let minus = match direction {
            rows_as_user::Direction::Ascending => "",
            rows_as_user::Direction::Descending => "-",
        };
        Some(Self {
            page: Page::read(input.page, input.per_page, errors),
            filter: filter(wanted, errors),
            sort: format!("{minus}{column}"),
        })
    }
}

/// Which customers to delete, said in the query.
#[derive(Debug)]
pub(crate) struct Deletion {
    pub(crate) filter: CustomerFilter,
    pub(crate) dry_run: bool,
}

impl Deletion {
    fn new(
        wanted: Wanted,
        (all, dry_run): (Option<bool>, Option<bool>),
        errors: &mut FieldErrors,
    ) -> Self {
        wanted.refuse_blanks(errors);
        let mut filter = filter(wanted, errors);
        if let (Some(all), Value::Object(map)) = (all, &mut filter.0) {
            map.insert("all".to_owned(), json!(all));
        }
        Self {
            filter,
            dry_run: dry_run.unwrap_or_default(),
        }
    }
}

impl Validate for Deletion {
    type Input = DeletionInput;

    fn validate(mut input: DeletionInput, errors: &mut FieldErrors) -> Option<Self> {
        let wanted = Wanted::in_query(input.common(), errors);
        let mut flag = |field: &'static str, text: Option<String>| {
            let text = text?;
            let flag = text.parse();
            if flag.is_err() {
                errors.add(field, "invalid_value", "true or false.");
            }
            flag.ok()
        };
        let flags = (flag("all", input.all), flag("dry_run", input.dry_run));
        Some(Self::new(wanted, flags, errors))
    }
}

/// Which customers to delete, said in a body.
#[derive(Debug)]
pub(crate) struct ListedDeletion(pub(crate) Deletion);

impl Validate for ListedDeletion {
    type Input = DeletionBody;

    fn validate(input: DeletionBody, errors: &mut FieldErrors) -> Option<Self> {
        let flags = (input.all, input.dry_run);
        let wanted = Wanted::in_body(input, errors);
        Some(Self(Deletion::new(wanted, flags, errors)))
    }
}

fn filter(wanted: Wanted, errors: &mut FieldErrors) -> CustomerFilter {
    let mut filter = Map::new();
    let search = wanted.search.as_deref().unwrap_or_default().trim();
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
    let of_state = |text: &str| match text {
        "none" => Some(text.to_owned()),
        _ => Some(StateCode::parse(text).ok()?.as_str().to_owned()),
    };
    let wrong = (
        wanted.names.states,
        UnknownState.code(),
        "A state's or province's code or name, or none.",
    );
    put("states", each(&wanted.states, wrong, errors, of_state));
    let of_status = |text: &str| Some(text.parse::<CustomerStatus>().ok()?.to_string());
    let wrong = ("status", "unknown_value", "One of: active, inactive.");
    put("status", each(&wanted.status, wrong, errors, of_status));
    let wrong = (wanted.names.tags, "unknown_value", "A tag.");
    let of_tag = |text: &str| Some(text.to_owned());
    put("tags", each(&wanted.tags, wrong, errors, of_tag));
    let wrong = ("ids", "not_an_id", "Customers' ids, which are UUIDs.");
    let of_id = |text: &str| Some(text.parse::<CustomerId>().ok()?.to_string());
    put("ids", each(&wanted.ids, wrong, errors, of_id));
    if !wanted.attributes.is_empty() {
        filter.insert("attributes".to_owned(), Value::Object(wanted.attributes));
    }
    let from = moment("created_from", wanted.created_from.as_deref(), errors);
    let to = moment("created_to", wanted.created_to.as_deref(), errors);
    for (key, moment) in [("created_from", from), ("created_to", to)] {
        if let Some(moment) = moment {
            filter.insert(key.to_owned(), json!(moment));
        }
    }
    if let Some(owner) = wanted.user_id {
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
