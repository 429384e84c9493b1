//! What is wrong with the fields of a request, all of them at once, in words for people.
//!
//! serde stops at the first value that does not fit, and names it in its own words. So what it could not read is put
//! aside, and the rest is read again, until nothing more is found.

use std::collections::HashSet;

use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor, value};
use serde_json::{Map, Value};

use crate::{api_error::FieldErrors, validate::Validate};

/// More would not be read.
const MOST_ERRORS: usize = 50;
/// A name that nobody knows is repeated up to here.
const LONGEST_NAME: usize = 64;
/// From this likeness on (Jaro-Winkler) a name is taken for another one that is misspelt.
const ALIKE: f64 = 0.85;
/// Names by which other services call what is called otherwise here, without case and underscores.
const ELSEWHERE: [(&str, &str); 9] = [
    ("limit", "per_page"),
    ("pagesize", "per_page"),
    ("size", "per_page"),
    ("offset", "page"),
    ("q", "search"),
    ("query", "search"),
    ("order", "sort"),
    ("orderby", "sort"),
    ("mobile", "phone"),
];

/// The fields of a body or a query.
pub(crate) trait Fields {
    /// The code of a name that is not known.
    const UNKNOWN: &'static str;
    /// What a name names.
    const WHAT: &'static str;

    fn names(&self) -> Vec<String>;
    fn remove(&mut self, name: &str);
    /// Sets a text, so that the others can be read.
    fn fill(&mut self, name: &str);
    /// All of them as a request, or where and why not: serde's path, serde's words.
    fn read<T: DeserializeOwned>(&self) -> Result<T, (String, String)>;
}

impl Fields for Map<String, Value> {
    const UNKNOWN: &'static str = "field_unknown";
    const WHAT: &'static str = "field";

    fn names(&self) -> Vec<String> {
        self.keys().cloned().collect()
    }

    fn remove(&mut self, name: &str) {
        Map::remove(self, name);
    }

    fn fill(&mut self, name: &str) {
        self.insert(name.to_owned(), Value::from(""));
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, (String, String)> {
        serde_path_to_error::deserialize(Value::Object(self.clone()))
            .map_err(|error| (error.path().to_string(), error.inner().to_string()))
    }
}

impl Fields for Vec<(String, String)> {
    const UNKNOWN: &'static str = "parameter_unknown";
    const WHAT: &'static str = "parameter";

    fn names(&self) -> Vec<String> {
        self.iter().map(|(name, _)| name.clone()).collect()
    }

    fn remove(&mut self, name: &str) {
        self.retain(|(other, _)| other != name);
    }

    fn fill(&mut self, name: &str) {
        self.push((name.to_owned(), String::new()));
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, (String, String)> {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self)
            .finish();
        let form = serde_html_form::Deserializer::from_bytes(query.as_bytes());
        serde_path_to_error::deserialize(form)
            .map_err(|error| (error.path().to_string(), error.inner().to_string()))
    }
}

/// Names among `names` that `T` does not have. Nothing is unknown to what takes any name.
pub(crate) fn unknown<T: DeserializeOwned>(names: &[String]) -> Vec<&str> {
    let Some(known) = field_names::<T>() else {
        return Vec::new();
    };
    let names = names.iter().map(String::as_str);
    names.filter(|name| !known.contains(name)).collect()
}

/// Everything that is wrong with `fields`; of what can't be read `first` is said if nothing else is found.
pub(crate) fn all<T: Validate, F: Fields>(
    mut fields: F,
    first: Option<(String, String)>,
) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let known = field_names::<T::Input>().unwrap_or_default();
    for name in unknown::<T::Input>(&fields.names()) {
        add_unknown::<F>(&mut errors, name, name, known);
        fields.remove(name);
    }
    let mut filled = HashSet::new();
    let input = loop {
        let (path, words) = match fields.read::<T::Input>() {
            Ok(input) => break Some(input),
            Err(misfit) => misfit,
        };
        let field = add::<F>(&mut errors, &path, &words);
        if field.is_empty() || errors.len() >= MOST_ERRORS || filled.contains(&field) {
            break None;
        }
        fields.remove(&field);
        if words.starts_with("missing field") {
            fields.fill(&field);
            filled.insert(field);
        }
    };
    if let Some(input) = input {
        let mut found = FieldErrors::default();
        let _ = T::validate(input, &mut found);
        // What is said of the whole may hold only because fields were put aside.
        errors.append_new(found);
    }
    if let (true, Some((path, words))) = (errors.is_empty(), first) {
        add::<F>(&mut errors, &path, &words);
    }
    errors
}

