//! `GET /api/customers/lookup`: what a phone number is. By its form alone, which costs nothing;
//! with `verify=twilio` also by what Twilio knows of it.

pub(crate) mod verification;

use axum::{Json, extract::State};
use domain::{CustomerId, PhoneNumber, PhoneRejection};
use rows_as_user::RowsAsUser;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{ApprovedUser, FieldErrors, ValidQuery, Validate};

use self::verification::{LookUpBy, PhoneLookups, Verification, Verify};
use crate::{
    customers::own_customer::own_customer_with_phone, fields::sentence, queries::given_phone,
    rows_failure, state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::Customer>;

pub(crate) fn routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new().routes(routes!(look_up_phone))
}

/// Says what a phone number is.
///
/// By its form alone, which costs nothing; with `verify=twilio` also by what Twilio knows of it.
#[utoipa::path(get, path = "/api/customers/lookup", tag = "Customers", params(QuestionInput), responses((status = 200, description = "What is known of the number.", body = Answer), (status = 429, description = "`lookup_limit_reached`"), (status = 501, description = "`lookup_unavailable`")))]
async fn look_up_phone(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    State(lookups): State<PhoneLookups>,
    ValidQuery(question): ValidQuery<Question>,
) -> Result<Json<Answer>, Failure> {
    let phone = match question.phone {
        Ok(phone) => phone,
        Err(rejection) => return Ok(Json(Answer::invalid(rejection))),
    };
    let verification = match question.verify {
        Verify::Offline => None,
        Verify::Twilio => Some(lookups.verify(&user.caller, phone).await?),
    };
    Ok(Json(Answer {
        customer_id: own_customer_with_phone(&user, &rows, phone.as_str()).await?,
        verification,
        ..Answer::valid(phone)
    }))
}

/// What is asked.
#[derive(Debug)]
struct Question {
    phone: Result<PhoneNumber, PhoneRejection>,
    verify: Verify,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct QuestionInput {
    /// In any usual form.
    #[param(required, format = "phone", example = "+14155552671")]
    phone: Option<String>,
    /// With `twilio`, Twilio is asked too, which costs.
    #[param(inline, value_type = Option<LookUpBy>)]
    verify: Option<String>,
}

impl Validate for Question {
    type Input = QuestionInput;

    fn validate(input: QuestionInput, errors: &mut FieldErrors) -> Option<Self> {
        let verify = Verify::read(input.verify.as_deref(), errors);
        let Some(phone) = given_phone(input.phone) else {
            errors.add("phone", "required", "This parameter is needed.");
            return None;
        };
        Some(Self {
            phone: PhoneNumber::parse(&phone),
            verify,
        })
    }
}

/// What is known of a number.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Answer {
    /// E.164; null for what is no number.
    #[schema(value_type = Option<String>, format = "phone", example = "+14155552671")]
    phone: Option<PhoneNumber>,
    /// Whether it is a number by its form.
    valid: bool,
    /// Why it is not.
    reason: Option<Reason>,
    #[schema(example = "US")]
    country_code: Option<String>,
    #[schema(example = "(415) 555-2671")]
    national_format: Option<String>,
    /// The caller's own customer with this number.
    customer_id: Option<CustomerId>,
    /// What Twilio says, where it was asked.
    verification: Option<Verification>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Reason {
    /// Stable.
    #[schema(example = "phone_too_short")]
    code: &'static str,
    /// In words.
    #[schema(example = "Too few digits.")]
    detail: String,
}

impl Answer {
    fn valid(phone: PhoneNumber) -> Self {
        Self {
            phone: Some(phone),
            valid: true,
            country_code: phone.country_code(),
            national_format: phone.national_format(),
            ..Self::default()
        }
    }

    fn invalid(rejection: PhoneRejection) -> Self {
        Self {
            reason: Some(Reason {
                code: rejection.as_str(),
                detail: sentence(rejection),
            }),
            ..Self::default()
        }
    }
}
