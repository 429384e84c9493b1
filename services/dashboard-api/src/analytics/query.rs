//! What may be asked of the analytics.

use std::str::FromStr as _;

use axum::http::{HeaderMap, header};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use domain::ProfileId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, FieldErrors, Validate};

use super::tables::{Form, Table};
use crate::queries::{given, queries};

/// Longer than the name of any time zone.
const LONGEST_TIME_ZONE: usize = 64;

/// How the answer is wanted.
#[derive(Debug, Default)]
pub(super) struct WantedForm {
    format: Option<Format>,
    table: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    Json,
    Csv,
}

impl WantedForm {
    /// CSV where the query says so, or names a table, or where it doesn't and the headers do.
    ///
    /// # Errors
    /// 422 for a table that there is not.
    pub(super) fn of(
        self,
        tables: &'static [Table],
        headers: &HeaderMap,
    ) -> Result<Form, ApiError> {
        let table = match &self.table {
            None => tables.first(),
            Some(name) => tables.iter().find(|table| table.name == name),
        };
        let Some(table) = table else {
            let names: Vec<_> = tables.iter().map(|table| table.name).collect();
            return Err(ApiError::invalid_field(
                "table",
                "unknown_value",
                format!("One of: {}.", names.join(", ")),
            ));
        };
        let format = self.format.unwrap_or_else(|| {
            if self.table.is_some() || accepts_csv(headers) {
                Format::Csv
            } else {
                Format::Json
            }
        });
        Ok(match format {
            Format::Json => Form::Json,
            Format::Csv => Form::Csv(table),
        })
    }
}