/// Adds one error, unless the field has one, and returns the outermost field that it is about.
fn add<F: Fields>(errors: &mut FieldErrors, path: &str, words: &str) -> String {
    let path = if path == "." { "" } else { path };
    let named = quoted(words);
    let inner = ["missing field", "unknown field", "duplicate field"]
        .iter()
        .any(|start| words.starts_with(start));
    let field = match named.first() {
        Some(name) if inner && path.is_empty() => (*name).to_owned(),
        Some(name) if inner && path != *name && !path.ends_with(&format!(".{name}")) => {
            format!("{path}.{name}")
        }
        _ => path.to_owned(),
    };
    let outermost = field
        .split(['.', '['])
        .next()
        .unwrap_or_default()
        .to_owned();
    if errors.concerns(&outermost) {
        return outermost;
    }
    if let Some((name, known)) = named
        .split_first()
        .filter(|_| words.starts_with("unknown field"))
    {
        add_unknown::<F>(errors, &field, name, known);
    } else {
        let (code, detail) = in_plain_words(words, &named);
        errors.add(field, code, detail);
    }
    outermost
}

fn add_unknown<F: Fields>(errors: &mut FieldErrors, field: &str, name: &str, known: &[&str]) {
    if errors.len() >= MOST_ERRORS {
        return;
    }
    let short: String = name.chars().take(LONGEST_NAME).collect();
    let what = F::WHAT;
    let detail = match meant(name, known) {
        Some(other) => format!("There is no {what} {short}. Did you mean {other}?"),
        None if known.is_empty() => format!("There is no {what} {short}."),
        None => format!(
            "There is no {what} {short}. Known are: {}.",
            known.join(", ")
        ),
    };
    let field: String = field.chars().take(2 * LONGEST_NAME).collect();
    errors.add(field, F::UNKNOWN, detail);
}

/// Which of the known names is meant by one that is not.
fn meant<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let plain = |name: &str| -> String {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|c| c.to_ascii_lowercase()).collect()
    };
    let name = plain(&name.chars().take(LONGEST_NAME).collect::<String>());
    let find = |wanted: &str| known.iter().copied().find(|one| plain(one) == wanted);
    find(&name)
        .or_else(|| {
            let (_, ours) = ELSEWHERE.iter().find(|(theirs, _)| *theirs == name)?;
            known.iter().copied().find(|one| one == ours)
        })
        .or_else(|| {
            let likeness = |one: &&str| strsim::jaro_winkler(&plain(one), &name);
            let alike = known.iter().copied().filter(|one| likeness(one) >= ALIKE);
            alike.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        })
}

/// The words between backticks.
fn quoted(words: &str) -> Vec<&str> {
    words.split('`').skip(1).step_by(2).collect()
}

/// A code, and what would fit, of what serde or a parser has said.
fn in_plain_words(words: &str, named: &[&str]) -> (&'static str, String) {
    if words.starts_with("missing field") {
        return ("required", "This field is needed.".to_owned());
    }
    if words.starts_with("duplicate field") {
        return ("invalid_value", "This field is there twice.".to_owned());
    }
    if words.starts_with("unknown variant") {
        let allowed = named.get(1..).unwrap_or_default().join(", ");
        return ("unknown_value", format!("One of: {allowed}."));
    }
    let is_serdes = words.starts_with("invalid ") && words.contains("expected ");
    let wanted = words.rsplit("expected ").next().unwrap_or(words);
    let begins = |starts: &[&str]| starts.iter().any(|start| wanted.starts_with(start));
    let kind = if wanted.contains("UUID") {
        "An id, which is a UUID."
    } else if begins(&["\"true\"", "a boolean"]) {
        "true or false."
    } else if begins(&[
        "u",
        "i8",
        "i16",
        "i32",
        "i64",
        "isize",
        "invalid digit",
        "invalid number",
        "number too",
    ]) || begins(&["cannot parse integer"])
    {
        "A whole number."
    } else if begins(&["f32", "f64", "invalid float", "cannot parse float"]) {
        "A number."
    } else if wanted.contains("RFC 3339")
        || begins(&[
            "premature end",
            "input ",
            "trailing input",
            "no possible date",
        ])
    {
        "A time as 2026-11-23T09:00:00Z."
    } else if begins(&["a string", "a borrowed string"]) {
        "A text."
    } else if begins(&["a sequence"]) {
        "A list."
    } else if begins(&["a map", "struct "]) {
        "An object."
    } else if is_serdes || words.contains(" at line ") {
        "This does not fit the field."
    } else {
        // What a type of ours has said.
        words
    };
    ("invalid_value", kind.to_owned())
}

