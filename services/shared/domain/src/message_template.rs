//! The one definition of a message template: which merge fields and filters there are, what a
//! missing field does, how a text is checked and rendered.

use std::sync::LazyLock;

use minijinja::{Environment, Error, ErrorKind, Template, Value, context};

/// The merge fields, named after the columns of `customers`. Besides them there is
/// `attributes.name`, for each custom attribute.
pub const FIELDS: [&str; 5] = ["first_name", "last_name", "email", "phone", "state"];

/// The longest source. A rendered body is shorter still: see [`crate::MAX_BODY_CHARACTERS`].
pub const LONGEST_SOURCE: usize = 8_000;

/// Steps that one rendering may take: no loop in a template holds up a worker.
const FUEL: u64 = 10_000;
const NAME: &str = "message";
const ATTRIBUTES: &str = "attributes";

/// What is known of a recipient. Blank texts count as missing.
#[derive(Debug, Clone, Copy, Default)]
pub struct MergeFields<'a> {
    /// `{{ first_name }}`
    pub first_name: Option<&'a str>,
    /// `{{ last_name }}`
    pub last_name: Option<&'a str>,
    /// `{{ email }}`
    pub email: Option<&'a str>,
    /// `{{ phone }}`
    pub phone: Option<&'a str>,
    /// `{{ state }}`
    pub state: Option<&'a str>,
    /// `{{ attributes.plan }}`
    pub attributes: Option<&'a serde_json::Map<String, serde_json::Value>>,
}

/// Why a text is no message template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct TemplateError {
    /// Line of the text, from 1.
    pub line: usize,
    /// What is wrong, in words for the person who wrote it.
    pub reason: String,
}

/// A checked template: it renders for every recipient, whatever is missing of them.
#[derive(Debug, Clone)]
pub struct MessageTemplate {
    /// `None` where the text has no tags, as most have: it is its own rendering.
    environment: Option<Environment<'static>>,
    source: String,
}

impl MessageTemplate {
    /// Checks a text: syntax, fields, filters, and that it renders with and without each field.
    ///
    /// # Errors
    /// [`TemplateError`] names the line and the reason.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        if source.len() > LONGEST_SOURCE {
            return Err(TemplateError {
                line: 1,
                reason: format!("the text is longer than {LONGEST_SOURCE} bytes"),
            });
        }
        if !["{{", "{%", "{#"].iter().any(|tag| source.contains(tag)) {
            return Ok(Self {
                environment: None,
                source: source.to_owned(),
            });
        }

        let mut environment = BASE.clone();
        environment
            .add_template_owned(NAME, source.to_owned())
            .map_err(|error| template_error(&error))?;
        let template = environment
            .get_template(NAME)
            .map_err(|error| template_error(&error))?;
        unknown_field(&template, source).map_or(Ok(()), Err)?;
        // Unknown filters show only when they run, perhaps in the branch for a missing field.
        for present in 0..1_u8 << FIELDS.len() {
            let sample = |field: u8| (present & (1 << field) != 0).then_some("Sample");
            let fields = MergeFields {
                first_name: sample(0),
                last_name: sample(1),
                email: sample(2),
                phone: sample(3),
                state: sample(4),
                attributes: None,
            };
            template
                .render(context_of(&fields))
                .map_err(|error| template_error(&error))?;
        }
        Ok(Self {
            environment: Some(environment),
            source: source.to_owned(),
        })
    }

    /// The text as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the text differs from recipient to recipient, or may.
    #[must_use]
    pub fn has_tags(&self) -> bool {
        self.environment.is_some()
    }

    /// The fields that the text asks for, in the order of [`FIELDS`].
    #[must_use]
    pub fn fields(&self) -> Vec<&'static str> {
        let asked = self
            .environment
            .as_ref()
            .and_then(|environment| environment.get_template(NAME).ok())
            .map(|template| template.undeclared_variables(false))
            .unwrap_or_default();
        FIELDS
            .into_iter()
            .filter(|field| asked.contains(*field))
            .collect()
    }

    /// The text for one recipient.
    ///
    /// # Errors
    /// [`TemplateError`] where a value makes the text too laborious to render.
    pub fn render(&self, fields: &MergeFields<'_>) -> Result<String, TemplateError> {
        let Some(environment) = &self.environment else {
            return Ok(self.source.clone());
        };
        environment
            .get_template(NAME)
            .and_then(|template| template.render(context_of(fields)))
            .map_err(|error| template_error(&error))
    }
}

