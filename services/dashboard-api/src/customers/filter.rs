//! Which customers are meant: the same parameters for lists, counts, exports and deletions.

use domain::{CustomerId, CustomerStatus, ProfileId, StateCode, UnknownState};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};
use web::{FieldErrors, Page, Validate};

use crate::{
    fields::{moment, not_null},
    sorting::sorting,
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
const LONGEST_SEARCH: usize = 100;

/// The parameters that say which customers, as they come, and what else a request takes.
macro_rules! query_input {
    ($(#[$doc:meta])* $name:ident { $($(#[$more:meta])* $extra:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default, Deserialize, IntoParams)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            /// Any part of a name, an e-mail address or a phone number; several words are all meant.
            #[param(max_length = 100, example = "ann")]
            search: Option<String>,
            /// Codes or names of states; several with commas or repeated. `none`: without a state.
            #[serde(default)]
            #[param(example = json!(["CA"]))]
            state: Vec<String>,
            /// `active`, `inactive`.
            #[serde(default)]
            #[param(example = json!(["active"]))]
            status: Vec<String>,
            /// At least one of these tags.
            #[serde(default)]
            #[param(example = json!(["vip"]))]
            tag: Vec<String>,
            /// `name:value`; all of them.
            #[serde(default)]
            #[param(example = json!(["plan:gold"]))]
            attribute: Vec<String>,
            /// A time, or the beginning of a day (UTC).
            #[param(example = "2026-11-01")]
            created_from: Option<String>,
            /// A time, or the beginning of a day (UTC); before it.
            #[param(example = "2026-12-01")]
            created_to: Option<String>,
            /// Ids of customers; several with commas or repeated.
            #[serde(default)]
            ids: Vec<String>,
            /// For admins: one account's.
            user_id: Option<String>,
            $($(#[$more])* $extra: Option<$kind>,)*
        }

        impl $name {
            fn wanted(&mut self, errors: &mut FieldErrors) -> Wanted {
                Wanted {
                    search: self.search.take(),
                    states: std::mem::take(&mut self.state),
                    status: std::mem::take(&mut self.status),
                    tags: std::mem::take(&mut self.tag),
                    attributes: attributes(&self.attribute, errors),
                    created_from: self.created_from.take(),
                    created_to: self.created_to.take(),
                    ids: std::mem::take(&mut self.ids),
                    user_id: self.user_id.take(),
                }
            }
        }
    };
}

query_input! {
    /// What counts and exports take.
    FilterInput {}
}
query_input! {
    /// What lists take.
    ListInput {
        /// From 1.
        #[param(minimum = 1, default = 1)]
        page: usize,
        /// Rows on a page.
        #[param(minimum = 1, maximum = 200, default = 50)]
        per_page: usize,
        /// A column's name, with `-` in front for the largest first.
        #[param(default = "-created_at")]
        sort: String,
    }
}
query_input! {
    /// What deletions take. Both are texts here: an empty one would else be taken for none.
    DeletionInput {
        /// Everybody.
        #[param(value_type = Option<bool>)]
        all: String,
        /// Only counts.
        #[param(value_type = Option<bool>)]
        dry_run: String,
    }
}

/// What deletions take as a body: for more ids than an address can hold. What is null or empty is refused.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct DeletionBody {
    #[serde(default, deserialize_with = "not_null")]
    /// As in lists.
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "ann")]
    search: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, example = json!(["CA"]))]
    states: Option<Vec<String>>,
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, example = json!(["active"]))]
    status: Option<Vec<String>>,
    #[serde(default, deserialize_with = "not_null")]
    /// At least one of these.
    #[schema(nullable = false, example = json!(["vip"]))]
    tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "not_null")]
    /// All of these.
    #[schema(nullable = false, value_type = Option<BTreeMap<String, Value>>, example = json!({ "plan": "gold" }))]
    attributes: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, example = "2026-11-01")]
    created_from: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, example = "2026-12-01")]
    created_to: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, value_type = Option<Vec<CustomerId>>, max_items = 10_000)]
    ids: Option<Vec<String>>,
    #[serde(default, deserialize_with = "not_null")]
    /// For admins: whose customers; otherwise the caller's own.
    #[schema(nullable = false, value_type = Option<ProfileId>)]
    user_id: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    /// Everybody.
    #[schema(nullable = false, example = false)]
    all: Option<bool>,
    #[serde(default, deserialize_with = "not_null")]
    /// Only counts.
    #[schema(nullable = false)]
    dry_run: Option<bool>,
}

/// Which customers are wanted, however that was said.
struct Wanted {
    search: Option<String>,
    states: Vec<String>,
    status: Vec<String>,
    tags: Vec<String>,
    attributes: Map<String, Value>,
    created_from: Option<String>,
    created_to: Option<String>,
    ids: Vec<String>,
    user_id: Option<String>,
}