/// The names of a struct's fields; `None` for what is no struct.
fn field_names<T: DeserializeOwned>() -> Option<&'static [&'static str]> {
    let mut names = None;
    // It never gives a value, so this always fails.
    let _ = T::deserialize(FieldNames(&mut names));
    names
}

struct FieldNames<'a>(&'a mut Option<&'static [&'static str]>);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(value::Error::custom("only names are asked for"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = Some(fields);
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        #[serde(default)]
        states: Vec<String>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Input {
        first_name: String,
        per_page: Option<u8>,
        at: Option<uuid::Uuid>,
        inner: Option<Inner>,
        flag: Option<bool>,
    }

    struct Checked;

    impl Validate for Checked {
        type Input = Input;

        fn validate(input: Input, errors: &mut FieldErrors) -> Option<Self> {
            if input.first_name.is_empty() {
                errors.add("first_name", "empty", "A name is needed.");
            }
            if input.flag == Some(false) {
                errors.add("flag", "not_false", "Never false.");
            }
            Some(Self)
        }
    }

    fn of_json(json: Value) -> Vec<(String, String, String)> {
        let Value::Object(fields) = json else {
            return Vec::new();
        };
        told(all::<Checked, _>(fields, None))
    }

    fn told(errors: FieldErrors) -> Vec<(String, String, String)> {
        let tell = |error: crate::FieldError| {
            (
                error.field.into_owned(),
                error.code.into_owned(),
                error.detail.into_owned(),
            )
        };
        errors.into_iter().map(tell).collect()
    }

    fn error(field: &str, code: &str, detail: &str) -> (String, String, String) {
        (field.to_owned(), code.to_owned(), detail.to_owned())
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let errors = of_json(serde_json::json!({
            "firstName": "Ann", "limit": 5, "per_page": 999, "at": "x", "inner": { "state": "CA" }, "flag": false,
        }));
        for expected in [
            error(
                "firstName",
                "field_unknown",
                "There is no field firstName. Did you mean first_name?",
            ),
            error(
                "limit",
                "field_unknown",
                "There is no field limit. Did you mean per_page?",
            ),
            error("per_page", "invalid_value", "A whole number."),
            error("at", "invalid_value", "An id, which is a UUID."),
            error(
                "inner.state",
                "field_unknown",
                "There is no field state. Did you mean states?",
            ),
            error("first_name", "required", "This field is needed."),
            error("flag", "not_false", "Never false."),
        ] {
            assert!(errors.contains(&expected), "{expected:?} in {errors:#?}");
        }
        assert_eq!(errors.len(), 7, "{errors:#?}");
    }

    #[test]
    fn a_query_is_read_the_same_way() {
        let fields = [
            ("first_name", "Ann"),
            ("xyz", "1"),
            ("flag", "maybe"),
            ("per_page", "many"),
        ];
        let fields: Vec<_> = fields.map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        let known = "There is no parameter xyz. Known are: first_name, per_page, at, inner, flag.";
        let errors = told(all::<Checked, _>(fields, None));
        assert_eq!(
            errors,
            [
                error("xyz", "parameter_unknown", known),
                error("flag", "invalid_value", "true or false."),
                error("per_page", "invalid_value", "A whole number."),
            ]
        );
    }

    #[test]
    fn what_takes_any_name_knows_all_of_them() {
        assert!(unknown::<Map<String, Value>>(&["x".to_owned()]).is_empty());
        assert_eq!(
            unknown::<Input>(&["x".to_owned(), "flag".to_owned()]),
            ["x"]
        );
    }
}
