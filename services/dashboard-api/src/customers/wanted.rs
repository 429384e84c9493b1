//! Which customers are meant, as requests say it: in a query, or in a body.

use domain::{CustomerId, ProfileId};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use web::FieldErrors;

use crate::{fields::not_null, queries::queries};

queries! {
    /// What counts and exports take.
    FilterInput {
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
    }
    /// What lists take.
    ListInput adds {
        /// From 1.
        #[param(minimum = 1, default = 1)]
        pub(super) page: Option<usize>,
        /// Rows on a page.
        #[param(minimum = 1, maximum = 200, default = 50)]
        pub(super) per_page: Option<usize>,
        /// A column's name, with `-` in front for the largest first.
        #[param(default = "-created_at")]
        pub(super) sort: Option<String>,
    }
    /// What deletions take. Both are texts here: an empty one would else be taken for none.
    DeletionInput adds {
        /// Everybody.
        #[param(value_type = Option<bool>)]
        pub(super) all: Option<String>,
        /// Only counts.
        #[param(value_type = Option<bool>)]
        pub(super) dry_run: Option<String>,
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
    pub(super) all: Option<bool>,
    #[serde(default, deserialize_with = "not_null")]
    /// Only counts.
    #[schema(nullable = false)]
    pub(super) dry_run: Option<bool>,
}

/// Which customers are wanted, however that was said.
pub(super) struct Wanted {
    pub(super) names: Names,
    pub(super) search: Option<String>,
    pub(super) states: Vec<String>,
    pub(super) status: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) attributes: Map<String, Value>,
    pub(super) created_from: Option<String>,
    pub(super) created_to: Option<String>,
    pub(super) ids: Vec<String>,
    pub(super) user_id: Option<String>,
}

impl Wanted {
    /// As a query says it.
    pub(super) fn in_query(input: FilterInput, errors: &mut FieldErrors) -> Self {
        Self {
            names: OF_QUERY,
            search: input.search,
            states: input.state,
            status: input.status,
            tags: input.tag,
            attributes: attributes(&input.attribute, errors),
            created_from: input.created_from,
            created_to: input.created_to,
            ids: input.ids,
            user_id: input.user_id,
        }
    }

    /// As a body says it.
    pub(super) fn in_body(input: DeletionBody, errors: &mut FieldErrors) -> Self {
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
        Self {
            names: OF_BODY,
            search: input.search,
            states: named(input.states),
            status: named(input.status),
            tags: named(input.tags),
            attributes: input.attributes.unwrap_or_default(),
            created_from: input.created_from,
            created_to: input.created_to,
            ids: named(input.ids),
            user_id: input.user_id,
        }
    }

    /// A blank value is no filter in a list; a deletion must not read it as "everybody".
    pub(super) fn refuse_blanks(&self, errors: &mut FieldErrors) {
        let blank = |text: &String| text.trim().is_empty();
        let lists = [
            (self.names.states, &self.states),
            ("status", &self.status),
            (self.names.tags, &self.tags),
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
pub(super) struct Names {
    pub(super) states: &'static str,
    pub(super) tags: &'static str,
}

const OF_QUERY: Names = Names {
    states: "state",
    tags: "tag",
};
const OF_BODY: Names = Names {
    states: "states",
    tags: "tags",
};

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