impl Wanted {
    /// A blank value is no filter in a list; a deletion must not read it as "everybody".
    fn refuse_blanks(&self, names: Names, errors: &mut FieldErrors) {
        let blank = |text: &String| text.trim().is_empty();
        let lists = [
            (names.states, &self.states),
            ("status", &self.status),
            (names.tags, &self.tags),
            ("ids", &self.ids),
        ];
        let any_blank = |text: &String| text.split(',').any(|one| one.trim().is_empty());
        let lists = lists.map(|(name, values)| (name, values.iter().any(any_blank)));
        let texts = [
            ("search", &self.search),
            ("created_from", &self.created_from),
            ("created_to", &self.created_to),
        ];
        let texts = texts.map(|(name, text)| (name, text.as_ref().is_some_and(blank)));
        for (name, is_blank) in lists.into_iter().chain(texts) {
            if is_blank {
                errors.add(name, "empty", "Name what is meant, or leave it out.");
            }
        }
    }
}

/// What the lists are called.
#[derive(Clone, Copy)]
struct Names {
    states: &'static str,
    tags: &'static str,
}

const OF_QUERY: Names = Names {
    states: "state",
    tags: "tag",
};
const OF_BODY: Names = Names {
    states: "states",
    tags: "tags",
};

/// A filter as the database's functions take it.
#[derive(Debug, Clone, Default)]
pub(crate) struct CustomerFilter(pub(crate) Value);

impl Validate for CustomerFilter {
    type Input = FilterInput;

    fn validate(mut input: FilterInput, errors: &mut FieldErrors) -> Option<Self> {
        let wanted = input.wanted(errors);
        Some(filter(wanted, OF_QUERY, errors))
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
        let wanted = input.wanted(errors);
        let newest_first = ("created_at", rows_as_user::Direction::Descending);
        let (column, direction) = sorting(input.sort.as_deref(), &SORTABLE, newest_first, errors);
        let minus = match direction {
            rows_as_user::Direction::Ascending => "",
            rows_as_user::Direction::Descending => "-",
        };
        Some(Self {
            page: Page::read(input.page, input.per_page, errors),
            filter: filter(wanted, OF_QUERY, errors),
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
        names: Names,
        (all, dry_run): (Option<bool>, Option<bool>),
        errors: &mut FieldErrors,
    ) -> Self {
        wanted.refuse_blanks(names, errors);
        let mut filter = filter(wanted, names, errors);
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
        let wanted = input.wanted(errors);
        let mut flag = |field: &'static str, text: Option<String>| {
            let text = text?;
            let flag = text.parse();
            if flag.is_err() {
                errors.add(field, "invalid_value", "true or false.");
            }
            flag.ok()
        };
        let flags = (flag("all", input.all), flag("dry_run", input.dry_run));
        Some(Self::new(wanted, OF_QUERY, flags, errors))
    }
}

/// Which customers to delete, said in a body.
#[derive(Debug)]
pub(crate) struct ListedDeletion(pub(crate) Deletion);

impl Validate for ListedDeletion {
    type Input = DeletionBody;

    fn validate(input: DeletionBody, errors: &mut FieldErrors) -> Option<Self> {
        // An empty list is refused like one with a blank in it.
        let named = |list: Option<Vec<String>>| match list {
            Some(list) if list.is_empty() => vec![String::new()],
            list => list.unwrap_or_default(),
        };
        if let Some(attributes) = &input.attributes {
            let usable = |(name, value): (&String, &Value)| {
                !name.trim().is_empty()
                    && (value.is_string() || value.is_number() || value.is_boolean())
            };
            if attributes.is_empty() || !attributes.iter().all(usable) {
                let detail = "Names with texts, numbers, true or false.";
                errors.add("attributes", "attribute_invalid", detail);
            }
        }
        let wanted = Wanted {
            search: input.search,
            states: named(input.states),
            status: named(input.status),
            tags: named(input.tags),
            attributes: input.attributes.unwrap_or_default(),
            created_from: input.created_from,
            created_to: input.created_to,
            ids: named(input.ids),
            user_id: input.user_id,
        };
        let flags = (input.all, input.dry_run);
        Some(Self(Deletion::new(wanted, OF_BODY, flags, errors)))
    }
}

fn filter(wanted: Wanted, names: Names, errors: &mut FieldErrors) -> CustomerFilter {
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
    let of_state = |text: &str| Some(StateCode::parse(text).ok()?.as_str().to_owned());
    let wrong = (
        names.states,
        UnknownState.code(),
        "A state's or province's code or name.",
    );
    put("states", each(&wanted.states, wrong, errors, of_state));
    let of_status = |text: &str| Some(text.parse::<CustomerStatus>().ok()?.to_string());
    let wrong = ("status", "unknown_value", "One of: active, inactive.");
    put("status", each(&wanted.status, wrong, errors, of_status));
    let wrong = (names.tags, "unknown_value", "A tag.");
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

/// `?attribute=plan:gold`.
fn attributes(pairs: &[String], errors: &mut FieldErrors) -> Map<String, Value> {
    let mut attributes = Map::new();
    for text in pairs {
        match text.split_once(':') {
            Some((name, value)) if !name.trim().is_empty() => {
                attributes.insert(name.trim().to_owned(), json!(value.trim()));
            }
            _ => errors.add(
                "attribute",
                "not_a_pair",
                "A name and a value, as plan:gold.",
            ),
        }
    }
    attributes
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