/// Knows our few filters and nothing else: no loops over ranges, no access to anything.
static BASE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(20);
    environment.add_filter("default", default);
    environment.add_filter("d", default);
    environment.add_filter("title", |value: Value| text_filter(&value, title));
    environment.add_filter("capitalize", |value: Value| text_filter(&value, capitalize));
    environment.add_filter("upper", |value: Value| {
        text_filter(&value, str::to_uppercase)
    });
    environment.add_filter("lower", |value: Value| {
        text_filter(&value, str::to_lowercase)
    });
    environment.add_filter("trim", |value: Value| {
        text_filter(&value, |s| s.trim().to_owned())
    });
    environment
});

fn is_missing(value: &Value) -> bool {
    value.is_undefined() || value.is_none() || value.as_str().is_some_and(|s| s.trim().is_empty())
}

fn default(value: Value, other: Option<Value>) -> Value {
    if is_missing(&value) {
        other.unwrap_or_else(|| Value::from(""))
    } else {
        value
    }
}

/// Leaves what is missing missing, so that `first_name | title | default("there")` works.
fn text_filter(value: &Value, change: impl Fn(&str) -> String) -> Value {
    if is_missing(value) {
        return Value::UNDEFINED;
    }
    match value.as_str() {
        Some(text) => change(text).into(),
        None => change(&value.to_string()).into(),
    }
}

/// Every word with a capital, the rest small: `mary-ann O'NEILL` becomes `Mary-Ann O'Neill`.
fn title(text: &str) -> String {
    let mut at_start = true;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if at_start {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        at_start = !c.is_alphanumeric();
    }
    out
}

fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first
            .to_uppercase()
            .chain(chars.flat_map(char::to_lowercase))
            .collect()
    })
}

fn context_of(fields: &MergeFields<'_>) -> Value {
    let value = |field: Option<&str>| match field.map(str::trim) {
        None | Some("") => Value::UNDEFINED,
        Some(text) => Value::from(text),
    };
    context! {
        first_name => value(fields.first_name),
        last_name => value(fields.last_name),
        email => value(fields.email),
        phone => value(fields.phone),
        state => value(fields.state),
        // Always a map: what is missing in it renders as nothing.
        attributes => attributes_of(fields),
    }
}

fn attributes_of(fields: &MergeFields<'_>) -> Value {
    Value::from_pairs(
        fields
            .attributes
            .into_iter()
            .flatten()
            .map(|(name, value)| {
                let value = match value {
                    serde_json::Value::String(text) => Value::from(text.as_str()),
                    serde_json::Value::Null => Value::UNDEFINED,
                    other => Value::from(other.to_string()),
                };
                (name.as_str(), value)
            }),
    )
}

fn unknown_field(template: &Template<'_, '_>, source: &str) -> Option<TemplateError> {
    template
        .undeclared_variables(false)
        .into_iter()
        .filter(|name| !FIELDS.contains(&name.as_str()) && name != ATTRIBUTES)
        .map(|name| TemplateError {
            line: line_of(source, &name),
            reason: format!(
                "there is no field `{name}`; there are {} and attributes.name",
                FIELDS.join(", ")
            ),
        })
        .min_by(|a, b| (a.line, &a.reason).cmp(&(b.line, &b.reason)))
}

/// The first line where `name` stands as a word of its own behind a tag's beginning.
fn line_of(source: &str, name: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let first_tag = source
        .find("{{")
        .into_iter()
        .chain(source.find("{%"))
        .min()
        .unwrap_or(0);
    source
        .match_indices(name)
        .find(|&(at, _)| {
            at > first_tag
                && !source[..at].ends_with(is_word)
                && !source[at + name.len()..].starts_with(is_word)
        })
        .map_or(1, |(at, _)| source[..at].matches('\n').count() + 1)
}

