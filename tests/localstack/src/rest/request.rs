//! Requests, as `postrust` has to get them.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode, Uri,
        header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, RANGE},
    },
};
use serde_json::Value;
use url::form_urlencoded;

use super::{embedded, statements::NULL};

/// The largest arguments of a function.
const LARGEST: usize = 64 << 20;

/// Rows from the first up to, not including, the second; all others where there is no second.
type Page = (u64, Option<u64>);

/// The same request, said in a way that `postrust` understands as PostgREST understands this one.
///
/// # Errors
/// 413, when the arguments of a function are too large.
pub(super) async fn for_postrust(mut request: Request, csv: bool) -> Result<Request, StatusCode> {
    let calls = request.uri().path().starts_with("/rpc/");
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    // Only a GET has one.
    if request.method() != Method::GET {
        request.headers_mut().remove(RANGE);
    }
    let range = range(request.headers());
    if let Some(query) = request.uri().query() {
        let (query, has_page) = rewritten(query, reads || calls, range);
        if has_page {
            request.headers_mut().remove(RANGE);
        }
        if let Some(uri) = with_query(request.uri(), &query) {
            *request.uri_mut() = uri;
        }
    }
    if csv {
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(ACCEPT, json);
    }
    if calls && request.method() == Method::POST && is_json(request.headers()) {
        let (mut parts, body) = request.into_parts();
        let body = to_bytes(body, LARGEST)
            .await
            .map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
        parts.headers.remove(CONTENT_LENGTH);
        request = Request::from_parts(parts, Body::from(arguments(body)));
    }
    Ok(request)
}

fn with_query(uri: &Uri, query: &str) -> Option<Uri> {
    format!("{}?{query}", uri.path()).parse().ok()
}

/// The query, and whether it has the page that `range` and itself ask for.
fn rewritten(query: &str, pages: bool, range: Option<Page>) -> (String, bool) {
    // A plus sign is a space.
    let query = query.replace('+', "%20");
    let mut pairs: Vec<_> = query
        .split('&')
        .filter_map(|pair| match pair.split_once('=') {
            // supabase-js names the columns of every array it inserts, in quotes, which `postrust`
            // takes for part of the name.
            Some(("columns", names)) => {
                let names = names.replace("%22", "").replace('"', "");
                Some(format!("columns={names}"))
            }
            Some(("select", _)) => Some(selection(pair)),
            Some((name, value)) if is_page(name) => {
                // Writes have no pages. What is no number is ignored, and so is an offset below 0.
                let number = value.parse::<i64>().ok()?;
                let ignored = !pages || (number < 0 && name.ends_with("offset"));
                (!ignored).then(|| pair.to_owned())
            }
            _ => Some(pair.to_owned()),
        })
        .collect();
    let number = |wanted: &str| {
        pairs.iter().find_map(|pair| match pair.split_once('=') {
            Some((name, value)) if name == wanted => value.parse::<u64>().ok(),
            _ => None,
        })
    };
    let (limit, offset) = (number("limit"), number("offset"));
    let Some((from, until)) = range.filter(|_| limit.is_some() || offset.is_some()) else {
        return (pairs.join("&"), false);
    };
    // The rows that both name; `postrust` would only see the query's.
    let asked_until = limit.map(|limit| offset.unwrap_or(0).saturating_add(limit));
    let first = from.max(offset.unwrap_or(0));
    pairs.retain(|pair| !pair.starts_with("limit=") && !pair.starts_with("offset="));
    pairs.push(format!("offset={first}"));
    if let Some(end) = until.into_iter().chain(asked_until).min() {
        pairs.push(format!("limit={}", end.saturating_sub(first)));
    }
    (pairs.join("&"), true)
}

/// The parameter, in which the columns of embedded rows are marked.
fn selection(pair: &str) -> String {
    let selection = form_urlencoded::parse(pair.as_bytes()).next();
    let marked = embedded::mark(&selection.map(|(_, value)| value).unwrap_or_default());
    let written: String = form_urlencoded::byte_serialize(marked.as_bytes()).collect();
    format!("select={}", written.replace('+', "%20"))
}

/// Whether the parameter pages the rows, or embedded ones: `messages.limit`.
fn is_page(name: &str) -> bool {
    ["limit", "offset"].contains(&name.rsplit('.').next().unwrap_or_default())
}

/// The rows that the header names.
fn range(headers: &HeaderMap) -> Option<Page> {
    let value = headers.get(RANGE)?.to_str().ok()?;
    let bounds = value.split_once('=').map_or(value, |(_, bounds)| bounds);
    let (first, last) = bounds.trim().split_once('-')?;
    let first = first.parse().ok()?;
    let until = match last {
        "" => None,
        last => Some(last.parse::<u64>().ok()?.checked_add(1)?),
    };
    until
        .is_none_or(|until| until > first)
        .then_some((first, until))
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_none_or(|value| {
        value
            .to_str()
            .is_ok_and(|value| value.starts_with("application/json"))
    })
}

/// A function's arguments, in which a null stays one, and where no rows of them are none.
fn arguments(body: Bytes) -> Bytes {
    match serde_json::from_slice::<Value>(&body) {
        Ok(Value::Array(rows)) if rows.is_empty() => Bytes::from_static(b"{}"),
        Ok(mut given @ (Value::Object(_) | Value::Array(_))) => {
            mark_nulls(&mut given);
            given.to_string().into()
        }
        _ => body,
    }
}

fn mark_nulls(value: &mut Value) {
    match value {
        Value::Null => *value = Value::String(NULL.to_owned()),
        Value::Array(items) => items.iter_mut().for_each(mark_nulls),
        Value::Object(fields) => fields.values_mut().for_each(mark_nulls),
        _ => (),
    }
}

#[cfg(test)]
mod tests {
    use super::rewritten;

    fn read(query: &str) -> String {
        rewritten(query, true, None).0
    }

    #[test]
    fn only_the_names_of_columns_lose_their_quotes() {
        let query = "columns=%22a%22,%22b%22&name=eq.%22x%22";
        assert_eq!(read(query), "columns=a,b&name=eq.%22x%22");
    }

    #[test]
    fn a_plus_sign_is_a_space_and_an_escaped_one_is_itself() {
        assert_eq!(read("name=eq.a+b%2Bc"), "name=eq.a%20b%2Bc");
    }

    #[test]
    fn pages_that_are_no_numbers_are_ignored_and_writes_have_none() {
        assert_eq!(read("limit=x&offset=-1&a.limit=x&b=eq.1"), "b=eq.1");
        assert_eq!(read("limit=-1&offset=2"), "limit=-1&offset=2");
        let written = rewritten("limit=1&order=a&a.limit=1&b=eq.1", false, None);
        assert_eq!(written.0, "order=a&b=eq.1");
    }

    #[test]
    fn a_range_and_a_page_give_the_rows_that_both_name() {
        let page = |query, range| rewritten(query, true, Some(range)).0;
        assert_eq!(page("limit=5&offset=1", (0, Some(2))), "offset=1&limit=1");
        assert_eq!(page("limit=5", (2, None)), "offset=2&limit=3");
        assert_eq!(page("a=eq.1", (2, None)), "a=eq.1");
    }
}
