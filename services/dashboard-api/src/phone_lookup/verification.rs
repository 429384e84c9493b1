use std::time::Duration;

use axum::http::StatusCode;
use chrono::{DateTime, Days, NaiveTime, Utc};
use domain::{Caller, Clock as _, LineType, PhoneLookup, PhoneNumber, PhoneVerdict, SystemClock};
use rows_as_user::RowsAsUser;
use serde::{Deserialize, Serialize};
use serde_json::json;
use twilio::Lookups;
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, ApprovedUser, FieldErrors, Validate};

use crate::rows_failure;

type Failure = rows_failure::Failure<rows_failure::PhoneLookup>;

/// For one statement; what Twilio needs comes on top, and together they stay below the handler's time.
const PATIENCE: Duration = Duration::from_secs(3);

/// Who is asked about a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verify {
    /// Nobody: its form is looked at.
    Offline,
    /// Twilio's Lookup v2.
    Twilio,
}

impl Verify {
    pub(crate) fn read(text: Option<&str>, errors: &mut FieldErrors) -> Self {
        match text {
            None => Self::Offline,
            Some("twilio") => Self::Twilio,
            Some(_) => {
                errors.add("verify", "unknown_value", "One of: twilio.");
                Self::Offline
            }
        }
    }
}

/// Who can be asked about a number.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "for the description")]
pub(crate) enum LookUpBy {
    Twilio,
}

/// `?verify=twilio` beside a body.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct VerifyInput {
    /// With `twilio`, Twilio is asked whether the number can be texted, which costs.
    #[param(inline, value_type = Option<LookUpBy>)]
    verify: Option<String>,
}

impl Validate for Verify {
    type Input = VerifyInput;

    fn validate(input: VerifyInput, errors: &mut FieldErrors) -> Option<Self> {
        Some(Self::read(input.verify.as_deref(), errors))
    }
}

/// What Twilio says of a number.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verification {
    #[schema(example = "twilio")]
    source: &'static str,
    valid: bool,
    #[schema(value_type = Option<String>, example = "mobile")]
    line_type: Option<LineType>,
    looked_up_at: DateTime<Utc>,
    cached: bool,
    #[serde(skip)]
    verdict: PhoneVerdict,
}

impl Verification {
    fn new(lookup: &PhoneLookup, looked_up_at: DateTime<Utc>, cached: bool) -> Self {
        Self {
            source: "twilio",
            valid: lookup.valid,
            line_type: lookup.line_type,
            looked_up_at,
            cached,
            verdict: lookup.verdict(),
        }
    }
}

/// Asks Twilio about numbers in the caller's name: from their cache, within their limit.
#[derive(Clone)]
pub(crate) struct PhoneLookups {
    rows: RowsAsUser,
    twilio: Option<Lookups>,
}

/// A row of `private.phone_lookup_turn`.
#[derive(Deserialize)]
struct TurnRow {
    turn: Turn,
    valid: Option<bool>,
    line_type: Option<LineType>,
    country_code: Option<String>,
    looked_up_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Turn {
    Known,
    Granted,
    LimitReached,
}

impl TurnRow {
    fn known(self) -> Option<Verification> {
        let lookup = PhoneLookup {
            valid: self.valid?,
            line_type: self.line_type,
            country_code: self.country_code,
            validation_errors: Vec::new(),
        };
        Some(Verification::new(&lookup, self.looked_up_at?, true))
    }
}

impl PhoneLookups {
    pub(crate) fn new(rows: RowsAsUser, twilio: Option<Lookups>) -> Self {
        Self { rows, twilio }
    }

    /// What Twilio says of `phone`. A lookup that fails is spent all the same: whatever gives back
    /// in the caller's name, the caller could call too.
    pub(crate) async fn verify(
        &self,
        caller: &Caller,
        phone: PhoneNumber,
    ) -> Result<Verification, Failure> {
        let twilio = self.twilio.as_ref().ok_or_else(unavailable)?;
        let question = json!({
            "phone": phone,
            "max_age": format!("{} seconds", twilio.max_age.as_secs()),
            "daily_limit": twilio.daily_limit,
        });
        let row: TurnRow = self.call(caller, "begin_phone_lookup", &question).await?;
        match row.turn {
            Turn::Known => {
                if let Some(known) = row.known() {
                    return Ok(known);
                }
                Err(ApiError::internal("a known phone lookup without an answer").into())
            }
            Turn::LimitReached => Err(limit_reached(SystemClock.now()).into()),
            Turn::Granted => {
                let lookup = twilio.look_up(&phone).await.map_err(failed)?;
                self.record(caller, phone, &lookup).await;
                Ok(Verification::new(&lookup, SystemClock.now(), false))
            }
        }
    }

    /// Refuses a new customer's phone that Twilio says can't be texted.
    pub(crate) async fn check_new_phone(
        &self,
        user: &ApprovedUser,
        verify: Verify,
        phone: Option<&str>,
    ) -> Result<(), Failure> {
        let phone = phone.and_then(|text| PhoneNumber::parse(text).ok());
        let (Verify::Twilio, Some(phone)) = (verify, phone) else {
            return Ok(());
        };
        let (code, detail) = match self.verify(&user.caller, phone).await?.verdict {
            PhoneVerdict::Textable => return Ok(()),
            PhoneVerdict::Invalid => ("phone_invalid", "Twilio knows no such phone number."),
            PhoneVerdict::Landline => ("phone_landline", "This is a landline: it can't be texted."),
        };
        Err(ApiError::invalid_field("phone", code, detail).into())
    }

    /// An answer that can't be kept is an answer still; it is only paid for again.
    async fn record(&self, caller: &Caller, phone: PhoneNumber, lookup: &PhoneLookup) {
        let result = json!({ "result": {
            "phone": phone,
            "valid": lookup.valid,
            "line_type": lookup.line_type,
            "country_code": lookup.country_code,
            "validation_errors": lookup.validation_errors,
        }});
        let kept = self
            .rows
            .call(caller, "record_phone_lookup", &result, PATIENCE)
            .await;
        if let Err(error) = kept {
            tracing::warn!(error = %error, "a phone lookup could not be kept");
        }
    }

    async fn call<T: serde::de::DeserializeOwned>(
        &self,
        caller: &Caller,
        function: &'static str,
        arguments: &serde_json::Value,
    ) -> Result<T, Failure> {
        let row = self.rows.call(caller, function, arguments, PATIENCE).await;
        let row = row?;
        serde_json::from_slice(&row.0).map_err(Into::into)
    }
}

fn unavailable() -> ApiError {
    ApiError::new(
        StatusCode::NOT_IMPLEMENTED,
        "lookup_unavailable",
        "Twilio Lookup is not set up.",
    )
}

fn failed(error: twilio::RequestError) -> ApiError {
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "lookup_failed",
        "Twilio could not be asked about this number. Please try again in a moment.",
    )
    .with_source(error)
    .with_retry_after(Duration::from_secs(5))
}

fn limit_reached(now: DateTime<Utc>) -> ApiError {
    let midnight = (now.date_naive() + Days::new(1))
        .and_time(NaiveTime::MIN)
        .and_utc();
    ApiError::too_many(
        "lookup_limit_reached",
        "Today's phone lookups are used up. They renew at midnight (UTC).",
        (midnight - now).to_std().unwrap_or(Duration::from_secs(1)),
    )
}
