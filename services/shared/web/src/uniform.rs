//! Answers that are alike whoever wrote them: one form of times, a tag by which a client knows an answer again.

use std::{borrow::Cow, sync::LazyLock};

use axum::{
    body::{Body, Bytes, HttpBody as _, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use regex::bytes::{Captures, Regex};
use ring::digest;

use crate::ApiError;

/// Larger answers are streams, which pass as they are.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A field with a time, as Postgres or chrono write it; or a customer's own attributes, in which a time is a text like
/// any other.
static TIMES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?s-u)"(?:attributes|evidence)":\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}|("[a-z_]+":"\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+00:00)""#,
    )
    .ok()
});

/// Writes every time of a JSON text in UTC with microseconds, as `2026-11-23T09:00:00.000000Z`: PostgREST, chrono and
/// Auth write them each in another way.
#[must_use]
pub fn uniform_times(json: &[u8]) -> Cow<'_, [u8]> {
    let Some(times) = &*TIMES else {
        return json.into();
    };
    times.replace_all(json, |found: &Captures<'_>| {
        let Some(until_seconds) = found.get(1) else {
            return found[0].to_vec();
        };
        let mut digits = found
            .get(2)
            .map_or_else(Vec::new, |it| it.as_bytes().to_vec());
        digits.resize(6, b'0');
        [until_seconds.as_bytes(), b".", &digits, b"Z\""].concat()
    })
}

/// Makes JSON answers alike. What a GET answers gets an `ETag`; a client that has it already gets 304 and no body.
pub(crate) async fn uniform(request: Request, next: Next) -> Response {
    let known = (request.method() == Method::GET)
        .then(|| request.headers().get(header::IF_NONE_MATCH).cloned());
    let response = next.run(request).await;
    if !is_json(response.headers())
        || response
            .body()
            .size_hint()
            .exact()
            .is_none_or(|size| size > LARGEST)
    {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = match to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(error) => return ApiError::internal(error).into_response(),
    };
    let bytes = match uniform_times(&bytes) {
        Cow::Borrowed(_) => bytes,
        Cow::Owned(changed) => Bytes::from(changed),
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    if let (Some(known), StatusCode::OK) = (known, parts.status)
        && let Ok(tag) = HeaderValue::from_str(&tag(&bytes))
    {
        let is_known = known.is_some_and(|known| names(&known, &tag));
        parts.headers.insert(header::ETAG, tag);
        if is_known {
            parts.status = StatusCode::NOT_MODIFIED;
            parts.headers.remove(header::CONTENT_TYPE);
            return Response::from_parts(parts, Body::empty());
        }
    }
    Response::from_parts(parts, bytes.into())
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

/// Weak, because a compressed answer is another sequence of bytes.
fn tag(bytes: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, bytes);
    let digits = digest
        .as_ref()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"));
    format!("W/\"{}\"", digits.collect::<String>())
}

/// Whether `If-None-Match` names this tag; whether it was taken for strong makes no difference there.
fn names(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let strong = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else {
        return false;
    };
    known
        .split(',')
        .any(|one| one.trim() == "*" || strong(one) == strong(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str) -> String {
        String::from_utf8(uniform_times(json.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn times_have_one_form_whoever_wrote_them() {
        for time in [
            "2026-11-23T09:00:00+00:00",
            "2026-11-23T09:00:00Z",
            "2026-11-23T09:00:00.000+00:00",
            "2026-11-23T09:00:00.000000000Z",
        ] {
            assert_eq!(
                written(&format!(r#"{{"created_at":"{time}","n":1}}"#)),
                r#"{"created_at":"2026-11-23T09:00:00.000000Z","n":1}"#
            );
        }
        assert_eq!(
            written(r#"{"at":"2026-11-23T09:00:00.12+00:00"}"#),
            r#"{"at":"2026-11-23T09:00:00.120000Z"}"#
        );
    }

    #[test]
    fn texts_of_people_stay_as_they_are() {
        for json in [
            r#"{"attributes":{"since":"2026-11-23T09:00:00+00:00"},"name":"x"}"#,
            r#"{"attributes":{"a":"{\"}","since":"2026-11-23T09:00:00+00:00"},"name":"x"}"#,
            r#"{"body":"at 2026-11-23T09:00:00+00:00"}"#,
            r#"{"day":"2026-11-23"}"#,
            r#"{"phone":"+00:00"}"#,
            r#"["2026-11-23T09:00:00+00:00"]"#,
        ] {
            assert_eq!(written(json), json);
        }
    }

    #[test]
    fn an_answer_is_known_again_by_any_of_its_tags() {
        let value = |text: &str| HeaderValue::from_str(text).unwrap();
        let ours = value(&tag(b"{}"));
        let strong = ours.to_str().unwrap().trim_start_matches("W/").to_owned();
        for known in [
            ours.to_str().unwrap(),
            &strong,
            &format!("\"x\", {strong}"),
            "*",
        ] {
            assert!(names(&value(known), &ours), "{known}");
        }
        assert!(!names(&value("W/\"x\""), &ours));
    }
}