fn template_error(error: &Error) -> TemplateError {
    let detail = error.detail().unwrap_or_default();
    TemplateError {
        line: error.line().unwrap_or(1),
        reason: match error.kind() {
            ErrorKind::UnknownFilter => {
                format!("{detail}; there are default, title, capitalize, upper, lower and trim")
            }
            ErrorKind::OutOfFuel => "the text takes too long to render".to_owned(),
            kind if detail.is_empty() => kind.to_string(),
            _ => detail.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MergeFields<'_> = MergeFields {
        first_name: Some("ann"),
        last_name: Some("O'NEILL"),
        email: Some("ann@example.com"),
        phone: Some("+14155552671"),
        state: Some("CA"),
        attributes: None,
    };

    fn render(source: &str, fields: &MergeFields<'_>) -> String {
        MessageTemplate::parse(source)
            .unwrap()
            .render(fields)
            .unwrap()
    }

    #[test]
    fn fields_and_filters_fill_the_text() {
        assert_eq!(
            render(
                "Hi {{ first_name | title }} {{ last_name|title }} in {{ state }}!",
                &ANN
            ),
            "Hi Ann O'Neill in CA!"
        );
        assert_eq!(
            render(
                "{{ first_name|upper }} {{ last_name|lower|capitalize }}",
                &ANN
            ),
            "ANN O'neill"
        );
        assert_eq!(render("Tom & Jerry's <b>", &ANN), "Tom & Jerry's <b>");
        assert_eq!(
            render("{{ last_name }}", &ANN),
            "O'NEILL",
            "a text message knows no HTML"
        );
    }

    #[test]
    fn a_missing_empty_or_blank_field_takes_its_default() {
        for first_name in [None, Some(""), Some("  ")] {
            let nobody = MergeFields {
                first_name,
                ..MergeFields::default()
            };
            for source in [
                r#"Hi {{ first_name | default("there") }}"#,
                r#"Hi {{ first_name | title | default("there") }}"#,
                r#"Hi {{ first_name | trim | d("there") }}"#,
                r"Hi {% if first_name %}{{ first_name }}{% else %}there{% endif %}",
            ] {
                assert_eq!(render(source, &nobody), "Hi there");
            }
            assert_eq!(render("Hi {{ first_name }}!", &nobody), "Hi !");
        }
    }

    #[test]
    fn attributes_are_fields_and_a_missing_one_takes_its_default() {
        let attributes = serde_json::json!({"plan": "gold", "visits": 3});
        let fields = MergeFields {
            attributes: attributes.as_object(),
            ..ANN
        };
        let source =
            "{{ attributes.plan }} {{ attributes.visits }} {{ attributes.city | default('here') }}";
        assert_eq!(render(source, &fields), "gold 3 here");
        assert_eq!(render(source, &ANN), "  here");
    }

    #[test]
    fn what_can_not_render_is_refused_with_its_line() {
        for (source, line, part) in [
            ("Hi\n{{ firstname }}", 2, "no field `firstname`"),
            ("{{ first_name\n\n", 1, "unexpected"),
            ("a\nb {{ first_name | shout }}", 2, "shout"),
            (
                "{% if first_name %}{% else %}{{ state | nope }}{% endif %}",
                1,
                "nope",
            ),
            ("{{ first_name.secret.key }}", 1, ""),
            ("{{ range(3) }}", 1, "no field `range`"),
            ("{% include 'x' %}", 1, ""),
            ("{{ }}", 1, "unexpected"),
        ] {
            let error = MessageTemplate::parse(source).unwrap_err();
            assert_eq!(error.line, line, "{source:?}: {error}");
            assert!(error.reason.contains(part), "{source:?}: {error}");
        }
    }

    #[test]
    fn a_template_can_not_hold_up_a_worker() {
        let nested = "{% for a in 'xxxxxxxxxx' %}".repeat(8) + "x" + &"{% endfor %}".repeat(8);
        assert!(MessageTemplate::parse(&nested).is_err());
        assert!(MessageTemplate::parse(&"x".repeat(LONGEST_SOURCE + 1)).is_err());
    }

    #[test]
    fn the_asked_for_fields_are_known() {
        let template = MessageTemplate::parse("{{ state }} {{ first_name }}").unwrap();
        assert_eq!(template.fields(), ["first_name", "state"]);
        assert!(MessageTemplate::parse("plain").unwrap().fields().is_empty());
    }
}
