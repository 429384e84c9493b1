//! What speaks against sending a text as it is, although it can be sent.

use domain::{Encoding, MergeFields, MessageTemplate, Segments};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::rendered_text::RenderedText;

/// A text of more segments than this is long.
const MANY_SEGMENTS: usize = 3;

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Warning {
    /// Stable.
    #[schema(example = "ucs2")]
    pub(crate) code: &'static str,
    /// In words.
    #[schema(example = "A segment holds 70 characters instead of 160.")]
    pub(crate) detail: String,
}

/// The warnings about a text, from what it becomes for some recipients. Without recipients it is judged as it
/// is for one of whom nothing is known.
pub(crate) fn warnings(template: &MessageTemplate, examples: &[RenderedText<'_>]) -> Vec<Warning> {
    let of_nobody;
    let texts = if examples.is_empty() {
        of_nobody = [RenderedText::of(template, MergeFields::default())];
        &of_nobody
    } else {
        examples
    };
    [
        ucs2(template, texts),
        long_text(texts),
        no_opt_out_wording(texts),
        missing_values(template, examples),
        text_empty(texts),
        text_invalid(texts),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn ucs2(template: &MessageTemplate, texts: &[RenderedText<'_>]) -> Option<Warning> {
    let is_ucs2 = |text: &&RenderedText<'_>| {
        text.segments
            .is_some_and(|segments| segments.encoding == Encoding::Ucs2)
    };
    let first = texts.iter().find(is_ucs2)?;
    let character = first.body.as_deref()?.chars().find(|c| needs_ucs2(*c))?;
    let origin = if template.source().contains(character) {
        "in the text"
    } else {
        "in a customer's values"
    };
    let whose = share(texts.iter().filter(is_ucs2).count(), texts.len());
    Some(Warning {
        code: "ucs2",
        detail: format!(
            "The character \u{201c}{character}\u{201d} (U+{:04X}) {origin} is not in the GSM alphabet: a segment \
             holds 70 characters instead of 160. This affects {whose}.",
            u32::from(character)
        ),
    })
}

fn needs_ucs2(character: char) -> bool {
    Segments::count(character.encode_utf8(&mut [0; 4]))
        .is_ok_and(|segments| segments.encoding == Encoding::Ucs2)
}

fn long_text(texts: &[RenderedText<'_>]) -> Option<Warning> {
    let longest = texts
        .iter()
        .filter_map(|text| text.segments.map(|segments| segments.count))
        .max()?;
    (longest > MANY_SEGMENTS).then(|| Warning {
        code: "long_text",
        detail: format!("The longest message has {longest} segments, and each of them is billed."),
    })
}

fn no_opt_out_wording(texts: &[RenderedText<'_>]) -> Option<Warning> {
    let lacking = texts
        .iter()
        .filter_map(|text| text.body.as_deref())
        .filter(|body| !says_how_to_opt_out(body))
        .count();
    (lacking > 0).then(|| Warning {
        code: "no_opt_out_wording",
        detail: format!(
            "The text does not say how to opt out, as \u{201c}Reply STOP to opt out\u{201d} does. This affects {}.",
            share(lacking, texts.len())
        ),
    })
}

fn says_how_to_opt_out(body: &str) -> bool {
    let words: Vec<_> = body
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .collect();
    words
        .iter()
        .any(|word| matches!(word.as_str(), "stop" | "unsubscribe" | "optout"))
        || words
            .windows(2)
            .any(|pair| matches!(pair, [opt, out] if opt == "opt" && out == "out"))
}

fn missing_values(template: &MessageTemplate, examples: &[RenderedText<'_>]) -> Option<Warning> {
    let missing: Vec<_> = used_fields(template)
        .iter()
        .filter_map(|field| {
            let lacking = examples
                .iter()
                .filter(|example| !has_value(&example.fields, field))
                .count();
            (lacking > 0).then(|| format!("{field} in {lacking}"))
        })
        .collect();
    (!missing.is_empty()).then(|| Warning {
        code: "missing_values",
        detail: format!(
            "Values are missing of {} examples ({}): the text has the field's default there, or nothing.",
            examples.len(),
            missing.join(", ")
        ),
    })
}

/// The merge fields that a text asks for, such as `first_name` and `attributes.plan`, each once.
pub(crate) fn used_fields(template: &MessageTemplate) -> Vec<String> {
    let mut used: Vec<String> = template.fields().into_iter().map(str::to_owned).collect();
    used.extend(attributes_in(template.source()));
    used
}

fn has_value(fields: &MergeFields<'_>, field: &str) -> bool {
    let text = match field {
        "first_name" => fields.first_name,
        "last_name" => fields.last_name,
        "email" => fields.email,
        "phone" => fields.phone,
        "state" => fields.state,
        attribute => {
            let name = attribute.strip_prefix(ATTRIBUTE).unwrap_or(attribute);
            match fields
                .attributes
                .and_then(|attributes| attributes.get(name))
            {
                None | Some(Value::Null) => None,
                Some(Value::String(text)) => Some(text.as_str()),
                Some(_) => return true,
            }
        }
    };
    text.is_some_and(|text| !text.trim().is_empty())
}

const ATTRIBUTE: &str = "attributes.";

/// `attributes.…` as often as the tags of a text name them, each once.
fn attributes_in(source: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = source;
    while let Some(start) = rest.find('{') {
        let end = match rest.get(start..start + 2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            Some("{#") => "#}",
            _ => {
                rest = rest.get(start + 1..).unwrap_or_default();
                continue;
            }
        };
        let Some((tag, after)) = rest.get(start + 2..).and_then(|tag| tag.split_once(end)) else {
            break;
        };
        rest = after;
        if end == "#}" {
            continue;
        }
        let names = outside_quotes(tag);
        for name in names.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.') {
            if name.starts_with(ATTRIBUTE) && found.iter().all(|known| known != name) {
                found.push(name.to_owned());
            }
        }
    }
    found
}

fn outside_quotes(tag: &str) -> String {
    let mut quote = None;
    tag.chars()
        .filter(|&c| match quote {
            Some(open) => {
                if c == open {
                    quote = None;
                }
                false
            }
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                false
            }
            None => true,
        })
        .collect()
}

fn text_empty(texts: &[RenderedText<'_>]) -> Option<Warning> {
    let empty = texts
        .iter()
        .filter_map(|text| text.body.as_deref())
        .filter(|body| body.trim().is_empty())
        .count();
    (empty > 0).then(|| Warning {
        code: "text_empty",
        detail: format!(
            "The text is empty in {}: such a message would fail.",
            share(empty, texts.len())
        ),
    })
}

fn text_invalid(texts: &[RenderedText<'_>]) -> Option<Warning> {
    let invalid = texts
        .iter()
        .filter(|text| {
            text.segments.is_none()
                && text
                    .body
                    .as_deref()
                    .is_none_or(|body| !body.trim().is_empty())
        })
        .count();
    (invalid > 0).then(|| Warning {
        code: "text_invalid",
        detail: format!(
            "The text is too long, or can't be rendered, in {}: such a message would fail.",
            share(invalid, texts.len())
        ),
    })
}

fn share(some: usize, all: usize) -> String {
    if some == all {
        "every message".to_owned()
    } else {
        format!("{some} of {all} examples")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(first_name: &str) -> MergeFields<'_> {
        MergeFields {
            first_name: Some(first_name),
            phone: Some("+14155552671"),
            ..MergeFields::default()
        }
    }

    fn warned(source: &str, recipients: &[MergeFields<'_>]) -> Vec<Warning> {
        let template = MessageTemplate::parse(source).unwrap();
        let examples: Vec<_> = recipients
            .iter()
            .map(|fields| RenderedText::of(&template, *fields))
            .collect();
        warnings(&template, &examples)
    }

    fn codes(source: &str, recipients: &[MergeFields<'_>]) -> Vec<&'static str> {
        warned(source, recipients)
            .iter()
            .map(|warning| warning.code)
            .collect()
    }

    #[test]
    fn a_short_plain_text_that_says_how_to_opt_out_has_no_warnings() {
        assert!(codes("Hi {{ first_name }}. Reply STOP to end.", &[named("Ann")]).is_empty());
        assert!(codes("Sale! Opt-out: text 4", &[]).is_empty());
        assert_eq!(codes("A nonstop sale", &[]), ["no_opt_out_wording"]);
    }

    #[test]
    fn the_character_that_costs_most_is_named_with_its_origin() {
        let in_text = warned("Hi \u{201c}you\u{201d}. STOP", &[named("Ann")]);
        assert_eq!(in_text[0].code, "ucs2");
        assert!(
            in_text[0].detail.contains("U+201C) in the text"),
            "{in_text:?}"
        );
        assert!(in_text[0].detail.contains("every message"), "{in_text:?}");

        let in_values = warned("Hi {{ first_name }}. STOP", &[named("Ann"), named("Zoë")]);
        assert!(in_values[0].detail.contains("ë"), "{in_values:?}");
        assert!(
            in_values[0].detail.contains("customer's values"),
            "{in_values:?}"
        );
        assert!(
            in_values[0].detail.contains("1 of 2 examples"),
            "{in_values:?}"
        );
    }

    #[test]
    fn more_than_three_segments_are_long_and_what_would_fail_is_said() {
        let text = |length: usize| format!("{} STOP", "x".repeat(length - 5));
        assert!(codes(&text(459), &[named("Ann")]).is_empty());
        assert_eq!(codes(&text(460), &[named("Ann")]), ["long_text"]);
        let long = "x".repeat(1600);
        assert_eq!(
            codes("{{ first_name }} STOP", &[named(&long), named("Ann")]),
            ["text_invalid"]
        );
        assert_eq!(
            codes(
                "{% if first_name == 'Ann' %}STOP{% endif %}",
                &[named("Ann"), named("Bob")]
            ),
            ["no_opt_out_wording", "text_empty"]
        );
    }

    #[test]
    fn missing_values_are_counted_for_each_field_that_the_text_uses() {
        let attributes = json!({ "plan": "gold", "visits": 3, "city": " " });
        let ann = MergeFields {
            attributes: attributes.as_object(),
            ..named("Ann")
        };
        let source = "{{ first_name }} {{ attributes.plan }} {{ attributes.visits }} STOP";
        assert!(codes(source, &[ann]).is_empty());
        let warned = warned(
            "{{ first_name | title }} {{ attributes.city | d('attributes.x') }} {{ attributes.plan }} STOP",
            &[ann, named("Bob"), named(" ")],
        );
        assert_eq!(warned[0].code, "missing_values");
        assert!(
            warned[0]
                .detail
                .contains("(first_name in 1, attributes.city in 3, attributes.plan in 2)"),
            "{warned:?}"
        );
    }

    #[test]
    fn attributes_are_found_in_tags_only() {
        assert_eq!(
            attributes_in(
                "attributes.a { {{ attributes.b|upper }}{# attributes.c #}{% if attributes.d_1 == \
                 'attributes.e' and attributes.b %}{{"
            ),
            ["attributes.b", "attributes.d_1"]
        );
    }
}
