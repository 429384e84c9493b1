//! Answers, as PostgREST gives them.

use axum::{
    body::Bytes,
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode,
        header::{ACCEPT, ALLOW, CONTENT_RANGE, CONTENT_TYPE},
    },
};
use serde_json::Value;

use super::statements::Wanted;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const COUNTS: [&str; 2] = ["count=exact", "count=estimated"];

/// What the answer depends on.
pub(super) struct Asked {
    method: Method,
    calls: bool,
    /// Of how many rows there are, or of how many it wrote.
    count: Option<&'static str>,
    /// Rows as CSV. Those that a write returns stay as `postrust` writes them.
    pub(super) csv: bool,
    without_nulls: bool,
}

impl Asked {
    pub(super) fn by(request: &Request) -> Self {
        let headers = request.headers();
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
        let accept = accept.unwrap_or_default();
        let calls = request.uri().path().starts_with("/rpc/");
        let preferences = preferences(headers);
        Self {
            method: request.method().clone(),
            calls,
            count: COUNTS.into_iter().find(|count| preferences.contains(count)),
            csv: accept.starts_with("text/csv") && (calls || request.method() == Method::GET),
            without_nulls: accept.contains("nulls=stripped"),
        }
    }

    pub(super) fn of_statement(&self) -> Wanted {
        Wanted {
            csv: self.csv,
            counts_call: self.calls && self.count.is_some(),
        }
    }

    fn writes(&self) -> bool {
        !self.calls && matches!(self.method, Method::POST | Method::PATCH | Method::DELETE)
    }
}

fn preferences(headers: &HeaderMap) -> Vec<&str> {
    headers
        .get_all(PREFER)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect()
}

/// Corrects an answer. `rows` were read or written.
pub(super) fn as_postgrest(answer: &mut Response<Bytes>, asked: &Asked, rows: Option<usize>) {
    match answer.status() {
        StatusCode::METHOD_NOT_ALLOWED => {
            answer.headers_mut().remove(ALLOW);
        }
        StatusCode::BAD_REQUEST => code_unknown_column(answer),
        StatusCode::RANGE_NOT_SATISFIABLE if asked.method == Method::HEAD => {
            count_past_the_end(answer, asked);
        }
        status if status.is_success() => {
            if let Some(rows) = rows.filter(|_| asked.count.is_some() && asked.writes()) {
                set(answer, CONTENT_RANGE, &written_range(&asked.method, rows));
            }
            if asked.without_nulls {
                name_without_nulls(answer);
            }
            if asked.csv {
                write_csv(answer);
            }
        }
        _ => (),
    }
}

fn set(answer: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// `postrust` counts what is read only.
fn written_range(method: &Method, rows: usize) -> String {
    match *method {
        Method::PATCH if rows > 0 => format!("0-{}/{rows}", rows - 1),
        _ => format!("*/{rows}"),
    }
}

/// `postrust` refuses a selected column that it doesn't know before Postgres can.
fn code_unknown_column(answer: &mut Response<Bytes>) {
    let mut error = serde_json::from_slice::<Value>(answer.body()).unwrap_or_default();
    if error["message"] == "Column not found" {
        error["code"] = Value::from("42703");
        *answer.body_mut() = error.to_string().into();
    }
}

/// A HEAD has no body that could say how many rows there are, so headers do.
fn count_past_the_end(answer: &mut Response<Bytes>, asked: &Asked) {
    let error = serde_json::from_slice::<Value>(answer.body()).unwrap_or_default();
    let total = error["details"].as_str().and_then(|details| {
        let (_, total) = details.split_once("there are only ")?;
        total.split(' ').next()
    });
    if let (Some(total), Some(count)) = (total, asked.count) {
        set(answer, CONTENT_RANGE, &format!("*/{total}"));
        set(answer, PREFERENCE_APPLIED, count);
    }
}

fn name_without_nulls(answer: &mut Response<Bytes>) {
    let named = answer.headers().get(CONTENT_TYPE).and_then(|value| {
        let (kind, rest) = value.to_str().ok()?.split_once(';')?;
        kind.starts_with("application/vnd.pgrst.")
            .then(|| format!("{kind};nulls=stripped;{rest}"))
    });
    if let Some(named) = named {
        set(answer, CONTENT_TYPE, &named);
    }
}

/// Puts together what `Statements` asked for.
fn write_csv(answer: &mut Response<Bytes>) {
    let rows = match serde_json::from_slice(answer.body()) {
        Ok(Value::Array(rows)) => rows,
        Ok(row @ Value::Object(_)) => vec![row],
        _ => Vec::new(),
    };
    let text = |row: &Value, column: &str| row[column].as_str().unwrap_or_default().to_owned();
    let head = rows.first().map(|row| text(row, "head"));
    let lines = rows.iter().map(|row| text(row, "line"));
    let csv: Vec<_> = head.into_iter().chain(lines).collect();
    *answer.body_mut() = csv.join("\n").into();
    set(answer, CONTENT_TYPE, "text/csv; charset=utf-8");
}