/// Whether CSV is the first that the client would take.
fn accepts_csv(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split([',', ';']).next())
        .is_some_and(|first| first.trim().eq_ignore_ascii_case("text/csv"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Interval {
    Hour,
    Day,
    Week,
    Month,
}

/// The arguments of the database's function, those that were given.
type Arguments = Map<String, Value>;

/// What is asked of a campaign's analytics.
#[derive(Debug)]
pub(super) struct CampaignQuery {
    pub(super) arguments: Arguments,
    pub(super) form: WantedForm,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CampaignInput {
    /// The viewer's, as IANA names it; UTC if absent.
    #[param(max_length = 64, example = "America/Los_Angeles")]
    time_zone: Option<String>,
    /// `json` if absent.
    #[param(inline, value_type = Option<Format>)]
    format: Option<Format>,
    /// Which table the CSV has; the first if absent.
    #[param(example = "totals")]
    table: Option<String>,
}

impl Validate for CampaignQuery {
    type Input = CampaignInput;

    fn validate(input: CampaignInput, errors: &mut FieldErrors) -> Option<Self> {
        let mut arguments = Arguments::new();
        add_time_zone(&mut arguments, input.time_zone, errors);
        Some(Self {
            arguments,
            form: wanted_form(input.format, input.table),
        })
    }
}

/// What is asked of all accounts' analytics.
#[derive(Debug)]
pub(super) struct SystemQuery {
    pub(super) arguments: Arguments,
    pub(super) form: WantedForm,
}

queries! {
    /// What a request about all accounts takes.
    SystemInput {
        /// A day of the time zone, or a time; 29 days ago if absent.
        #[param(example = "2026-11-01")]
        from: Option<String>,
        /// A day of the time zone, with all of it, or a time; now if absent.
        #[param(example = "2026-11-30")]
        to: Option<String>,
        /// What the series is cut into; days if absent.
        #[param(inline, value_type = Option<Interval>)]
        interval: Option<Interval>,
        /// The viewer's, as IANA names it; UTC if absent.
        #[param(max_length = 64, example = "America/Los_Angeles")]
        time_zone: Option<String>,
        /// `json` if absent.
        #[param(inline, value_type = Option<Format>)]
        format: Option<Format>,
        /// Which table the CSV has; the first if absent.
        #[param(example = "totals")]
        table: Option<String>,
    }
    /// What a request about one account takes.
    AccountInput adds {
        /// For admins: whose; the caller's own if absent.
        user_id: Option<ProfileId>,
    }
}

impl Validate for SystemQuery {
    type Input = SystemInput;

    fn validate(input: SystemInput, errors: &mut FieldErrors) -> Option<Self> {
        let mut arguments = Arguments::new();
        add_time_zone(&mut arguments, input.time_zone, errors);
        add_end(
            &mut arguments,
            "from_time",
            "from",
            input.from.as_deref(),
            errors,
        );
        add_end(&mut arguments, "to_time", "to", input.to.as_deref(), errors);
        if let Some(interval) = input.interval {
            arguments.insert("interval".to_owned(), json!(interval));
        }
        Some(Self {
            arguments,
            form: wanted_form(input.format, input.table),
        })
    }
}

/// What is asked of an account's analytics.
#[derive(Debug)]
pub(super) struct AccountQuery {
    pub(super) arguments: Arguments,
    pub(super) form: WantedForm,
}

impl Validate for AccountQuery {
    type Input = AccountInput;

    fn validate(mut input: AccountInput, errors: &mut FieldErrors) -> Option<Self> {
        let SystemQuery {
            mut arguments,
            form,
        } = SystemQuery::validate(input.common(), errors)?;
        if let Some(user_id) = input.user_id {
            arguments.insert("user_id".to_owned(), json!(user_id));
        }
        Some(Self { arguments, form })
    }
}

fn wanted_form(format: Option<Format>, table: Option<String>) -> WantedForm {
    WantedForm {
        format,
        table: given(table),
    }
}

/// Which there are, the database knows.
fn add_time_zone(arguments: &mut Arguments, name: Option<String>, errors: &mut FieldErrors) {
    let Some(name) = given(name) else { return };
    if name.len() > LONGEST_TIME_ZONE || name.contains('\0') {
        errors.add(
            "time_zone",
            "time_zone_unknown",
            "There is no such time zone. Name it as IANA does, such as Europe/Berlin.",
        );
    }
    arguments.insert("time_zone".to_owned(), json!(name));
}

/// One end of a period: a day of the time zone, whole, or a moment (RFC 3339).
fn add_end(
    arguments: &mut Arguments,
    argument: &'static str,
    field: &'static str,
    text: Option<&str>,
    errors: &mut FieldErrors,
) {
    let Some(text) = text.map(str::trim) else {
        return;
    };
    let end = NaiveDate::from_str(text)
        .map(|day| day.format("%Y-%m-%d").to_string())
        .or_else(|_| {
            let moment = DateTime::parse_from_rfc3339(text)?.with_timezone(&Utc);
            Ok::<_, chrono::ParseError>(moment.to_rfc3339_opts(SecondsFormat::Micros, true))
        });
    match end {
        Ok(end) => {
            arguments.insert(argument.to_owned(), json!(end));
        }
        Err(_) => errors.add(
            field,
            "not_a_time",
            "A day as 2026-11-23, or a time as 2026-11-23T09:00:00Z.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::tables::ACCOUNT_TABLES;

    fn arguments(from: &str, to: &str) -> (Arguments, bool) {
        let mut errors = FieldErrors::default();
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let input = SystemInput {
            from: given(from),
            to: given(to),
            interval: Some(Interval::Week),
            time_zone: Some("Asia/Kolkata".into()),
            format: None,
            table: None,
        };
        let query = SystemQuery::validate(input, &mut errors).unwrap();
        (query.arguments, errors.is_empty())
    }

    #[test]
    fn a_period_has_days_or_moments_at_its_ends() {
        let (given, right) = arguments("2026-11-01", "2026-11-23T09:00:00+01:00");
        assert!(right);
        assert_eq!(
            Value::Object(given),
            json!({
                "from_time": "2026-11-01", "to_time": "2026-11-23T08:00:00.000000Z", "interval": "week",
                "time_zone": "Asia/Kolkata",
            })
        );
        assert!(arguments("", "").1);
        for odd in [
            " ",
            "today",
            "2026-13-01",
            "infinity",
            "2026-11-23T09:00:00",
        ] {
            assert!(!arguments(odd, "").1 && !arguments("", odd).1, "{odd}");
        }
    }

    #[test]
    fn csv_is_asked_for_by_the_query_or_the_header() {
        let form = |format, table: Option<&str>, accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            wanted_form(format, table.map(Into::into))
                .of(ACCOUNT_TABLES, &headers)
                .map_or("refused", |form| match form {
                    Form::Json => "json",
                    Form::Csv(table) => table.name,
                })
        };
        assert_eq!(form(None, None, "*/*"), "json");
        assert_eq!(form(None, None, "text/csv, */*;q=0.1"), "series");
        assert_eq!(form(Some(Format::Json), None, "text/csv"), "json");
        assert_eq!(form(Some(Format::Csv), None, "application/json"), "series");
        assert_eq!(form(None, Some("hours"), "*/*"), "hours");
        assert_eq!(form(None, Some("minutes"), "*/*"), "refused");
    }
}
