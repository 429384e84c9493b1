//! Corrects the differences between `postrust` 3.1 and PostgREST that supabase-js notices.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri,
        header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

const PREFER: HeaderName = HeaderName::from_static("prefer");
/// The largest response that is inspected; a response has at most `max_rows` rows.
const LARGEST: usize = 64 << 20;
/// "insufficient privilege", which row level security raises too.
const DENIED: &str = "42501";

/// Translates the request for `postrust`, and its response to PostgREST's format.
pub(super) async fn answer_as_postgrest(mut request: Request, next: Next) -> Response {
    if let Some(uri) = without_quoted_columns(request.uri()) {
        *request.uri_mut() = uri;
    }
    let counted = counted_write(&request);
    if let Some(write) = &counted
        && !write.wants_rows
    {
        ask_for_rows(&mut request);
    }
    let signed_in = is_signed_in(request.headers());
    let answer = next.run(request).await;
    if answer.status() == StatusCode::UNAUTHORIZED && signed_in {
        return forbid_where_denied(answer).await;
    }
    match counted {
        Some(write) if answer.status().is_success() => write.count(answer).await,
        _ => answer,
    }
}

/// supabase-js names the columns of every array it inserts, in quotes, which `postrust` takes for
/// part of the name (PGRST204).
fn without_quoted_columns(uri: &Uri) -> Option<Uri> {
    let query = uri.query()?;
    let bare = |pair: &str| match pair.strip_prefix("columns=") {
        Some(names) => format!("columns={}", names.replace("%22", "").replace('"', "")),
        None => pair.to_owned(),
    };
    let rewritten = query.split('&').map(bare).collect::<Vec<_>>().join("&");
    (rewritten != query)
        .then(|| with_query(uri, &rewritten))
        .flatten()
}

fn with_query(uri: &Uri, query: &str) -> Option<Uri> {
    format!("{}?{query}", uri.path()).parse().ok()
}

/// A write whose caller asked how many rows it touched, which `postrust` answers for reads only.
struct CountedWrite {
    method: Method,
    wants_rows: bool,
}

fn counted_write(request: &Request) -> Option<CountedWrite> {
    let writes = matches!(
        *request.method(),
        Method::POST | Method::PATCH | Method::DELETE
    );
    if !writes || request.uri().path().starts_with("/rpc/") {
        return None;
    }
    let preferences = preferences(request.headers());
    let asked = |wanted: &str| preferences.iter().any(|preference| preference == wanted);
    asked("count=exact").then(|| CountedWrite {
        method: request.method().clone(),
        wants_rows: asked("return=representation"),
    })
}

fn preferences(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(PREFER)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|preference| preference.trim().to_owned())
        .collect()
}

/// The rows themselves are counted. Only a column that the request filters by is asked for: a role
/// may read that one, but perhaps not all.
fn ask_for_rows(request: &mut Request) {
    let mut kept = preferences(request.headers());
    kept.retain(|preference| !preference.starts_with("return="));
    kept.push("return=representation".to_owned());
    if let Ok(value) = HeaderValue::from_str(&kept.join(",")) {
        request.headers_mut().insert(PREFER, value);
    }
    let query = request.uri().query().unwrap_or_default();
    let pairs: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.starts_with("select="))
        .collect();
    let column = pairs.iter().find_map(|pair| {
        let (name, _) = pair.split_once('=')?;
        let special = [
            "columns",
            "on_conflict",
            "order",
            "limit",
            "offset",
            "and",
            "or",
            "not",
        ];
        let plain = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        (plain && !name.is_empty() && !special.contains(&name)).then_some(name)
    });
    if let Some(column) = column {
        let rewritten = format!("{}&select={column}", pairs.join("&"));
        if let Some(uri) = with_query(request.uri(), &rewritten) {
            *request.uri_mut() = uri;
        }
    }
}

impl CountedWrite {
    async fn count(self, answer: Response) -> Response {
        let (mut parts, body) = answer.into_parts();
        let Ok(bytes) = to_bytes(body, LARGEST).await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let rows = match serde_json::from_slice::<Value>(&bytes) {
            Ok(Value::Array(rows)) => rows.len(),
            Ok(Value::Object(_)) => 1,
            _ => 0,
        };
        let range = match self.method {
            Method::PATCH if rows > 0 => format!("0-{}/{rows}", rows - 1),
            _ => format!("*/{rows}"),
        };
        if let Ok(range) = HeaderValue::from_str(&range) {
            parts.headers.insert(CONTENT_RANGE, range);
        }
        if self.wants_rows {
            return Response::from_parts(parts, Body::from(bytes));
        }
        for name in [CONTENT_TYPE, CONTENT_LENGTH] {
            parts.headers.remove(name);
        }
        if parts.status == StatusCode::OK {
            parts.status = StatusCode::NO_CONTENT;
        }
        Response::from_parts(parts, Body::empty())
    }
}

/// With a token, PostgREST answers 403 (forbidden) instead of 401.
async fn forbid_where_denied(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let denied = serde_json::from_slice::<Value>(&bytes).is_ok_and(|error| error["code"] == DENIED);
    if denied {
        parts.status = StatusCode::FORBIDDEN;
        parts.headers.remove(WWW_AUTHENTICATE);
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// Whether the token names a role other than `anon`. It is not verified here: `postrust` did that,
/// and nothing but the status depends on this.
fn is_signed_in(headers: &HeaderMap) -> bool {
    let claims = || {
        let token = headers
            .get(AUTHORIZATION)?
            .to_str()
            .ok()?
            .strip_prefix("Bearer ")?;
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        serde_json::from_slice::<Value>(&payload).ok()
    };
    claims().is_some_and(|claims| claims["role"].as_str().is_some_and(|role| role != "anon"))
}

#[cfg(test)]
mod tests {
    use super::without_quoted_columns;

    #[test]
    fn only_the_names_of_columns_lose_their_quotes() {
        let uri = "/customers?columns=%22a%22,%22b%22&name=eq.%22x%22"
            .parse()
            .unwrap();
        let rewritten = without_quoted_columns(&uri).unwrap().to_string();
        assert_eq!(rewritten, "/customers?columns=a,b&name=eq.%22x%22");
        assert!(without_quoted_columns(&"/customers?name=eq.%22x%22".parse().unwrap()).is_none());
    }
}
