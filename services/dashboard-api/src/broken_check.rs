//! Which field a broken check of a table is about, and what the domain says of such a field.

use domain::{
    AttributeRejection, EmailRejection, LabelRejection, PersonNameRejection, TagRejection,
    UnknownState,
};
use web::ApiError;

use crate::fields::sentence;

/// The answer to a write that the check named `constraint` refused: the same field, code and words as
/// when a request is refused before it reaches the database. `None` where the check guards something else.
pub(crate) fn api_error(constraint: &str) -> Option<ApiError> {
    let (field, code, detail) = match constraint {
        "customers_first_name_check" => person_name("first_name", PersonNameRejection::TooLong),
        "customers_first_name_characters_check" => {
            person_name("first_name", PersonNameRejection::InvalidCharacter)
        }
        "customers_last_name_check" => person_name("last_name", PersonNameRejection::TooLong),
        "customers_last_name_characters_check" => {
            person_name("last_name", PersonNameRejection::InvalidCharacter)
        }
        "customers_email_check" => email(EmailRejection::TooLong),
        "customers_email_characters_check" => email(EmailRejection::InvalidName),
        "customers_state_check" => ("state", UnknownState.code(), sentence(UnknownState)),
        "customers_tags_check" => {
            let reason = TagRejection::Invalid;
            ("tags", reason.code(), sentence(reason))
        }
        "customers_attributes_check" => {
            let reason = AttributeRejection::InvalidValue;
            ("attributes", reason.code(), sentence(reason))
        }
        "campaigns_name_check" | "campaign_templates_name_check" => label(LabelRejection::TooLong),
        "campaigns_name_characters_check" | "campaign_templates_name_characters_check" => {
            label(LabelRejection::InvalidCharacter)
        }
        _ => return None,
    };
    Some(ApiError::invalid_field(field, code, detail))
}

type Answer = (&'static str, &'static str, String);

fn person_name(field: &'static str, reason: PersonNameRejection) -> Answer {
    (field, reason.code(), sentence(reason))
}

fn email(reason: EmailRejection) -> Answer {
    ("email", reason.as_str(), sentence(reason))
}

fn label(reason: LabelRejection) -> Answer {
    ("name", reason.code(), sentence(reason))
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, response::IntoResponse as _};
    use serde_json::{Value, json};

    use super::*;

    #[tokio::test]
    async fn a_broken_check_is_told_as_the_domain_tells_it() {
        for (constraint, field, code) in [
            (
                "customers_last_name_check",
                "last_name",
                PersonNameRejection::TooLong.code(),
            ),
            ("customers_tags_check", "tags", TagRejection::Invalid.code()),
            (
                "campaigns_name_characters_check",
                "name",
                LabelRejection::InvalidCharacter.code(),
            ),
        ] {
            let answer = api_error(constraint).unwrap().into_response();
            let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            let error = &body["errors"][0];
            assert_eq!(
                (&error["field"], &error["code"]),
                (&json!(field), &json!(code))
            );
        }
        assert!(api_error("campaigns_pkey").is_none());
    }
}
