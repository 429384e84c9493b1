//! The tables that the analytics have as CSV, and how they are answered.

use axum::{
    body::Bytes,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures::stream;
use serde_json::{Map, Value};
use web::ApiError;

use crate::csv_answer::{download, written};

/// One table of the analytics.
#[derive(Debug)]
pub(super) struct Table {
    /// As the query names it.
    pub(super) name: &'static str,
    /// Where its rows are: an array of objects, or one object.
    key: &'static str,
    columns: &'static [&'static str],
}

const fn table(name: &'static str, key: &'static str, columns: &'static [&'static str]) -> Table {
    Table { name, key, columns }
}

/// As `private.figures_over_time` has them.
const FIGURES: &[&str] = &[
    "starts_at",
    "local_time",
    "sent",
    "delivered",
    "undelivered",
    "delivery_rate",
    "segments",
    "cost",
    "customers_added",
    "customers_removed",
    "opted_out",
    "replies",
];
const TOTALS: &[&str] = FIGURES.split_at(2).1;
const HOURS: &[&str] = &[
    "hour",
    "sent",
    "delivered",
    "undelivered",
    "delivery_rate",
    "replies",
];

/// A campaign's; the first is the one without a word.
pub(super) static CAMPAIGN_TABLES: &[Table] = &[
    table(
        "deliveries",
        "deliveries",
        &["starts_at", "local_time", "sent", "delivered"],
    ),
    table(
        "failures",
        "failures",
        &["reason", "error_code", "text", "messages"],
    ),
    table(
        "states",
        "states",
        &[
            "state",
            "recipients",
            "sent",
            "delivered",
            "undelivered",
            "not_sent",
            "delivery_rate",
        ],
    ),
    table(
        "totals",
        "",
        &[
            "campaign_id",
            "name",
            "status",
            "launched_at",
            "sent_at",
            "audience",
            "recipients",
            "pending",
            "in_doubt",
            "waiting",
            "sent",
            "delivered",
            "undelivered",
            "not_sent",
            "delivery_rate",
            "opted_out",
            "replies",
            "segments",
            "cost",
        ],
    ),
];
/// An account's.
pub(super) static ACCOUNT_TABLES: &[Table] = &[
    table("series", "series", FIGURES),
    table("hours", "hours", HOURS),
    table("totals", "totals", TOTALS),
];
/// The system's.
pub(super) static SYSTEM_TABLES: &[Table] = &[
    table("series", "series", FIGURES),
    table("hours", "hours", HOURS),
    table("totals", "totals", TOTALS),
    table(
        "accounts",
        "busiest_accounts",
        &[
            "user_id",
            "email",
            "sent",
            "delivered",
            "undelivered",
            "delivery_rate",
            "opted_out",
        ],
    ),
    table("queues", "queues", &["queue", "waiting", "oldest_seconds"]),
    table(
        "senders",
        "senders",
        &[
            "id",
            "phone_number",
            "messaging_service_sid",
            "is_default",
            "held_until",
            "hold_reason",
            "sent",
            "delivered",
            "failed",
            "opted_out",
            "delivery_rate",
        ],
    ),
    table(
        "failures",
        "failures",
        &["error_code", "text", "messages", "share"],
    ),
    table(
        "limits",
        "limits_near_end",
        &["user_id", "email", "limit", "value", "used", "share"],
    ),
];

/// How the analytics are answered.
#[derive(Debug)]
pub(super) enum Form {
    /// All of them.
    Json,
    /// One table.
    Csv(&'static Table),
}

impl Form {
    /// The answer; `what` begins the file's name.
    pub(super) fn answer(
        self,
        what: &str,
        analytics: &Map<String, Value>,
    ) -> Result<Response, ApiError> {
        match self {
            Self::Json => {
                let body = serde_json::to_vec(analytics).map_err(ApiError::internal)?;
                let headers = [(header::CONTENT_TYPE, "application/json")];
                Ok((StatusCode::OK, headers, body).into_response())
            }
            Self::Csv(table) => {
                let file = format!("{what}-{}.csv", table.name);
                let rows = table.csv(analytics).map_err(ApiError::internal)?;
                Ok(download(&file, rows, stream::empty()))
            }
        }
    }
}

impl Table {
    fn csv(&self, analytics: &Map<String, Value>) -> Result<Bytes, csv::Error> {
        let header = self.columns.iter().map(|name| (*name).to_owned()).collect();
        let rows: Vec<Vec<String>> = match analytics.get(self.key) {
            None => vec![self.cells(|column| analytics.get(column))],
            Some(Value::Array(rows)) => rows
                .iter()
                .map(|row| self.cells(|column| row.get(column)))
                .collect(),
            Some(row) => vec![self.cells(|column| row.get(column))],
        };
        written([header].into_iter().chain(rows))
    }

    fn cells<'a>(&self, value: impl Fn(&str) -> Option<&'a Value>) -> Vec<String> {
        self.columns
            .iter()
            .map(|column| match value(column) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn csv(tables: &[Table], name: &str, analytics: &Value) -> String {
        let table = tables.iter().find(|table| table.name == name).unwrap();
        let bytes = table.csv(analytics.as_object().unwrap()).unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn tables_are_lists_one_object_or_the_whole() {
        let analytics = json!({
            "name": "=1+1", "sent": 7, "totals": { "sent": 3, "cost": 0.5 },
            "hours": [{ "hour": 9, "sent": 4, "delivery_rate": null }, { "hour": 10 }],
        });
        assert_eq!(
            csv(ACCOUNT_TABLES, "hours", &analytics)
                .lines()
                .collect::<Vec<_>>(),
            [
                "hour,sent,delivered,undelivered,delivery_rate,replies",
                "9,4,,,,",
                "10,,,,,"
            ]
        );
        assert_eq!(
            csv(ACCOUNT_TABLES, "totals", &analytics).lines().nth(1),
            Some("3,,,,,0.5,,,,")
        );
        let whole = csv(CAMPAIGN_TABLES, "totals", &analytics);
        assert!(
            whole.lines().nth(1).unwrap().starts_with(",'=1+1,"),
            "{whole}"
        );
    }
}
