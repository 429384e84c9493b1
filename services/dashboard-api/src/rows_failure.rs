use std::{marker::PhantomData, time::Duration};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rows_as_user::RowsError;
use web::ApiError;

use crate::broken_check;

/// After what a database rule calls too many; its words say how long it really takes.
const RETRY_AFTER: Duration = Duration::from_mins(1);

/// What a request is about; answers name it.
pub(crate) trait Subject {
    /// As people call it, such as "customer".
    const NAME: &'static str;
}

macro_rules! subjects {
    ($($subject:ident = $name:literal),+ $(,)?) => {$(
        pub(crate) enum $subject {}

        impl Subject for $subject {
            const NAME: &'static str = $name;
        }
    )+};
}

subjects! {
    Account = "account",
    AuditEntry = "audit entry",
    Campaign = "campaign",
    CampaignMessage = "campaign message",
    CampaignTest = "test",
    Conversation = "conversation",
    Customer = "customer",
    CustomerImport = "customer import",
    PhoneLookup = "phone lookup",
    Sender = "sender",
    Suppression = "suppression",
    Template = "template",
}

/// What a handler answers when it cannot do what was asked. `?` makes it of what failed below.
pub(crate) struct Failure<S>(ApiError, PhantomData<fn() -> S>);

impl<S> From<ApiError> for Failure<S> {
    fn from(error: ApiError) -> Self {
        Self(error, PhantomData)
    }
}

impl<S: Subject> From<RowsError> for Failure<S> {
    fn from(error: RowsError) -> Self {
        api_error(S::NAME, error).into()
    }
}

impl<S: Subject> From<serde_json::Error> for Failure<S> {
    fn from(error: serde_json::Error) -> Self {
        RowsError::from(error).into()
    }
}

/// The answer stays; only the request that it ends was about something else.
macro_rules! ends {
    ($($inner:ident ends $outer:ident),+ $(,)?) => {$(
        impl From<Failure<$inner>> for Failure<$outer> {
            fn from(Failure(error, _): Failure<$inner>) -> Self {
                error.into()
            }
        }
    )+};
}

ends! {
    PhoneLookup ends Customer,
    CampaignMessage ends Campaign,
    CampaignMessage ends Customer,
}

impl<S> IntoResponse for Failure<S> {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

fn api_error(what: &'static str, error: RowsError) -> ApiError {
    match error {
        RowsError::NotFound => ApiError::not_found(what),
        RowsError::SignedOut => ApiError::unauthorized(
            "token_invalid",
            "The access token is not accepted any more: sign in again.",
        ),
        RowsError::SessionEnded => ApiError::session_ended(),
        RowsError::Forbidden => ApiError::forbidden("forbidden", "You may not do this."),
        RowsError::Taken { constraint } => match constraint.as_str() {
            "customers_phone_key" => ApiError::conflict(
                "phone_unavailable",
                "This phone number is not available to this account.",
            ),
            _ => ApiError::conflict("already_exists", format!("There is such a {what} already.")),
        },
        RowsError::Reference { constraint } => match constraint.as_str() {
            "campaigns_sender_id_fkey" => {
                ApiError::invalid_field("sender_id", "sender_unknown", "There is no such sender.")
            }
            _ => ApiError::conflict(
                "reference_broken",
                format!("Something else still depends on this {what}, or is missing."),
            ),
        },
        RowsError::Check { constraint } => match constraint.as_str() {
            "campaigns_audience_check" => ApiError::invalid_field(
                "audience",
                "audience_invalid",
                "An audience has states, status, customer_ids, tags and attributes, each of them optional and none of them empty.",
            ),
            _ => broken_check::api_error(&constraint).unwrap_or_else(|| {
                ApiError::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "invalid_input",
                    format!("This {what} breaks the rule {constraint}."),
                )
            }),
        },
        RowsError::Refused { code, detail, .. } if code == "template_unknown" => {
            ApiError::invalid_field("template_id", code, detail)
        }
        RowsError::Refused {
            code, detail, hint, ..
        } if code == "time_zone_unknown" => {
            let detail = format!("{detail} {}", hint.unwrap_or_default());
            ApiError::invalid_field("time_zone", code, detail)
        }
        RowsError::Refused {
            status,
            code,
            detail,
            hint,
        } => {
            let status = StatusCode::from_u16(status)
                .ok()
                .filter(StatusCode::is_client_error)
                .unwrap_or(StatusCode::CONFLICT);
            let detail = match hint {
                Some(hint) => format!("{detail} {hint}"),
                None => detail,
            };
            let error = ApiError::new(status, code, detail);
            if status == StatusCode::TOO_MANY_REQUESTS {
                error.with_retry_after(RETRY_AFTER)
            } else {
                error
            }
        }
        RowsError::BadValue { .. } => ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_input",
            "A value does not fit its field.",
        ),
        error @ RowsError::Locked { .. } => ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "rows_locked",
            "Something else is changing the same rows, such as an import. Try again in a moment.",
        )
        .with_source(error)
        .with_retry_after(RETRY_AFTER),
        error @ RowsError::TimedOut => ApiError::new(
            StatusCode::GATEWAY_TIMEOUT,
            "database_timeout",
            "The database took too long. Narrow the search, or try again.",
        )
        .with_source(error),
        error @ RowsError::Unreachable(_) => ApiError::unavailable("database_unavailable", error),
        error @ (RowsError::Unexpected { .. } | RowsError::Json(_)) => ApiError::internal(error),
    }
}
